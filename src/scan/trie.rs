//! Finds wanted paths key by key, whether a path is nested (`error.code`),
//! flat (`"error.code"`), or both.

use super::PathId;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// A place in the tree of wanted keys. The root stands for the line's object.
pub(super) type NodeId = u16;

/// The root: the line's own object.
pub(super) const ROOT: NodeId = 0;

/// What is wanted of the value at a node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    /// The path that ends here.
    pub path: Option<PathId>,
    /// Whether wanted paths go on below, if the value is an object.
    pub has_children: bool,
}

/// The tree of wanted keys.
pub(super) struct Trie {
    nodes: Vec<Node>,
    edges: HashTable<Edge>,
    /// The keys of all edges, one after the other: thousands of small allocations would take a
    /// noticeable part of a short run.
    keys: Vec<u8>,
    longest_key: usize,
}

/// From a node to one below.
struct Edge {
    from: NodeId,
    to: NodeId,
    key_start: u32,
    key_len: u32,
}

impl Edge {
    fn key<'k>(&self, keys: &'k [u8]) -> &'k [u8] {
        let start = self.key_start as usize;
        keys.get(start..start + self.key_len as usize)
            .unwrap_or_default()
    }
}

fn hash(from: NodeId, key: &[u8]) -> u64 {
    FixedState::default().hash_one((from, key))
}

impl Trie {
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
            // The shipped names make some 2,800.
            edges: HashTable::with_capacity(3 << 10),
            keys: Vec::with_capacity(48 << 10),
            longest_key: 0,
        }
    }

    /// Adds a dotted path under every way to write it: each dot may be nesting or
    /// part of a key.
    pub fn insert(&mut self, path: &str, id: PathId) {
        self.insert_from(ROOT, path, id);
    }

    fn insert_from(&mut self, from: NodeId, rest: &str, id: PathId) {
        let whole = self.child_or_new(from, rest);
        if let Some(node) = self.nodes.get_mut(usize::from(whole)) {
            node.path.get_or_insert(id);
        }
        for (dot, _) in rest.match_indices('.') {
            let (key, below) = (&rest[..dot], &rest[dot + 1..]);
            let child = self.child_or_new(from, key);
            self.insert_from(child, below, id);
        }
    }

    fn child_or_new(&mut self, from: NodeId, key: &str) -> NodeId {
        if let Some(child) = self.child(from, key.as_bytes()) {
            return child;
        }
        let child = self.nodes.len() as NodeId;
        self.nodes.push(Node::default());
        if let Some(parent) = self.nodes.get_mut(usize::from(from)) {
            parent.has_children = true;
        }
        self.longest_key = self.longest_key.max(key.len());
        let edge = Edge {
            from,
            to: child,
            key_start: self.keys.len() as u32,
            key_len: key.len() as u32,
        };
        self.keys.extend_from_slice(key.as_bytes());
        let keys = &self.keys;
        let hash_of = |edge: &Edge| hash(edge.from, edge.key(keys));
        self.edges
            .insert_unique(hash(from, key.as_bytes()), edge, hash_of);
        child
    }

    /// The node of `key` below `from`, if anything is wanted there.
    #[inline]
    pub fn child(&self, from: NodeId, key: &[u8]) -> Option<NodeId> {
        if key.len() > self.longest_key {
            return None;
        }
        let is_edge = |edge: &Edge| edge.from == from && edge.key(&self.keys) == key;
        self.edges
            .find(hash(from, key), is_edge)
            .map(|edge| edge.to)
    }

    /// What is wanted at a node.
    #[inline]
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes.get(usize::from(id)).copied().unwrap_or_default()
    }
}
