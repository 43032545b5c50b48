"""Logs to report on, and a browser to look at reports with."""

import json
import os
import shutil
import subprocess

import pytest
from playwright.sync_api import sync_playwright

DSLOG = os.environ["DSLOG"]

# Each would do something, somewhere, if it got out raw.
PAYLOADS = [
    "</script><img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "' onmouseover='alert(1)",
    "</style></title><iframe src=//evil.example>",
    "<!--", "--><script>alert(1)</script>",
    "\u001b]52;c;aGk=\u0007\u001b[2J",
    "\u202egpj.exe\u202c \u2066x\u2069",
    "=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1",
    "a | b\n| --- | --- |\n| c", "``` `x` ```", "[x](javascript:alert(1))", "![i](http://evil.example/i.png)",
    "https://evil.example/ www.evil.example @all #1", "*b* _i_ ~~s~~ # h",
    "a\"} 1\ndslog_evil 1\n# EOF\\", "{{ 7*7 }} {% x %}", "&lt;b&gt; &#60;",
]
HOSTILE = "\u001b\u0007\u202e\u202c\u2066\u2069\u0000\u0085\u200b\ufeff"


def hostile_lines():
    """Log lines whose every field is a payload."""
    for at in range(4 * len(PAYLOADS)):
        payload = [PAYLOADS[(at * step + step) % len(PAYLOADS)] for step in (1, 3, 5, 7, 11)]
        yield json.dumps({
            "timestamp": f"2026-11-22T{at % 24:02}:{at % 60:02}:00Z",
            "status_code": [400, 429, 500][at % 3],
            "code": payload[0], "message": payload[1], "request_id": payload[2],
            "model": payload[3], "api_key": payload[4], "user": payload[1], "latency_ms": at,
        })
        yield payload[0].replace("\n", " ")


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """report(log, *formats, args=[…]) gives the paths of one run's outputs."""
    def run(log, *formats, args=()):
        folder = tmp_path_factory.mktemp("report")
        paths = [folder / f"report.{form}" for form in formats]
        outputs = [arg for path in paths for arg in ("-o", str(path))]
        done = subprocess.run([DSLOG, "analyze", "-q", str(log), *outputs, *args], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        return paths
    return run


def generated(folder, profile, lines, minutes):
    path = folder / f"{profile}.jsonl"
    subprocess.run(
        [DSLOG, "generate", "--profile", profile, "--lines", str(lines), "--minutes", str(minutes), "-o", path],
        check=True,
    )
    return path


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    hostile = folder / "<img src=x onerror=alert(1)>.jsonl"
    hostile.write_text("".join(line + "\n" for line in hostile_lines()))
    many = folder / "many.jsonl"
    with many.open("w") as out:
        for at in range(30_000):
            record = {
                "timestamp": f"2026-11-22T{at * 24 // 30_000:02}:{at % 60:02}:{at // 60 % 60:02}Z",
                "status": 400 + at % 100, "request_id": f"id-{at}", "model": f"model-{at % 700}",
                "code": f"Code.Number{at % 10_000}.WithALongerNameThanMostOfThem",
                "message": f"Message of its own {'x' * 300} {at % 10_000}", "latency_ms": at % 9_000,
            }
            out.write(json.dumps(record) + "\n")
    return {
        "storm": generated(folder, "storm", 6_000, 600),
        "typical": generated(folder, "typical", 3_000, 4_000),
        "hostile": hostile,
        "many": many,
    }


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """visit(path, width=…, dark=…) gives a loaded page; at the end it must have been silent."""
    seen, contexts = [], []

    def go(path, width=1280, dark=False):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: seen.append(("console", message.text)))
        page.on("pageerror", lambda error: seen.append(("error", str(error))))
        page.on("dialog", lambda dialog: (seen.append(("dialog", dialog.message)), dialog.dismiss()))
        page.on("request", lambda request: request.url == path.as_uri() or seen.append(("request", request.url)))
        page.goto(path.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert seen == []
