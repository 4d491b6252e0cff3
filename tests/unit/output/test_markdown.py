"""The summary for pull and merge requests, read by a Markdown parser with GitHub's tables."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import msgspec
import pytest
from markdown_it import MarkdownIt

from findings import finding, sample, write_source
from hookproof.finding import Verdict
from hookproof.output import render, render_hooks
from hookproof.output.display import Display
from hookproof.report import Report

STRANGE = r'a|b \| <script>alert("&amp;")</script> *x* __y__ [z](u) #1 @all ~~s~~ ![i](j) | `c|d\ <b>`'


def parse(text: str) -> Element:
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    tree: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return tree


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).replace("\u200b", "").split())


def rows(text: str) -> list[list[str]]:
    return [[words(cell) for cell in row] for row in parse(text).iterfind(".//tbody/tr")]


def summary(report: Report) -> str:
    return "".join(render("markdown", report, Display()))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write_source(tmp_path)


def test_what_raises_comes_first_with_its_confidence_and_verdict(path: str) -> None:
    silent = finding(path, 1, 1, code="HKP109", world="traced", outcome="silent", confidence="likely")
    report = Report(findings=(silent, *sample(path).findings))
    shown = rows(summary(report))
    assert [row[0] for row in shown] == sorted(row[0] for row in shown)
    [(outcome, where, _, _, sure)] = [row for row in shown if row[2] == "HKP109"]
    assert (outcome, where, sure) == ("silent", f"{path}:1", "likely")
    assert any("confirmed by torch 2.13.0" in row[4] for row in shown)
    assert summary(report).startswith(f"### hookproof: {len(report.findings)} findings (")


def test_what_torch_refuted_is_no_loss(path: str) -> None:
    known = finding(path, 1, 1, code="HKP201")
    refuted = msgspec.structs.replace(known, line=3, verdict=Verdict("refuted", "it did not", torch="2.13.0"))
    text = summary(Report(findings=(known, refuted)))
    assert [row[1] for row in rows(text)] == [f"{path}:1"]
    assert "1 finding refuted by torch, not shown." in text
    assert summary(Report(findings=(refuted,))).startswith("### hookproof: nothing found\n")


def test_what_is_strange_stays_in_its_cell_as_it_is(path: str) -> None:
    report = sample(path)
    found = msgspec.structs.replace(report.findings[0], message=STRANGE, path=STRANGE)
    site = msgspec.structs.replace(report.hooks[0], module_class=STRANGE, path=STRANGE)
    text = summary(Report(findings=(found,)))
    [(_, where, _, said, _)] = rows(text)
    assert where == f"{STRANGE}:{found.line}"
    assert said == STRANGE.replace("`", "")
    [(_, on, place, _)] = rows("".join(render_hooks("markdown", Report(hooks=(site,)), Display())))
    assert (on, place) == (STRANGE, f"{STRANGE}:{site.line}")
    assert "@all" not in re.sub("<code>.*?</code>", "", text), "GitHub notifies nobody who is named in code"
    assert not {"script", "b", "em", "strong", "img"} & {
        each.tag for each in parse(text).iterfind(".//td//*")
    }


def test_a_long_summary_fits_into_a_comment_and_says_what_is_left_out(path: str) -> None:
    found = tuple(finding(path, number, 1, code="HKP201") for number in range(1, 3001))
    sites = sample(path).hooks * 2000
    for text in (
        summary(Report(findings=found)),
        "".join(render_hooks("markdown", Report(hooks=sites), Display())),
    ):
        assert 50_000 < len(text.encode()) < 65_536
        shown = len(rows(text))
        assert (
            f"{3000 - shown} more findings not shown" in text
            or f"{len(sites) - shown} more hooks not" in text
        )
