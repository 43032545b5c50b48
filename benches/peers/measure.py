"""Runs commands in turns; wall time and peak memory of whole processes."""

import datetime
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time


class Run:
    """One run: seconds of wall time, peak resident bytes, exit code, standard output."""

    def __init__(self, seconds, peak_bytes, code, out):
        self.seconds, self.peak_bytes, self.code, self.out = seconds, peak_bytes, code, out


def run(argv, stdin=None, keep=True):
    """Runs to the end. Output goes to a file, so that no pipe is part of the time.

    GNU time takes the peak: a child of this very process would begin with the memory of
    Python, which Linux counts as the child's own."""
    with tempfile.TemporaryFile() as out, tempfile.NamedTemporaryFile("r") as peak:
        source = open(stdin, "rb") if stdin else subprocess.DEVNULL
        began = time.perf_counter()
        child = subprocess.run(
            ["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name, *argv],
            stdin=source,
            stdout=out,
            stderr=subprocess.PIPE,
        )
        seconds = time.perf_counter() - began
        if child.returncode != 0:
            sys.stderr.write(child.stderr.decode(errors="replace")[-2000:])
        out.seek(0)
        text = out.read() if keep else b""
        peak_kib = int(peak.read().split()[-1])
    return Run(seconds, peak_kib * 1024, child.returncode, text)


def in_turns(commands, rounds, warm=1):
    """`commands`: name → argument list. Each round runs each once, in a row that turns, so
    that no command always follows the same one. The first rounds warm the page cache and
    count for nothing. Gives name → list of runs."""
    runs = {name: [] for name in commands}
    names = list(commands)
    for turn in range(rounds + warm):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            done = run(commands[name])
            if turn >= warm:
                runs[name].append(done)
    return runs


def ratio(runs, base):
    """Median of the ratios of paired runs: run n of one to run n of the other."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(runs, base))


def seconds(runs):
    return statistics.median(run.seconds for run in runs)


def peak_mib(runs):
    return max(run.peak_bytes for run in runs) / 2**20


def machine():
    """One line: processor, cores, memory, kernel, date."""
    cpu = platform.processor()
    try:
        with open("/proc/cpuinfo") as info:
            cpu = re.search(r"model name\s*:\s*(.*)", info.read()).group(1)
    except (OSError, AttributeError):
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    day = datetime.date.today().isoformat()
    return f"{cpu}, {cores} cores, {memory:.0f} GiB, Linux {platform.release()}, {day}"


def version(argv):
    try:
        text = subprocess.run(argv, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return text.strip().splitlines()[0] if text.strip() else ""


def generate(dslog, profile, target_bytes, path, seed=7):
    """A log of about that size, and its truth. Kept from run to run."""
    truth, stamp = path + ".truth", path + ".stamp"
    sample = path + ".sample"
    want = f"{profile} {target_bytes} {seed} {version([dslog, '--version'])} {os.path.getsize(dslog)}"
    try:
        with open(stamp) as known:
            if known.read() == want and os.path.exists(path):
                return truth
    except OSError:
        pass
    make = [dslog, "generate", "--profile", profile, "--seed", str(seed)]
    subprocess.run(make + ["--lines", "4000", "-o", sample], check=True)
    lines = max(1000, round(4000 * target_bytes / os.path.getsize(sample)))
    os.remove(sample)
    subprocess.run(make + ["--lines", str(lines), "-o", path, "--truth", truth], check=True)
    with open(stamp, "w") as known:
        known.write(want)
    return truth


def warm(path):
    """Reads the file once, so that it is in the page cache if it fits."""
    with open(path, "rb", buffering=0) as file:
        while file.read(8 << 20):
            pass


def table(rows, head):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def write_between(doc, name, text):
    """Puts text between `<!-- NAME -->` and `<!-- /NAME -->` of a page, or at its end."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    block = f"{begin}\n{text}\n{end}"
    page = ""
    if os.path.exists(doc):
        with open(doc) as file:
            page = file.read()
    if begin in page and end in page:
        before, rest = page.split(begin, 1)
        page = before + block + rest.split(end, 1)[1]
    else:
        page = (page.rstrip("\n") + "\n\n" if page else "# Performance\n\n") + block + "\n"
    with open(doc, "w") as file:
        file.write(page)
