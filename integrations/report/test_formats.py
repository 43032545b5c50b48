"""OpenMetrics, CSV and Markdown, read back by parsers that others use."""

import csv
import json
import re

from conftest import HOSTILE
from markdown_it import MarkdownIt
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
from pytest import approx

FORMULA = tuple("=+-@\t\r")


def samples(text):
    families = list(openmetrics(text))
    # node_exporter's collector reads the older format; both must see the same.
    older = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in prometheus(text) for s in f.samples}
    newer = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}
    assert older == newer
    assert len(newer) == sum(len(family.samples) for family in families)
    assert all(family.documentation for family in families)
    return newer


def test_openmetrics_has_the_figures(report, logs):
    prom, data = report(logs["storm"], "prom", "json")
    data, found = json.loads(data.read_text()), samples(prom.read_text())
    for code in data["codes"][:20]:
        assert found["dslog_failures_by_code", (("code", code["code"]),)] == code["count"]
    assert found["dslog_requests", (("result", "failure"),)] == data["totals"]["failures"]
    lines = sum(value for (name, _), value in found.items() if name == "dslog_lines")
    assert lines == data["totals"]["lines"]
    for result in ["success", "failure"]:
        row = data["latency_ms"][result]
        labels = lambda **more: tuple(sorted({"result": result, **more}.items()))
        name = "dslog_request_duration_seconds"
        assert found[f"{name}_count", labels()] == found[f"{name}_bucket", labels(le="+Inf")] == row["count"]
        assert found["dslog_request_duration_quantile_seconds", labels(quantile="0.99")] * 1000 == approx(row["p99"])


def test_openmetrics_labels_are_bounded_and_inert(report, logs):
    for log in ["hostile", "many"]:
        prom, data = report(logs[log], "prom", "json")
        text, data = prom.read_text(), json.loads(data.read_text())
        assert not [c for c in text if c in HOSTILE]
        assert text.endswith("\n# EOF\n") and text.count("# EOF\n") == 1 + text.count("\\n# EOF\n")
        found = samples(text)
        assert len(found) < 400
        assert all(name.startswith("dslog_") and "evil" not in name for name, _ in found)
        codes = {labels: value for (name, labels), value in found.items() if name == "dslog_failures_by_code"}
        assert sum(codes.values()) == data["totals"]["failures"] and len(codes) <= 21


def test_csv_tables_are_complete_and_no_formulas(report, logs):
    for log in ["hostile", "storm"]:
        path, data = report(logs[log], "csv", "json")
        data = json.loads(data.read_text())
        counts = {
            "": len(data["codes"]), "-causes": sum(len(code["causes"]) for code in data["codes"]),
            "-timeline": len(data["timeline"]["buckets"]), "-ids": len(data["top_request_ids"]),
            "-models": len(data["models"]), "-keys": len(data["keys"]), "-statuses": len(data["statuses"]),
            "-latency": 3, "-inputs": 1,
        }
        assert {p.name for p in path.parent.glob("*.csv")} == {f"report{name}.csv" for name in counts}
        for name, count in counts.items():
            text = path.with_name(f"report{name}.csv").read_text()
            assert not [c for c in text if c in HOSTILE]
            head, *rows = csv.reader(text.splitlines(), strict=True)
            assert len(rows) == count and all(len(row) == len(head) for row in rows)
            cells = [cell for row in rows for cell in row]
            assert not [c for c in cells if c.startswith(FORMULA) and not re.fullmatch(r"-?\d+(\.\d+)?", c)]
        with path.open() as codes:
            assert sum(int(row["count"]) for row in csv.DictReader(codes)) == data["totals"]["failures"]


def test_markdown_is_inert_and_its_tables_hold(report, logs):
    for log, lang in [("hostile", "en"), ("hostile", "zh"), ("storm", "en")]:
        md, data = report(logs[log], "md", "json", args=["--lang", lang])
        text, data = md.read_text(), json.loads(data.read_text())
        assert not [c for c in text if c in HOSTILE]
        assert "<img" not in text and "<script" not in text
        parser = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table")
        tokens = [token for block in parser.parse(text) for token in [block, *(block.children or [])]]
        kinds = {token.type for token in tokens}
        assert not kinds & {"html_block", "html_inline", "link_open", "image", "fence", "em_open", "s_open"}
        # Nothing from the log outside code spans, so nothing for chats to link or mention.
        plain = "".join(token.content for token in tokens if token.type == "text")
        assert "evil.example" not in plain and "@all" not in plain
        html = parser.render(text)
        for table in re.findall("<table>.*?</table>", html, re.S):
            widths = {row.count("</t") - row.count("</tr") for row in re.findall("<tr>.*?</tr>", table, re.S)}
            assert len(widths) == 1
        assert f"{data['totals']['failures']:,}" in plain
