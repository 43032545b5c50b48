//! `dslog generate` (hidden): writes a seeded log and, if asked, the truth about it.

use crate::fault::{Error, Result};
use crate::generate::{Plan, Truth, generate};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes `plan`'s log to `out` (standard output if `None`) and its truth, as
/// JSON, to `truth`. Existing files are replaced: generated files are cheap, and
/// both are whole only if this returns `Ok`.
///
/// # Errors
/// When a file cannot be created or written; a closed standard output is no error.
pub fn run(plan: &Plan, out: Option<&Path>, truth: Option<&Path>) -> Result<()> {
    let counted = match out {
        Some(path) => write_file(path, |file| generate(plan, file))?,
        None => match generate(plan, &mut io::stdout().lock()) {
            Ok(counted) => counted,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Error::new(format!("standard output: {error}"))),
        },
    };
    match truth {
        Some(path) => write_file(path, |file| write_truth(&counted, file)),
        None => Ok(()),
    }
}

fn write_truth(truth: &Truth, file: &mut File) -> io::Result<()> {
    let mut json = serde_json::to_vec_pretty(truth)?;
    json.push(b'\n');
    file.write_all(&json)
}

fn write_file<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> Result<T> {
    let mut file = File::create(path).map_err(|error| Error::io(path, &error))?;
    write(&mut file).map_err(|error| Error::io(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Profile;

    #[test]
    fn writes_the_log_and_its_truth() {
        let directory = tempfile::tempdir().unwrap();
        let (log, truth) = (directory.path().join("log"), directory.path().join("truth"));
        let plan = Plan::new(Profile::Compact, 100, 1);
        run(&plan, Some(&log), Some(&truth)).unwrap();
        let read: Truth = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
        assert_eq!(read.totals.lines, 100);
        assert_eq!(read.totals.bytes, std::fs::metadata(log).unwrap().len());
    }

    #[test]
    fn an_error_names_the_file() {
        let plan = Plan::new(Profile::Compact, 1, 1);
        let missing = Path::new("/nonexistent/log");
        assert_eq!(
            run(&plan, Some(missing), None).unwrap_err().path.as_deref(),
            Some(missing)
        );
    }
}
