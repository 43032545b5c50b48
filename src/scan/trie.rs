//! Finds wanted paths key by key, whether a path is nested (`error.code`),
//! flat (`"error.code"`), or both.

use super::PathId;
use hashbrown::HashMap;

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
    edges: HashMap<(NodeId, Box<[u8]>), NodeId, foldhash::fast::FixedState>,
    longest_key: usize,
}

/// Borrowed form of an edge's key, so that a lookup allocates nothing.
struct Edge<'a>(NodeId, &'a [u8]);

impl std::hash::Hash for Edge<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.0, self.1).hash(state);
    }
}

impl hashbrown::Equivalent<(NodeId, Box<[u8]>)> for Edge<'_> {
    fn equivalent(&self, key: &(NodeId, Box<[u8]>)) -> bool {
        self.0 == key.0 && *self.1 == *key.1
    }
}

impl Trie {
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
            // The shipped names make some 2,800.
            edges: HashMap::with_capacity_and_hasher(
                3 << 10,
                foldhash::fast::FixedState::default(),
            ),
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
        self.edges.insert((from, key.as_bytes().into()), child);
        child
    }

    /// The node of `key` below `from`, if anything is wanted there.
    #[inline]
    pub fn child(&self, from: NodeId, key: &[u8]) -> Option<NodeId> {
        if key.len() > self.longest_key {
            return None;
        }
        self.edges.get(&Edge(from, key)).copied()
    }

    /// What is wanted at a node.
    #[inline]
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes.get(usize::from(id)).copied().unwrap_or_default()
    }
}
