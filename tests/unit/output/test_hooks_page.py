"""The inventory's HTML page, read by a parser that forgives nothing and used in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import msgspec
import pytest

from findings import finding, sample, write_source
from hooked_project import hookproof, write_project
from hookproof.finding import Verdict
from hookproof.output import render_hooks
from hookproof.output.display import Display
from hookproof.report import HookSite, Origin, Report
from hookproof.urls import rule_url

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def page(report: Report) -> str:
    return "".join(render_hooks("html", report, Display()))


def parse(text: str) -> Element:
    """Return the tree of a page. Raises where a browser would have to guess."""
    tree: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return tree


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write_source(tmp_path)


def many(path: str) -> Report:
    """Return a report with a hook of each result, of several classes, forms and worlds."""
    sites = (
        HookSite(path, 1, 1, "register_forward_hook", "lambda", "local", None, (), "a.Net", ("compiled",)),
        HookSite(path, 3, 1, "register_forward_hook", "function", "self", None, (), "b.Net", ("traced",)),
        HookSite(path, 6, 1, "register_backward_hook", "partial", "loop", None, (), "a.Net", ("compiled",)),
        HookSite(path, 7, 1, "register_forward_hook", "lambda", "local", None, (), None, ()),
    )
    found = (
        finding(path, 1, 1, code="HKP201"),
        finding(path, 3, 1, code="HKP109", world="traced", outcome="silent"),
    )
    return Report(hooks=sites, findings=found)


def test_a_page_is_valid_and_needs_nothing_from_outside(path: str) -> None:
    for report in (Report(), sample(path), many(path)):
        tree = parse(page(report))
        assert not [each for each in tree.iter() if {"src", "action"} & set(each.attrib)]
        links = [each for each in tree.iter() if "href" in each.attrib]
        assert all(each.tag == "a" and each.attrib["href"] == rule_url(words(each)) for each in links)
        assert "url(" not in words(tree.find(".//style"))  # type: ignore[arg-type]
        (policy,) = [each for each in tree.iter("meta") if "http-equiv" in each.attrib]
        assert policy.attrib["content"].startswith("default-src 'none'")


def sites(tree: Element) -> list[Element]:
    return list(tree.iter("article"))


def data(tree: Element) -> Any:
    """Return what the page knows of the code."""
    (element,) = [each for each in tree.iter("script") if each.attrib.get("id") == "code"]
    return json.loads(element.text or "")


def test_a_page_shows_what_is_lost_first_by_file_and_hook(path: str) -> None:
    tree = parse(page(sample(path)))
    assert [words(each) for each in tree.iter("h2")][:2] == ["Hooks that break or are lost", "Other hooks"]
    assert [words(each) for each in tree.iter("h3")] == [path, path]
    lost, other = sites(tree)
    assert words(lost.find("h4")) == "count on pkg.net.Net"  # type: ignore[arg-type]
    assert "register_forward_hook, function, local, never removed" in words(lost)
    [told] = lost.findall(".//ul[@class='findings']/li")
    assert words(told).startswith("raises an error HKP302 m.cache is an empty list")
    assert words(other).startswith("unknown hook on ")


def test_a_page_has_the_code_of_each_hook_and_what_is_flagged_in_it(path: str) -> None:
    tree = parse(page(sample(path)))
    known = data(tree)
    piece = known["pieces"][int(sites(tree)[0].attrib["data-piece"])]
    [(file, line, start, end, code)] = piece["marks"]
    shown = known["files"][file]
    assert (shown["path"], line, code) == (path, 7, "HKP302")
    assert shown["lines"][str(line)][start:end] == "m.cache"
    first = {title: shown["lines"][str(about)] for title, _, about, _, _ in piece["frames"]}
    assert first["hook count"] == "def count(m, input: Tuple[Tensor], output):"


def test_a_page_says_which_project_when_and_at_which_commit(path: str, tmp_path: Path) -> None:
    origin = Origin("a<b>", "2026-01-02", "0123abc")
    tree = parse(page(msgspec.structs.replace(sample(path), origin=origin)))
    assert words(next(tree.iter("h1"))) == "Hooks of a<b>"
    assert "2026-01-02, commit 0123abc" in words(tree)
    made = write_project(tmp_path / "made")
    done = hookproof("hooks", "--output-format=html", cwd=made, SOURCE_DATE_EPOCH="86400")
    assert "Hooks of made" in done.stdout
    assert "1970-01-02" in done.stdout


def test_what_torch_refuted_is_shown_and_not_counted_as_a_loss(path: str) -> None:
    report = many(path)
    verdict = Verdict("refuted", "it did not", torch="2.13.0")
    first, second = report.findings
    found = (msgspec.structs.replace(first, verdict=verdict), second)
    tree = parse(page(msgspec.structs.replace(report, findings=found)))
    tiles = {words(each) for each in tree.iter("button") if "data-result" in each.attrib}
    assert tiles == {"0raises an error", "1silently lost", "2no finding", "1stays in eager mode"}
    assert "Refuted by torch: HKP201" in words(tree)
    assert ", 1 finding. Checked against torch: 1 refuted." in words(tree)


def test_the_class_is_the_one_that_findings_know(path: str) -> None:
    report = many(path)
    site = msgspec.structs.replace(report.hooks[0], module_class=None)
    found = msgspec.structs.replace(report.findings[0], module_class="a.Net")
    (shown,) = sites(parse(page(Report(hooks=(site,), findings=(found,)))))
    assert shown.attrib["data-class"] == "a.Net"


def test_a_page_says_how_sure_it_is_and_what_its_words_mean(path: str) -> None:
    report = many(path)
    found = tuple(msgspec.structs.replace(each, confidence="possible") for each in report.findings)
    for shown, confidence in ((report.findings, "certain"), (found, "possible")):
        tree = parse(page(msgspec.structs.replace(report, findings=shown)))
        (site, *_) = sites(tree)
        badges = [words(each) for each in site.iter("span") if each.attrib["class"].startswith("badge")]
        assert badges == ["raises an error", confidence]
        assert site.attrib["data-confidence"] == confidence
        terms = [words(term) for term in tree.iter("dt")]
        assert {"compiled", "traced", "possible", "guarded", "HKP201"} <= set(terms)


def test_a_page_gives_torchs_verdict(path: str) -> None:
    report = sample(path)
    verified = msgspec.structs.replace(report.findings[1], hook=report.hooks[0].hook)
    text = words(parse(page(msgspec.structs.replace(report, findings=(verified,)))))
    assert "Checked against torch: 1 confirmed." in text
    assert "confirmed by torch 2.13.0: it did" in text
    assert "torch says: RuntimeError: no" in text


def test_the_command_takes_verdicts_from_a_run_of_verify(tmp_path: Path) -> None:
    write_project(tmp_path)
    asked = hookproof("verify", "--output-format=json", "-o", "asked.json", cwd=tmp_path)
    assert asked.returncode == 1, asked.stderr
    done = hookproof("hooks", "--output-format=html", "--verdicts=asked.json", cwd=tmp_path)
    text = words(parse(done.stdout))
    assert "Checked against torch: 2 confirmed." in text
    assert "certain confirmed compiled" in text
    (tmp_path / "other.json").write_text("[]")
    for arguments, problem in (
        (["--output-format=html", "--verdicts=none.json"], "--verdicts none.json: No such file"),
        (["--output-format=html", "--verdicts=other.json"], "--verdicts other.json: is not from"),
        (["--verdicts=asked.json"], "--verdicts goes with --output-format html"),
    ):
        wrong = hookproof("hooks", *arguments, cwd=tmp_path)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert wrong.stderr.startswith(f"hookproof: {problem}")


def test_what_is_strange_is_shown_as_it_is(path: str) -> None:
    strange = '<script>alert("&amp;")</script>\n\'`x`'
    report = many(path)
    sites = tuple(msgspec.structs.replace(site, module_class=strange, form=strange) for site in report.hooks)
    found = tuple(msgspec.structs.replace(each, message=strange) for each in report.findings)
    tree = parse(page(msgspec.structs.replace(report, hooks=sites, findings=found)))
    assert [each.attrib for each in tree.iter("script")] == [{"type": "application/json", "id": "code"}, {}]
    assert words(tree).count('<script>alert("&amp;")</script>') >= 4


def test_everything_can_be_reached_by_keyboard_and_is_named(path: str) -> None:
    tree = parse(page(many(path)))
    assert tree.attrib["lang"] == "en"
    for control in (*tree.iter("input"), *tree.iter("select")):
        labels = [label for label in tree.iter("label") if control in list(label)]
        assert words(labels[0])
    assert all(button.attrib["type"] for button in tree.iter("button"))


STEPS: dict[str, tuple[str, int]] = {
    "nothing chosen": ("", 4),
    "a word of the path or the code": ("form.elements.text.value = 'partial LOOP'", 1),
    "a finding's code": ("form.elements.text.value = 'hkp109'", 1),
    "world": ("form.elements.world.value = 'compiled'", 2),
    "module class": ("form.elements.class.value = 'b.Net'", 1),
    "form": ("form.elements.form.value = 'lambda'", 2),
    "result": ("form.elements.result.value = 'clean'", 1),
    "confidence": ("form.elements.confidence.value = 'certain'", 2),
    "a tile": ("document.querySelector('.tiles .silent').click()", 1),
    "world and form": ("form.elements.world.value = 'compiled'; form.elements.form.value = 'lambda'", 1),
    "nothing like it": ("form.elements.text.value = 'nowhere'", 0),
}


def in_browser(text: str, script: str, folder: Path, width: int = 1280, *options: str) -> Any:
    """Return what `script`, which may wait, leaves in `answer` after it ran in the page."""
    assert BROWSER
    told = (
        f"<script>let answer; (async () => {{ {script}; }})().catch((error) => {{ answer = String(error); }})"
        ".then(() => { document.title = 'answer' + JSON.stringify(answer); });</script></body>"
    )
    file = folder / "page.html"
    file.write_text(text.replace("</body>", told), "utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900", *options]
    command += ["--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([*command, file.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"<title>answer(.*?)</title>", done.stdout, re.S)
    assert found, done.stderr
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def test_filters_and_buttons_work_in_a_browser(path: str, tmp_path: Path) -> None:
    text = page(many(path))
    if BROWSER is None:
        assert not os.environ.get("HOOKPROOF_NEEDS_BROWSER"), "no browser was found"
        return
    steps = "".join(
        f"form.reset(); {step}; form.dispatchEvent(new Event('input'));"
        "answer.push([sites.filter((site) => !site.hidden).length, location.hash, form.elements.shown.value,"
        " document.getElementById('nothing').hidden]);"
        for step, _ in STEPS.values()
    )
    steps = f"answer = [form.hidden]; {steps} form.reset(); show(); document.getElementById('open').click();"
    steps += (
        "answer.push([...document.querySelectorAll('.site figure')].map((each) => each.textContent));"
        "answer.push([...document.querySelectorAll('.site pre mark')].map((each) => each.textContent));"
        "answer.push([...document.querySelectorAll('.site pre .keyword')].map((each) => each.textContent));"
    )
    visible, *told, figures, marks, keywords = in_browser(text, steps, tmp_path)
    assert visible is False
    assert len(figures) == 4
    assert len(marks) >= 2
    assert "import" in keywords
    for (name, (step, count)), (shown, address, line, is_nothing_hidden) in zip(
        STEPS.items(), told, strict=True
    ):
        assert (shown, line) == (count, f"{count} of 4 shown"), name
        assert bool(address) is bool(step), name
        assert is_nothing_hidden is (count > 0), name


@pytest.mark.parametrize("width", [500, 1280])
def test_nothing_sticks_out_in_a_browser(width: int, path: str, tmp_path: Path) -> None:
    if BROWSER is None:
        assert not os.environ.get("HOOKPROOF_NEEDS_BROWSER"), "no browser was found"
        return
    measure = "openShown(true);"
    measure += "answer = [document.documentElement.scrollWidth, innerWidth]"
    wide, window = in_browser(page(sample(path)), measure, tmp_path, width)
    assert wide <= window


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(scheme: str, path: str, tmp_path: Path) -> None:
    folder = os.environ.get("HOOKPROOF_READERS")
    axe = Path(folder) / "axe-core" / "axe.min.js" if folder else None
    if BROWSER is None or axe is None or not axe.exists():
        assert not os.environ.get("HOOKPROOF_NEEDS_READERS"), "no browser, or no axe-core, was found"
        return
    report = msgspec.structs.replace(sample(path), hooks=(*sample(path).hooks, *many(path).hooks))
    loaded = axe.read_text("utf-8").replace("</script", "<\\/script")
    text = page(report).replace("</body>", f"<script>{loaded}</script></body>")
    ask = "openShown(true); const told = await axe.run(); answer = [told.passes.length, told.violations.map("
    ask += "(each) => [each.id, each.nodes.map((node) => node.html + ' ' + node.failureSummary)])]"
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    passes, violations = in_browser(text, ask, tmp_path, 1280, *dark)
    assert violations == []
    assert passes > 20


def test_a_page_of_many_hooks_lays_out_and_makes_only_what_is_looked_at(path: str, tmp_path: Path) -> None:
    if BROWSER is None:
        assert not os.environ.get("HOOKPROOF_NEEDS_BROWSER"), "no browser was found"
        return
    (site, *_) = many(path).hooks
    hooks = tuple(msgspec.structs.replace(site, column=number) for number in range(1, 3001))
    ask = "const start = performance.now(); form.elements.text.value = 'lambda nowhere'; show();"
    ask += "const none = form.elements.shown.value; form.reset(); show(); document.body.offsetHeight;"
    ask += "const seconds = (performance.now() - start) / 1000; document.getElementById('open').click();"
    ask += "answer = [none, seconds, document.querySelectorAll('article figure').length,"
    ask += "getComputedStyle(sites[0]).contentVisibility]"
    none, seconds, opened, visibility = in_browser(page(Report(hooks=hooks)), ask, tmp_path)
    assert (none, opened, visibility) == ("0 of 3000 shown", 500, "auto")
    assert seconds < 5


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = hookproof("hooks", "--output-format=html", "-o", "hooks.html", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    tree = parse((tmp_path / "hooks.html").read_text("utf-8"))
    assert [site.attrib["data-result"] for site in sites(tree)] == ["raises", "raises"]
    assert [site.attrib["data-class"] for site in sites(tree)] == ["torch.nn.Linear", "pkg.net.Net"]
