//! The wanted paths: which keys a record's time, status, code … may stand under.

use super::PathId;
use super::aliases;
pub use super::role::Role;
use super::trie::Trie;
use crate::fault::{Error, Result};
use foldhash::fast::FixedState;
use hashbrown::HashSet;

/// Unit of a latency value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl Unit {
    /// Nanoseconds in one.
    pub const fn nanos(self) -> u64 {
        match self {
            Self::S => 1_000_000_000,
            Self::Ms => 1_000_000,
            Self::Us => 1_000,
            Self::Ns => 1,
        }
    }

    /// The names that `--field` takes.
    const NAMES: &'static str = "s ms us ns";

    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "s" => Self::S,
            "ms" => Self::Ms,
            "us" | "µs" => Self::Us,
            "ns" => Self::Ns,
            _ => return None,
        })
    }

    /// The unit that a key's own suffix states; a bare name is milliseconds.
    pub fn of_key(path: &str) -> Self {
        let key = path.rsplit('.').next().unwrap_or(path);
        if matches!(key, "request_time" | "upstream_response_time") {
            return Self::S; // nginx
        }
        let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| key.ends_with(suffix));
        if ends(&["_ns", "_nanos", "Ns", "Nanos"]) {
            Self::Ns
        } else if ends(&["_us", "_micros", "Us", "Micros"]) {
            Self::Us
        } else if ends(&["_s", "_sec", "_secs", "_seconds", "Seconds"]) {
            Self::S
        } else {
            Self::Ms
        }
    }
}

/// One wanted path.
#[derive(Clone, Debug)]
pub struct PathSpec {
    /// What its value is taken for.
    pub role: Role,
    /// Dotted; a key may itself hold dots (`http.response.status_code`).
    pub path: String,
    /// For latencies.
    pub unit: Unit,
    /// Whether the user named it with `--field`.
    pub by_user: bool,
}

/// What the record maker asks of a path for every hit: small, so that it stays cached.
#[derive(Clone, Copy)]
struct Compact {
    role: Role,
    unit: Unit,
    in_error_object: bool,
    has_nanos: bool,
    envelope: Option<Envelope>,
}

/// Strings that hold a whole record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Envelope {
    /// Docker's, or a collector's.
    Log,
    /// A collector's.
    Collector,
}

impl Compact {
    const NOTHING: Self = Self {
        role: Role::Attempt,
        unit: Unit::Ms,
        in_error_object: false,
        has_nanos: false,
        envelope: None,
    };

    fn of(spec: &PathSpec) -> Self {
        let mut above = spec.path.rsplit('.').skip(1);
        let in_error_object = above.next() == Some("error");
        let envelope = match spec.path.as_str() {
            "log" => Some(Envelope::Log),
            "message" | "__raw_log__" => Some(Envelope::Collector),
            _ => None,
        };
        Self {
            role: spec.role,
            unit: spec.unit,
            in_error_object,
            has_nanos: matches!(&*spec.path, "instant.epochSecond" | "timestampSeconds"),
            envelope,
        }
    }
}

/// All wanted paths and the automaton that finds them.
pub struct Schema {
    paths: Vec<PathSpec>,
    compact: Vec<Compact>,
    pub(super) trie: Trie,
}

impl Schema {
    /// The shipped aliases, with the user's `NAME=PATH[:UNIT]` before them.
    ///
    /// # Errors
    /// A `--field` whose name or form is not known.
    pub fn new(fields: &[String]) -> Result<Self> {
        Self::of(fields, aliases::all())
    }

    /// As [`Self::new`], and what ties records of one logical request together.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_traces(fields: &[String]) -> Result<Self> {
        let mut all = aliases::all();
        all.extend(aliases::traces());
        Self::of(fields, all)
    }

    fn of(fields: &[String], aliases: Vec<(Role, String)>) -> Result<Self> {
        let mut specs = Vec::new();
        for field in fields {
            specs.push(parse_field(field)?);
        }
        specs.extend(aliases.into_iter().map(|(role, path)| {
            let unit = Unit::of_key(&path);
            PathSpec {
                role,
                path,
                unit,
                by_user: false,
            }
        }));
        // A path has one role: the user's, else the first that the table gives it.
        let mut seen: HashSet<String, FixedState> = HashSet::default();
        seen.reserve(specs.len());
        specs.retain(|spec| !seen.contains(&spec.path) && seen.insert(spec.path.clone()));
        specs.sort_by_key(|spec| spec.role); // stable: precedence stays
        let mut trie = Trie::new();
        for (id, spec) in specs.iter().enumerate() {
            let id = PathId::try_from(id).map_err(|_| Error::new("too many --field options"))?;
            trie.insert(&spec.path, id);
        }
        let compact = specs.iter().map(Compact::of).collect();
        Ok(Self {
            paths: specs,
            compact,
            trie,
        })
    }

    /// The paths, by id.
    pub fn paths(&self) -> &[PathSpec] {
        &self.paths
    }

    /// What a path's value is taken for.
    pub fn role(&self, path: PathId) -> Role {
        self.compact(path).role
    }

    /// Nanoseconds in the unit of a path's values.
    pub fn unit_nanos(&self, path: PathId) -> u64 {
        self.compact(path).unit.nanos()
    }

    /// Whether it stands in an object called `error`.
    pub fn in_error_object(&self, path: PathId) -> bool {
        self.compact(path).in_error_object
    }

    /// Whether it is a time in seconds that may have its [`Role::TimeNanos`] beside it
    /// (log4j2's layouts).
    pub fn has_nanos(&self, path: PathId) -> bool {
        self.compact(path).has_nanos
    }

    /// Whether it is the string in which Docker or a collector keeps a whole record.
    pub fn is_envelope_text(&self, path: PathId) -> bool {
        self.compact(path).envelope.is_some()
    }

    /// Whether it is Docker's `log`.
    pub fn is_docker_log(&self, path: PathId) -> bool {
        self.compact(path).envelope == Some(Envelope::Log)
    }

    fn compact(&self, path: PathId) -> Compact {
        self.compact
            .get(usize::from(path))
            .copied()
            .unwrap_or(Compact::NOTHING)
    }

    /// What is known of a path.
    pub fn spec(&self, path: PathId) -> Option<&PathSpec> {
        self.paths.get(usize::from(path))
    }
}

fn parse_field(field: &str) -> Result<PathSpec> {
    let malformed = || {
        Error::new(format!("--field {field:?} is not NAME=PATH"))
            .hint("for example --field time=meta.when or --field latency=timing.total:s")
    };
    let (name, path) = field.split_once('=').ok_or_else(malformed)?;
    let role = Role::from_field_name(name).ok_or_else(|| {
        Error::new(format!("--field knows no {name:?}"))
            .hint(format!("names: {}", Role::FIELD_NAMES.join(" ")))
    })?;
    let (path, unit) = match path.rsplit_once(':').filter(|_| role == Role::Latency) {
        Some((path, name)) => match Unit::parse(name) {
            Some(unit) => (path, unit),
            None => return Err(no_unit(field, name, path)),
        },
        None => (path, Unit::of_key(path)),
    };
    if path.is_empty() || path.split('.').any(str::is_empty) {
        return Err(malformed());
    }
    Ok(PathSpec {
        role,
        path: path.to_owned(),
        unit,
        by_user: true,
    })
}

fn no_unit(field: &str, name: &str, path: &str) -> Error {
    Error::new(format!("--field {field:?} knows no unit {name:?}")).hint(format!(
        "units: {}, such as latency={}:s; a path that holds a colon needs one, too",
        Unit::NAMES,
        crate::untrusted::terminal(path)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_from_the_key() {
        for (key, unit) in [
            ("latency_ms", Unit::Ms),
            ("latency", Unit::Ms),
            ("elapsed_us", Unit::Us),
            ("a.duration_ns", Unit::Ns),
            ("duration_seconds", Unit::S),
            ("t_s", Unit::S),
            ("responseTime", Unit::Ms),
            ("durationMs", Unit::Ms),
            ("request_time", Unit::S),
            ("upstream_response_time", Unit::S),
        ] {
            assert_eq!(Unit::of_key(key), unit, "{key}");
        }
    }

    #[test]
    fn a_users_field_comes_first_in_its_role() {
        let schema = Schema::new(&["latency=x.total:s".to_owned()]).unwrap();
        let first = schema
            .paths()
            .iter()
            .find(|spec| spec.role == Role::Latency)
            .unwrap();
        assert_eq!(
            (first.path.as_str(), first.unit, first.by_user),
            ("x.total", Unit::S, true)
        );
    }

    #[test]
    fn wrong_fields_are_refused() {
        for field in [
            "time",
            "tiem=a",
            "time=",
            "time=a..b",
            "latency=a:",
            "latency=:s",
        ] {
            assert!(Schema::new(&[field.to_owned()]).is_err(), "{field}");
        }
    }

    #[test]
    fn an_unknown_unit_is_refused() {
        for field in ["latency=x:q", "latency=a:b:q"] {
            let error = Schema::new(&[field.to_owned()]).err().unwrap().to_string();
            assert!(
                error.contains("knows no unit \"q\"") && error.contains("s ms us ns"),
                "{error}"
            );
        }
        for (field, path) in [("latency=a:b:ms", "a:b"), ("code=a:b", "a:b")] {
            let schema = Schema::new(&[field.to_owned()]).unwrap();
            assert!(
                schema
                    .paths()
                    .iter()
                    .any(|spec| spec.by_user && spec.path == path),
                "{field}"
            );
        }
    }
}
