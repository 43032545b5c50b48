"""The page in a real browser: silent, inert, complete, and fit for every screen."""

import json
import re
import subprocess

import pytest
from conftest import DSLOG, HOSTILE


def text_of(page, selector):
    return [text.strip() for text in page.locator(selector).all_text_contents()]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("log", ["storm", "typical"])
def test_the_figures_are_those_of_the_json(report, visit, logs, log, lang):
    html, data = report(logs[log], "html", "json", args=["--lang", lang])
    data = json.loads(data.read_text())
    page = visit(html)
    figures = text_of(page, ".figures dd")
    totals = data["totals"]
    assert figures[:2] == [f"{totals['requests']:,}", f"{totals['failures']:,}"]
    assert figures[3] == f"{totals['throttled']:,}"
    cards = list(zip(text_of(page, ".code h3"), text_of(page, ".code .count")))
    assert cards == [(code["code"], f"{code['count']:,}") for code in data["codes"][:20]]
    shown = page.evaluate("document.body.textContent")
    for code in data["codes"][:20]:
        for cause in code["causes"][:8]:
            assert cause["meaning"] in shown and cause["advice"] in shown
    advice = text_of(page, ".actions li > p:first-child")
    assert advice == [action["advice"] for action in data["first_actions"]]
    ids = text_of(page, "#ids tbody th")
    assert ids == [row["request_id"] for row in data["top_request_ids"]]
    assert f"{totals['lines']:,}" in text_of(page, "#coverage .says")[0]
    # Every request is in the heat map's and the timeline's tooltips, once.
    for chart in ["#hours .heat svg title", "#time .low title"]:
        pattern = r"(\d[\d,]*) of (\d[\d,]*) requests failed" if lang == "en" else r"：(\d[\d,]*) 次请求中 (\d[\d,]*) 次失败"
        pairs = [re.search(pattern, tip).groups() for tip in text_of(page, chart)]
        sums = [sum(int(pair[at].replace(",", "")) for pair in pairs) for at in (0, 1)]
        assert sorted(sums) == [
            sum(bucket[figure] for bucket in data["timeline"]["buckets"]) for figure in ("failures", "requests")
        ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_hostile_log_is_inert(report, visit, logs, lang):
    (html,) = report(logs["hostile"], "html", args=["--lang", lang])
    page = visit(html, width=390)
    source = html.read_text()
    assert not [c for c in source if c in HOSTILE]
    foreign = "script, img, iframe, object, embed, link, base, form, foreignObject, animate, style:not(head *)"
    assert page.locator(foreign).count() == 0
    handlers = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes])"
        ".filter(a => a.name.startsWith('on') || /^\\s*(javascript|data|https?):/i.test(a.value))"
        ".map(a => a.name + '=' + a.value)")
    assert handlers == []
    links = page.evaluate("[...document.links].map(a => a.getAttribute('href'))")
    assert all(re.fullmatch("#[a-z]+", link) for link in links)
    shown = page.evaluate("document.body.textContent")
    assert "</script><img src=x onerror=alert(1)>" in shown
    assert "\\u{1b}]52;c;aGk=\\u{7}" in shown and "\\u{202e}gpj.exe" in shown
    assert "{{ 7*7 }}" in shown and "&lt;b&gt;" in shown
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_policy_forbids_everything(report, visit, logs):
    (html,) = report(logs["storm"], "html")
    page = visit(html)
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not re.search(r"https?://|url\(|@import|<script|<link", html.read_text())


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_screen_is_too_narrow(report, visit, logs, lang, dark, width):
    (html,) = report(logs["storm"], "html", args=["--lang", lang])
    page = visit(html, width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # No words are broken into letters, one below the other.
    thin = page.evaluate("""() => [...document.querySelectorAll('p, li, dd, td, th, h1, h2, h3, span, strong')]
      .filter(e => e.textContent.trim().length > 9 && e.offsetHeight > 60 && e.offsetWidth < 40)
      .map(e => e.outerHTML)""")
    assert thin == []
    # Text stands out from what it stands on (WCAG AA, 4.5:1).
    contrasts = page.evaluate("""() => {
      const rgb = text => text.match(/[\\d.]+/g).map(Number);
      const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [.2126, .7152, .0722][at], 0);
      const ground = e => { for (; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } };
      return ['.lead', '.facts', 'dt', '.note', '.advice', '.kind', '.share', 'nav a', '.mark', 'thead th', '.y', 'footer']
        .map(s => { const e = document.querySelector(s);
          const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
          return [s, (a + .05) / (b + .05)]; }).filter(([, ratio]) => ratio < 4.5);
    }""")
    assert contrasts == []


def test_a_screen_reader_finds_its_way(report, visit, logs):
    (html,) = report(logs["storm"], "html", args=["--lang", "zh"])
    page = visit(html)
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert page.locator("h1").count() == 1
    assert page.locator("main, header, nav, footer").count() == 4
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:]))
    assert page.locator("table").count() == page.locator("table > caption:not(:empty)").count() > 3
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("svg:not([role=img][aria-label]):not([aria-hidden=true])").count() == 0
    for link in page.locator("nav a").all():
        assert page.locator(link.get_attribute("href")).count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_ten_thousand_codes_stay_small(report, visit, logs):
    html, data = report(logs["many"], "html", "json")
    assert len(json.loads(data.read_text())["codes"]) == 10_000
    assert html.stat().st_size < 500_000
    page = visit(html, width=390)
    assert "9,780 more codes" in page.locator("#codes").text_content()
    assert "JSON" in page.locator("#codes .note").last.text_content()


def test_print_opens_what_is_folded(report, visit, logs):
    (html,) = report(logs["storm"], "html")
    page = visit(html, dark=True)
    closed = page.locator("details.code:not([open]) .causes").first
    assert not closed.is_visible()
    page.emulate_media(media="print")
    assert closed.is_visible()
    assert not page.locator("nav").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 20_000


@pytest.fixture(scope="module")
def compared(report, logs, tmp_path_factory):
    """compared(old, new, args=[…]) gives the page and the data of a diff of two logs' reports."""
    def run(old, new, args=()):
        folder = tmp_path_factory.mktemp("diff")
        old, new = (report(logs[log], "json")[0] for log in (old, new))
        html, data = folder / "diff.html", folder / "diff.json"
        done = subprocess.run([DSLOG, "diff", old, new, "-o", html, "-o", data, *args], capture_output=True, text=True)
        assert done.returncode in (0, 3), done.stderr
        return html, json.loads(data.read_text())
    return run


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width,dark", [(1280, False), (390, True)])
def test_a_diff_has_the_figures_of_the_json(compared, visit, lang, width, dark):
    rules = ["--fail-on", "failure_rate>5%", "--fail-on", "kind:billing>100000"]
    html, data = compared("typical", "storm", args=["--lang", lang, *rules])
    page = visit(html, width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-Hans"}[lang]
    # Every change beyond chance is told, what is worse marked so.
    marks = [text[0] for text in text_of(page, "#changes .moves li")]
    assert data["alarms"] > 5 and data["worse"] == data["alarms"]
    assert set(marks) == {"▲"}
    told = page.locator("#changes").text_content()
    more = re.search(r"(?:… and|……还有) (\d+)", told)
    assert len(marks) + (int(more[1]) if more else 0) == data["alarms"]
    alarms = [code["code"] for code in data["codes"] if code["alarm"]]
    assert all(code in told for code in alarms[:8])
    old, new = (data[side]["totals"] for side in ("old", "new"))
    rows = [text_of(page, f"#changes tbody tr:nth-child({at}) > *") for at in (1, 2)]
    assert rows[0][1:3] == [f"{old['requests']:,}", f"{new['requests']:,}"]
    share = lambda side: f"{100 * side['failures'] / side['requests']:.1f}%"
    assert rows[1][1:3] == [share(old), share(new)]
    broken = [rule["broken"] for rule in data["fail_on"]]
    assert broken == [True, False]
    assert [text[0] for text in text_of(page, "#rules tbody td:last-child")] == ["✗", "✓"]


def test_a_hostile_diff_is_inert(compared, visit):
    for old, new in (("typical", "hostile"), ("hostile", "typical")):
        html, data = compared(old, new)
        page = visit(html, width=390)
        assert data["new_codes"] + data["gone_codes"] > 20
        assert not [c for c in html.read_text() if c in HOSTILE]
        foreign = "script, img, iframe, object, embed, link, base, form, animate, style:not(head *)"
        assert page.locator(foreign).count() == 0
        assert all(re.fullmatch("#[a-z]+", a.get_attribute("href")) for a in page.locator("a").all())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_report_with_a_baseline_begins_with_what_changed(report, visit, logs):
    (old,) = report(logs["typical"], "json")
    html, data = report(logs["storm"], "html", "json", args=["--baseline", old])
    page = visit(html)
    data = json.loads(data.read_text())["diff"]
    assert page.locator("main > section").first.get_attribute("id") == "changes"
    assert 5 < len(text_of(page, "#changes .moves li")) <= data["alarms"]


def test_the_same_log_gives_the_same_page(report, logs):
    pages = [report(logs["storm"], "html", args=["--threads", threads])[0].read_bytes() for threads in "14"]
    assert pages[0] == pages[1]
