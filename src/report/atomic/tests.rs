use super::*;

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_old_content_stays_until_the_new_is_complete() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.json");
    fs::write(&path, "old").unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    drop(file);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(
        names(dir.path()),
        ["report.json"],
        "a temporary file was left"
    );
    write(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(dir.path()), ["report.json"]);
}

#[cfg(unix)]
#[test]
fn modes_are_kept_and_private_until_complete() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r");
    let file = AtomicFile::create(&path).unwrap();
    let temporary = dir.path().join(&names(dir.path())[0]);
    assert_eq!(mode(&temporary), 0o600);
    file.commit().unwrap();
    assert_eq!(mode(&path), 0o644 & !umask());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    write(&path, b"x").unwrap();
    assert_eq!(mode(&path), 0o640);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_stay() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("real")).unwrap();
    fs::write(at("real/report"), "old").unwrap();
    symlink("real/report", at("link")).unwrap();
    symlink("link", at("link to link")).unwrap();
    write(&at("link to link"), b"new").unwrap();
    assert_eq!(fs::read(at("real/report")).unwrap(), b"new");
    assert!(at("link").is_symlink() && at("link to link").is_symlink());
    symlink("real/fresh", at("dangling")).unwrap();
    write(&at("dangling"), b"fresh").unwrap();
    assert_eq!(fs::read(at("real/fresh")).unwrap(), b"fresh");
    symlink("b", at("a")).unwrap();
    symlink("a", at("b")).unwrap();
    assert!(write(&at("a"), b"x").is_err());
}

/// Names at random cannot be planted; what is there all the same is left alone.
#[cfg(unix)]
#[test]
fn planted_links_survive() {
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    for planted in [
        ".r.dslog-tmp",
        "r.tmp",
        ".r.tmp",
        "r~",
        ".r.000000000000.dslog-tmp",
    ] {
        std::os::unix::fs::symlink(&victim, dir.path().join(planted)).unwrap();
    }
    write(&dir.path().join("r"), b"report").unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(names(dir.path()).len(), 7);
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_pipes_are_written_directly() {
    use std::io::Read as _;
    use std::os::fd::AsRawFd as _;
    write(Path::new("/dev/null"), b"x").unwrap();
    let error = write(Path::new("/dev/full"), b"x").unwrap_err();
    assert!(error.to_string().contains("/dev/full"), "{error}");
    assert!(error.hint.unwrap().contains("free some space"));

    let (mut reader, writer) = io::pipe().unwrap();
    let path = format!("/dev/fd/{}", writer.as_raw_fd());
    write(Path::new(&path), b"through").unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "through");
}

#[cfg(target_os = "linux")]
#[test]
fn redirected_output_is_appended_to() {
    use std::os::fd::AsRawFd as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    fs::write(&path, "before ").unwrap();
    let redirected = OpenOptions::new().append(true).open(&path).unwrap();
    let descriptor = format!("/dev/fd/{}", redirected.as_raw_fd());
    write(Path::new(&descriptor), b"report").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"before report");
}

#[test]
fn errors_name_the_path_and_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    for (path, remedy) in [
        (dir.path().join("none/report"), "must exist"),
        (dir.path().to_path_buf(), "name a file"),
    ] {
        let error = write(&path, b"").unwrap_err();
        assert_eq!(error.path.as_deref(), Some(path.as_path()));
        assert!(error.to_string().contains(remedy), "{error}");
        assert!(!error.to_string().contains("dslog-tmp"), "{error}");
    }
}

#[test]
fn long_names_fit() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["r".repeat(255), "限".repeat(85)] {
        write(&dir.path().join(&name), b"x").unwrap();
    }
    assert_eq!(names(dir.path()).len(), 2);
}
