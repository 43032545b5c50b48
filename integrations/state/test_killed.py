"""`kill -9` at every system call of a run that changes a file: whatever is left, state and
reports are the old ones or the new ones, and the next run is right."""

import json
import os
import shutil
import subprocess

import pytest

DSLOG = os.environ["DSLOG"]
# Calls by which files come, change and go; runs use some of them.
CALLS = "openat write pwrite64 fsync fdatasync rename renameat renameat2 unlink unlinkat fchmod ftruncate close".split()
REPORTS = ["r.json", "r.html", "r.csv"]
RUN = [DSLOG, "analyze", "-q", "--threads", "1", "--state", "s", "logs/*", *(f"-o{name}" for name in REPORTS)]


def lines(first, last):
    """The last line has no end yet."""
    text = "\n".join(json.dumps({
        "time": f"2026-11-{20 + n % 3}T10:{n % 60:02}:00Z", "request_id": f"r-{n}", "status": 429,
        "code": "Throttling.RateQuota", "message": "Requests rate limit exceeded, please try again later.",
    }) for n in range(first, last))
    return text + "\n"


def twin(folder, to):
    """Logs keep their inodes, which a state remembers; files that are replaced leave their twins alone."""
    shutil.copytree(folder, to, copy_function=os.link)
    return to


def contents(folder):
    return {name: (folder / name).read_bytes() for name in ["s", *REPORTS, "r-timeline.csv"]}


def without_run(report):
    report = json.loads(report)
    del report["run"]
    return report


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder before the run, and what the run makes of it."""
    folder = tmp_path_factory.mktemp("world") / "before"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs/app.log").write_text(lines(0, 40))
    subprocess.run(RUN, cwd=folder, check=True)
    # Rotated, compressed, and written on.
    subprocess.run(["gzip", "logs/app.log"], cwd=folder, check=True)
    os.rename(folder / "logs/app.log.gz", folder / "logs/app.log.1.gz")
    (folder / "logs/app.log").write_text(lines(40, 60))
    after = twin(folder, folder.with_name("after"))
    subprocess.run(RUN, cwd=after, check=True)
    return folder, after


def killed(folder, call, at):
    """Runs, and kills before this call is made for the at-th time; gives the call, or that the run ended."""
    done = subprocess.run(
        ["strace", "-f", "-qq", "-y", "-o", "trace", "-e", f"trace={call}",
         "-e", f"inject={call}:signal=KILL:when={at}", *RUN],
        cwd=folder, capture_output=True, text=True)
    trace = (folder / "trace").read_text()
    (folder / "trace").unlink()
    if "killed by SIGKILL" not in trace:
        assert done.returncode == 0, done.stderr
        return None
    # Several threads are killed at once.
    return [line for line in trace.splitlines() if "+++" not in line][-1]


@pytest.mark.parametrize("call", CALLS)
def test_killed_at(world, tmp_path, call):
    before, after = world
    old, new = contents(before), contents(after)
    assert all(old[name] != new[name] for name in old)
    seen, apart = [], 0
    while True:
        folder = twin(before, tmp_path / str(len(seen)))
        line = killed(folder, call, len(seen) + 1)
        if line is None:
            break
        seen.append(line)
        left = contents(folder)
        for name, content in left.items():
            assert content in (old[name], new[name]), f"{name} is neither old nor new, killed at {line}"
        saved = left["s"] == new["s"]
        reports = [left[name] == new[name] for name in REPORTS]
        assert saved or not any(reports), f"a report knows more than the state, killed at {line}"
        apart += any(reports) and not all(reports)
        # The next run.
        subprocess.run(RUN, cwd=folder, check=True)
        report = (folder / "r.json").read_bytes()
        assert without_run(report) == without_run(new["r.json"]), line
        assert json.loads(report)["run"]["lines"] == (0 if saved else 20), line
        rests = [name for name in os.listdir(folder) if name.startswith(".s.")]
        assert rests == [], f"of the state, {rests} is left behind after {line}"
        shutil.rmtree(folder)
    assert old == contents(before)
    in_report = sum(any(f".{name}." in line for name in REPORTS) for line in seen)
    print(f"killed at {len(seen)} × {call}, {in_report} of them on a report's new file")
    # Every run makes these, for each of its reports.
    if call in ("openat", "write", "fsync"):
        assert in_report >= len(REPORTS)
    if call in ("rename", "renameat", "renameat2") and seen:
        assert apart > 0, "never between two reports"
