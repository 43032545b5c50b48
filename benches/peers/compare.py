"""Measures dslog and its peers on generated logs. See benches/peers.sh."""

import argparse
import json
import os
import shutil
import subprocess
import sys

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
DOC = os.path.join(HERE, "..", "..", "docs", "performance.md")
WORKLOADS = ["typical", "wide", "compact", "openai", "mixed", "docker", "cri", "storm", "shuffled"]

# Failures by code and 429s by minute, in one pass. `fromjson?` skips what is no JSON; -n and
# `inputs` keep it from holding the log.
JQ = r"""
reduce (inputs | fromjson? | objects | select(.status != null)) as $r ({codes: {}, minutes: {}};
  ((($r.code // "") | select(. != "")) // (($r.output.code? // "") | select(. != ""))
    // (if $r.status >= 400 then "HTTP \($r.status)" else null end)) as $code
  | (if $code != null and ($r.status >= 400 or ($r.code // "") != ""
       or (["FAILED", "CANCELED", "UNKNOWN"] | index($r.output.task_status? // ""))) then
      .codes[$code] += 1 else . end)
  | (if $r.status == 429 and $r.timestamp != null then .minutes[$r.timestamp[0:16]] += 1 else . end))
| {codes: (.codes | to_entries | map([.key, .value])),
   minutes_429: (.minutes | to_entries | map([.key, .value]))}
"""


def dslog_command(args, log, *more):
    return [args.dslog, "analyze", log, "--format", "json", "--threads", "2", *more]


def load(text):
    return json.loads(text) if text.strip() else None


def against_truth(report, truth):
    """What of dslog's whole report differs from the generator's truth; empty if nothing."""
    wrong = []
    for key, value in truth["totals"].items():
        if report["totals"][key] != value:
            wrong.append(f"totals.{key}")
    for key in ("statuses",):
        if report[key] != truth[key]:
            wrong.append(key)
    pick = lambda rows, *keys: [[row[key] for key in keys] for row in rows]
    if pick(report["codes"], "code", "count", "statuses", "timeline") != pick(
        truth["codes"], "code", "count", "statuses", "timeline"
    ):
        wrong.append("codes")
    if report["timeline"]["buckets"] != truth["timeline"]["buckets"]:
        wrong.append("minutes")
    if pick(report["top_request_ids"], "request_id", "failures", "codes") != pick(
        truth["top_request_ids"][: len(report["top_request_ids"])], "request_id", "failures", "codes"
    ):
        wrong.append("top ids")
    for mine, exact in zip(report["models"], truth["models"]):
        if mine["model"] != exact["model"] or any(
            abs(mine[key] - exact[key]) > exact[key] / 1000 for key in ("p50_ms", "p99_ms")
        ):
            wrong.append(f"latency of {exact['model']}")
    return wrong


def recounted_429(log):
    """Requests with status 429 by minute, by another program: Python's own JSON parser."""
    cache = log + ".minutes"
    if os.path.exists(cache) and os.path.getmtime(cache) >= os.path.getmtime(log):
        with open(cache) as known:
            return json.load(known)
    minutes = {}
    with open(log, "rb") as lines:
        for line in lines:
            if b"429" not in line:
                continue
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and record.get("status") == 429 and record.get("timestamp"):
                minute = str(record["timestamp"])[:16]
                minutes[minute] = minutes.get(minute, 0) + 1
    with open(cache, "w") as known:
        json.dump(minutes, known)
    return minutes


def without_broken_lines(log):
    """A copy for tools that end at the first broken line, made outside their time."""
    clean = log + ".clean"
    if not os.path.exists(clean) or os.path.getmtime(clean) < os.path.getmtime(log):
        with open(log, "rb") as lines, open(clean, "wb") as out:
            for line in lines:
                try:
                    whole = isinstance(json.loads(line), dict)
                except ValueError:
                    whole = False
                if whole:
                    out.write(line)
    return clean


def judged(answers, truth, log):
    """How far a peer's answers are from the truth, question by question."""
    if not answers:
        return "no answer"
    says = []

    def off(name, got, want):
        wrong = sum(abs(got.get(key, 0) - want.get(key, 0)) for key in {*got, *want})
        if wrong:
            says.append(f"{name} off by {wrong:g} of {sum(want.values())}")

    if "codes" in answers:
        want = {code["code"]: code["count"] for code in truth["codes"]}
        off("codes", {str(row[0]): row[1] for row in answers["codes"]}, want)
    if "minutes_429" in answers:
        off("429 by minute", {row[0]: row[1] for row in answers["minutes_429"]}, recounted_429(log))
    if "top_ids" in answers:
        want = [[row["request_id"], row["failures"]] for row in truth["top_request_ids"][:20]]
        same = sum(list(a) == b for a, b in zip(answers["top_ids"], want))
        if same < len(want):
            says.append(f"top ids: {same} of {len(want)}")
    if "latency" in answers:
        got = {row[0]: row[1:] for row in answers["latency"]}
        for model in truth["models"]:
            pair = got.get(model["model"])
            exact = (model["p50_ms"], model["p99_ms"])
            if pair is None or any(abs(g - e) > e / 200 for g, e in zip(pair, exact)):
                says.append(f"latency of {model['model']}")
    return "; ".join(says) or "all right"


def peers(args, log, truth):
    """The four questions on one log, by every tool that is there."""
    ask = [sys.executable, os.path.join(HERE, "questions.py")]
    wc = {"wc -l": ["wc", "-l", log]}
    quick = {"dslog": dslog_command(args, log)}
    for tool, package in (("DuckDB", "duckdb"), ("ClickHouse", "chdb"), ("Polars", "polars")):
        if subprocess.run([sys.executable, "-c", f"import {package}"], capture_output=True).returncode == 0:
            # Polars' `ignore_errors` is about types, and ClickHouse's `allow_errors` about rows: a
            # torn line ends both.
            given = log if tool == "DuckDB" else without_broken_lines(log)
            quick[tool] = [*ask, tool.lower(), given]
    serde = sorted(
        (os.path.join(folder, name) for folder in [os.path.join(os.path.dirname(args.dslog), "deps")]
         for name in os.listdir(folder) if name.startswith("serde_line-") and "." not in name),
        key=os.path.getmtime,
    ) if os.path.isdir(os.path.join(os.path.dirname(args.dslog), "deps")) else []
    if serde:
        quick["serde_json a line"] = [serde[-1], log]
    slow = {}
    if shutil.which("jq"):
        slow["jq"] = ["jq", "-nRc", JQ, log]
    if os.path.exists(args.agrind):
        slow["angle-grinder"] = [
            args.agrind, "-f", log, "-o", "json", "* | json | where status >= 400 | count by code",
        ]
    runs = measure.in_turns({**wc, **quick}, args.rounds)
    # Each slow tool beside a wc of its own.
    for name, command in slow.items():
        some = measure.in_turns({"wc": wc["wc -l"], name: command}, min(args.rounds, 2), warm=0)
        runs[name], runs[f"{name} wc"] = some[name], some["wc"]
    asked = {
        "wc -l": "counts lines",
        "dslog": "all four, and the whole report",
        "serde_json a line": "counts failures; one thread",
        "ClickHouse": "all four, on a copy without broken lines",
        "Polars": "all four, on a copy without broken lines",
        "jq": "codes, 429 by minute",
        "angle-grinder": "codes alone",
    }
    rows = []
    for name in ["wc -l", *quick, *slow]:
        mine = runs[name]
        base = runs.get(f"{name} wc", runs["wc -l"])
        if any(run.code != 0 for run in mine):
            verdict = f"ended with {mine[-1].code}"
        elif name == "dslog":
            verdict = "; ".join(against_truth(load(mine[-1].out), truth)) or "all right"
        elif name in ("wc -l", "serde_json a line", "angle-grinder"):
            verdict = "not checked"
            if name == "angle-grinder":
                verdict = "lines that are no JSON unseen"
        else:
            verdict = judged(load(mine[-1].out), truth, log)
        to_dslog = measure.seconds(mine) / measure.seconds(runs["dslog"])
        rows.append([
            name,
            asked.get(name, "all four"),
            f"{measure.seconds(mine):.3f} s",
            f"{measure.ratio(mine, base):.2f}",
            f"{to_dslog:.1f}",
            f"{measure.peak_mib(mine):.0f} MiB",
            verdict,
        ])
    return measure.table(
        rows, ["tool", "answers", "time", "to `wc -l`", "to dslog", "peak memory", "checked against the truth"]
    )


def workloads(args, names):
    """dslog beside `wc -l` on each workload, whole report, checked."""
    rows, logs = [], {}
    for name in names:
        log = os.path.join(args.work, f"{name}.jsonl")
        truth_path = measure.generate(args.dslog, name, args.mb * 10**6, log)
        with open(truth_path) as text:
            truth = json.load(text)
        logs[name] = (log, truth)
        measure.warm(log)
        commands = {"wc": ["wc", "-l", log], "dslog": dslog_command(args, log)}
        commands["one"] = [*commands["dslog"][:-1], "1"]
        if name == "typical":
            commands["avx2"] = dslog_command(args, log, "--isa", "avx2")
            commands["portable"] = dslog_command(args, log, "--isa", "portable")
        runs = measure.in_turns(commands, args.rounds)
        wrong = against_truth(load(runs["dslog"][-1].out), truth)
        same = all(r.out == runs["dslog"][-1].out for key, list_ in runs.items() if key != "wc" for r in list_)
        verdict = "; ".join(wrong) or ("all right" if same else "runs differ")
        size, lines = os.path.getsize(log), truth["totals"]["lines"]
        took = measure.seconds(runs["dslog"])
        extra = ""
        if name == "typical":
            extra = (
                f"AVX2 {measure.ratio(runs['avx2'], runs['wc']):.2f},"
                f" portable {measure.ratio(runs['portable'], runs['wc']):.2f}"
            )
        rows.append([
            name,
            f"{size / 1e9:.2f} GB, {lines:,} lines",
            f"{measure.seconds(runs['wc']):.3f} s",
            f"{took:.3f} s",
            f"{measure.ratio(runs['dslog'], runs['wc']):.2f}",
            f"{size / took / 1e6:,.0f} MB/s",
            f"{measure.ratio(runs['one'], runs['dslog']):.2f}",
            f"{measure.peak_mib(runs['dslog']):.0f} MiB",
            verdict + (f"; {extra}" if extra else ""),
        ])
        if name not in ("typical", args.peers_on):
            for path in (log, log + ".truth", log + ".stamp"):
                os.remove(path)
    head = ["workload", "size", "`wc -l`", "dslog", "to `wc -l`", "rate", "1 thread to 2", "peak memory", "checked"]
    return measure.table(rows, head), logs


def compressed(args, log):
    """Compressed input beside its decoder alone."""
    rows = []
    for name, pack, unpack in (
        ("gzip", ["gzip", "-1", "-kf"], ["gzip", "-dc"]),
        ("zstd", ["zstd", "-q", "-kf"], ["zstd", "-qdc"]),
    ):
        if not shutil.which(name):
            continue
        stored = log + {"gzip": ".gz", "zstd": ".zst"}[name]
        subprocess.run([*pack, log], check=True)
        # To nowhere, as a shell would: the decoder must not write a file.
        alone = ["sh", "-c", f'{" ".join(unpack)} "$0" > /dev/null', stored]
        commands = {"alone": alone, "dslog": dslog_command(args, stored)}
        runs = measure.in_turns(commands, max(2, args.rounds // 2))
        rows.append([
            name,
            f"{measure.seconds(runs['alone']):.2f} s",
            f"{measure.seconds(runs['dslog']):.2f} s",
            f"{measure.ratio(runs['dslog'], runs['alone']):.2f}",
            f"{measure.peak_mib(runs['dslog']):.0f} MiB",
        ])
        os.remove(stored)
    return measure.table(rows, ["stored as", "decoder alone", "dslog", "to the decoder", "peak memory"])


def versions(args):
    named = [
        measure.version([args.dslog, "--version"]),
        measure.version(["wc", "--version"]),
        measure.version(["jq", "--version"]),
        measure.version([args.agrind, "--version"]) if os.path.exists(args.agrind) else "",
    ]
    for package in ("duckdb", "chdb", "polars"):
        named.append(measure.version(
            [sys.executable, "-c", f"import {package}; print('{package}', {package}.__version__)"]
        ))
    return ", ".join(name for name in named if name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dslog", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--agrind", required=True)
    parser.add_argument("--mb", type=float, default=2000, help="size of each log, in MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-doc", action="store_true")
    args = parser.parse_args()
    args.peers_on = "typical"
    os.environ["POLARS_MAX_THREADS"] = "2"
    names = [name for name in args.workloads.split(",") if name]
    beside, logs = workloads(args, names)
    parts = [
        f"{measure.machine()}. {versions(args)}. Logs of {args.mb:g} MB in the page cache, medians of"
        f" {args.rounds} rounds in which all commands take turns; 2 threads; whole processes.",
        "`analyze --format json` beside `wc -l`:\n\n" + beside,
    ]
    if not args.no_peers and "typical" in logs:
        log, truth = logs["typical"]
        measure.warm(log)
        parts.append("The four questions on `typical`:\n\n" + peers(args, log, truth))
        parts.append("Compressed input:\n\n" + compressed(args, log))
    text = "\n\n".join(parts)
    print(text)
    if not args.no_doc:
        measure.write_between(DOC, "peers", text)


if __name__ == "__main__":
    main()
