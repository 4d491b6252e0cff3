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
from hookproof.output import render_hooks
from hookproof.output.display import Display
from hookproof.report import HookSite, Report
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


def test_a_page_shows_hooks_worlds_verdicts_and_the_code_in_place(path: str) -> None:
    tree = parse(page(sample(path)))
    rows = [site.findall("tr") for site in tree.iter("tbody")]
    assert len(rows) == 2
    head = [words(cell) for cell in tree.findall(".//thead/tr/th")]
    assert head[:2] == ["hook", "registered on"]
    assert head[2:4] == ["uncalled", "registration"], "what does not get there at all comes first"
    assert head[4:7] == ["compiled", "traced", "script-module"]
    assert {"exported", "copied", "pickled"} <= {*head}
    cells = [words(cell) for cell in rows[0][0]]
    assert cells[0].startswith("countfunction, register_forward_hook")
    assert cells[1] == "pkg.net.Netlocal, never removed"
    assert cells[2:] == ["–not there", "–not there", "raisesHKP302", *["–not there"] * (len(head) - 5)]
    assert words(rows[1][0][0]).startswith("unknown hook")
    figures = [words(figure) for figure in rows[0][1].iter("figure")]
    assert any("def count(m, input: Tuple[Tensor], output):" in text for text in figures)
    assert [words(mark) for mark in rows[0][1].iter("mark")] == ["m.cache"]
    flagged = [line for line in rows[0][1].iter("span") if line.find("mark") is not None]
    assert [line.attrib["data-line"] for line in flagged] == ["7"]
    assert words(flagged[0]).endswith("HKP302")


def test_a_page_says_how_sure_it_is_and_what_its_words_mean(path: str) -> None:
    report = many(path)
    found = tuple(msgspec.structs.replace(each, confidence="possible") for each in report.findings)
    for shown, mark in ((report.findings, "raisesHKP201"), (found, "raisesHKP201 possible")):
        tree = parse(page(msgspec.structs.replace(report, findings=shown)))
        (site, *_) = tree.iter("tbody")
        assert mark in [words(cell) for cell in site.findall("tr")[0]]
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
    assert "HKP302 confirmed" in text
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
    assert len(list(tree.iter("script"))) == 1
    assert words(tree).count('<script>alert("&amp;")</script>') >= 4


def test_everything_can_be_reached_by_keyboard_and_is_named(path: str) -> None:
    tree = parse(page(many(path)))
    assert tree.attrib["lang"] == "en"
    for control in (*tree.iter("input"), *tree.iter("select")):
        labels = [label for label in tree.iter("label") if control in list(label)]
        assert words(labels[0])
    assert all(th.attrib["scope"] in ("col", "row") for th in tree.iter("th"))
    assert all(pre.attrib["tabindex"] == "0" for pre in tree.iter("pre"))


STEPS: dict[str, tuple[str, int]] = {
    "nothing chosen": ("", 4),
    "a word of the path or the code": ("form.elements.text.value = 'partial LOOP'", 1),
    "a finding's code": ("form.elements.text.value = 'hkp109'", 1),
    "world": ("form.elements.world.value = 'compiled'", 2),
    "module class": ("form.elements.class.value = 'b.Net'", 1),
    "form": ("form.elements.form.value = 'lambda'", 2),
    "result": ("form.elements.result.value = 'clean'", 1),
    "world and form": ("form.elements.world.value = 'compiled'; form.elements.form.value = 'lambda'", 1),
    "nothing like it": ("form.elements.text.value = 'nowhere'", 0),
}


def in_browser(text: str, script: str, folder: Path, width: int = 1280) -> Any:
    """Return what `script` leaves in `answer` after it ran in the page."""
    assert BROWSER
    told = (
        f"<script>let answer; {script}; document.title = 'answer' + JSON.stringify(answer);</script></body>"
    )
    file = folder / "page.html"
    file.write_text(text.replace("</body>", told), "utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900", "--dump-dom"]
    done = subprocess.run([*command, file.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"<title>answer(.*?)</title>", done.stdout, re.S)
    assert found, done.stderr
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def test_filters_and_buttons_work_in_a_browser(path: str, tmp_path: Path) -> None:
    text = page(many(path))
    if BROWSER is None:
        assert not os.environ.get("HOOKPROOF_NEEDS_BROWSER"), "no browser was found"
        assert text.count("<script>") == 1
        return
    steps = "".join(
        f"form.reset(); {step}; form.dispatchEvent(new Event('input'));"
        "answer.push([sites.filter((site) => !site.hidden).length, location.hash, form.elements.shown.value,"
        " document.getElementById('nothing').hidden]);"
        for step, _ in STEPS.values()
    )
    steps = f"answer = [form.hidden]; {steps} document.getElementById('open').click();"
    steps += "answer.push(details.every((each) => each.open));"
    visible, *told, opened = in_browser(text, steps, tmp_path)
    assert visible is False
    assert opened is True
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
    measure = "for (const each of details) each.open = true;"
    measure += "answer = [document.documentElement.scrollWidth, innerWidth]"
    wide, window = in_browser(page(sample(path)), measure, tmp_path, width)
    assert wide <= window


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = hookproof("hooks", "--output-format=html", "-o", "hooks.html", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    tree = parse((tmp_path / "hooks.html").read_text("utf-8"))
    assert [site.attrib["data-result"] for site in tree.iter("tbody")] == ["raises", "raises"]
    assert [site.attrib["data-class"] for site in tree.iter("tbody")] == ["pkg.net.Net", "torch.nn.Linear"]
