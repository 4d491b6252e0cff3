"""The inventory as one self-contained page: first the hooks that are lost, by file, with their code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

import hookproof
from hookproof.finding import CONFIDENCES, Confidence, Finding, WorldName
from hookproof.output.by_location import ByLocation
from hookproof.output.closing import counted
from hookproof.output.code_html import Code
from hookproof.output.display import Display
from hookproof.output.fates import line as fates_line
from hookproof.output.hooks_table import hook_names
from hookproof.report import HookSite, Origin, Report
from hookproof.rules.registry import rule
from hookproof.urls import rule_url
from hookproof.worlds import registry

Result: TypeAlias = Literal["raises", "silent", "clean", "eager"]

_WORDS = {
    "certain": "The code shows how this very hook gets there.",
    "likely": "The code shows that modules of the same class get there.",
    "possible": "Applies only if someone {acts} the module, which this code does not show.",
    "guarded": "The registration stands under a test that keeps ScriptModules out.",
}
_RESULTS: dict[Result, str] = {
    "raises": "raises an error",
    "silent": "silently lost",
    "clean": "no finding",
    "eager": "stays in eager mode",
}
_GROUPS = {True: "Hooks that break or are lost", False: "Other hooks"}


class _Entry(NamedTuple):
    """One registration, and what was found of it: what stands, and what torch refuted."""

    site: HookSite
    found: tuple[Finding, ...]
    refuted: tuple[Finding, ...]

    @property
    def result(self) -> Result:
        """What becomes of the hook, as far as findings say."""
        outcomes = {finding.outcome for finding in self.found}
        if "raises" in outcomes:
            return "raises"
        if "silent" in outcomes:
            return "silent"
        return "clean" if self.site.worlds else "eager"

    @property
    def confidence(self) -> Confidence | None:
        """How sure its surest finding is."""
        return max((each.confidence for each in self.found), key=CONFIDENCES.index, default=None)

    @property
    def module_class(self) -> str | None:
        """The class of the module, as the registration, its findings or `verify` know it."""
        known = (self.site.module_class, *(each.module_class for each in (*self.found, *self.refuted)))
        subjects = (each.subject and each.subject.module_class for each in self.found)
        named = (name.replace(":", ".") for name in subjects if name)
        return next(filter(None, (*known, *named)), None)

    @property
    def worlds(self) -> tuple[WorldName, ...]:
        """The worlds that it gets to, or that something was found in."""
        met = {*self.site.worlds, *(finding.world for finding in self.found)}
        return tuple(each.name for each in registry.standings() if each.name in met)

    @property
    def order(self) -> tuple[object, ...]:
        """First what is lost, then by file, hook and line."""
        is_lost = self.result in {"raises", "silent"}
        return (not is_lost, self.site.path, hook_names(self.site), self.site.line, self.site.column)


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the page: what becomes of each hook, by file, and the code."""
    entries = sorted(_entries(report), key=lambda entry: entry.order)
    code = Code(display)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    yield "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
    yield f"<title>{_title(report.origin)}</title>\n"
    yield f"<style>\n{_asset('hooks.css')}</style>\n</head>\n<body>\n<main>\n"
    yield from _head(report)
    yield from _tiles(entries)
    yield from _filters(entries)
    for is_lost, group in groupby(entries, key=lambda entry: entry.result in {"raises", "silent"}):
        yield f'<section class="group">\n<h2>{_GROUPS[is_lost]}</h2>\n'
        for path, of_file in groupby(group, key=lambda entry: entry.site.path):
            yield f'<section class="file">\n<h3><code>{escape(path)}</code></h3>\n'
            for entry in of_file:
                yield from _entry(entry, len(code.pieces))
                code.add(_places(entry.site), entry.found)
            yield "</section>\n"
        yield "</section>\n"
    yield '<p class="nothing" id="nothing" hidden>No hooks match these filters.</p>\n'
    if not entries:
        yield '<p class="nothing">No hook is registered in the files that were looked at.</p>\n'
    yield from _legend(entries)
    yield "</main>\n" + _data(code) + f"<script>\n{_asset('hooks.js')}</script>\n</body>\n</html>\n"


def _entries(report: Report) -> Iterator[_Entry]:
    findings = ByLocation(report.findings)
    for site in report.hooks:
        found = findings.on(site)
        stand = tuple(each for each in found if not _is_refuted(each))
        yield _Entry(site, stand, tuple(each for each in found if _is_refuted(each)))


def _is_refuted(finding: Finding) -> bool:
    return finding.verdict is not None and finding.verdict.status == "refuted"


def _asset(name: str) -> str:
    return files("hookproof.output").joinpath("page", name).read_text("utf-8")


def _data(code: Code) -> str:
    """Return what the page knows of the code, as JSON that cannot end its element."""
    encoded = msgspec.json.encode({"files": code.files, "pieces": code.pieces}).decode()
    return f'<script type="application/json" id="code">{encoded.replace("<", chr(92) + "u003c")}</script>\n'


def _title(origin: Origin | None) -> str:
    return f"Hooks of {escape(origin.project)}" if origin else "Hooks"


def _head(report: Report) -> Iterator[str]:
    yield f"<h1>{_title(report.origin)}</h1>\n"
    if report.origin is not None:
        commit = f", commit <code>{escape(report.origin.commit)}</code>" if report.origin.commit else ""
        yield f'<p class="lead">{escape(report.origin.date)}{commit}</p>\n'
    stand = [finding for finding in report.findings if not _is_refuted(finding)]
    verdicts = Counter(finding.verdict.words for finding in report.findings if finding.verdict)
    asked = ", ".join(f"{number} {status}" for status, number in sorted(verdicts.items()))
    hidden = f", {report.hidden} possible findings hidden" if report.hidden else ""
    yield f'<p class="lead">{counted(len(report.hooks), "registration")} in '
    yield f"{counted(report.files.checked, 'file')}, {counted(len(stand), 'finding')}{hidden}. "
    checked = f"Checked against torch: {asked}." if asked else "Read from the code; torch was not run."
    yield f"{checked} "
    yield f"hookproof {hookproof.__version__}, torch {escape(report.torch or '?')}.</p>\n"
    for failure in report.files.failed:
        yield f'<p class="lead">Not analysed: {escape(failure.path)}: {escape(failure.reason)}</p>\n'


def _tiles(entries: list[_Entry]) -> Iterator[str]:
    """Yield a button for each result, which shows the hooks that have it, and those alone."""
    counts = Counter(entry.result for entry in entries)
    yield '<div class="tiles" role="group" aria-label="Hooks by result">\n'
    for result, label in _RESULTS.items():
        yield f'<button type="button" class="{result}" data-result="{result}" aria-pressed="false">'
        yield f"<strong>{counts[result]}</strong>{label}</button>\n"
    yield "</div>\n"


def _filters(entries: list[_Entry]) -> Iterator[str]:
    yield '<form name="filters" role="search" hidden>\n<label>Search<input type="search" name="text" '
    yield 'placeholder="path, hook, class, rule, source"></label>\n'
    worlds = {world for entry in entries for world in entry.worlds}
    yield _choice(
        "world", "World", {each.name: each.name for each in registry.standings() if each.name in worlds}
    )
    classes = sorted({entry.module_class for entry in entries if entry.module_class})
    yield _choice("class", "Module class", {name: name for name in classes})
    yield _choice("form", "Form of the hook", {form: form for form in sorted({e.site.form for e in entries})})
    results = {entry.result for entry in entries}
    yield _choice("result", "Result", {name: label for name, label in _RESULTS.items() if name in results})
    sure = {entry.confidence for entry in entries}
    yield _choice("confidence", "Confidence", {each: each for each in reversed(CONFIDENCES) if each in sure})
    yield '<button type="reset">Clear</button>\n<button type="button" id="open">Show code</button>\n'
    yield '<output name="shown" aria-live="polite"></output>\n</form>\n'


def _choice(name: str, label: str, values: Mapping[Any, str]) -> str:
    options = "".join(
        f'<option value="{escape(key)}">{escape(text)}</option>' for key, text in values.items()
    )
    return f'<label>{label}<select name="{name}"><option value="">any</option>{options}</select></label>\n'


def _entry(entry: _Entry, number: int) -> Iterator[str]:
    site, worlds = entry.site, "\n".join(entry.worlds)
    yield f'<article class="site {entry.result}" data-world="{worlds}" data-form="{escape(site.form)}" '
    yield f'data-class="{escape(entry.module_class or "")}" data-result="{entry.result}" '
    yield f'data-confidence="{entry.confidence or ""}" data-piece="{number}">\n'
    name = "unknown hook" if hook_names(site) == "?" else hook_names(site)
    on = escape(entry.module_class or "unknown class")
    yield f"<h4><code>{escape(name)}</code> on <code>{on}</code></h4>\n"
    where = f"<code>{escape(site.path)}:{site.line}</code>, <code>{escape(site.api)}</code>"
    yield f'<p class="faint">{where}, {escape(site.form)}, {escape(_receiver(site))}</p>\n'
    listed = [_finding(each) for each in entry.found]
    if listed:
        yield '<ul class="findings">\n' + "".join(listed) + "</ul>\n"
    elif site.worlds:
        yield f'<p><span class="badge clean">no finding</span> {escape(", ".join(site.worlds))}</p>\n'
    for each in entry.refuted:
        yield f'<p class="faint refuted">Refuted by torch: {each.code} <s>{_prose(_said(each))}</s></p>\n'
    if fates := fates_line(site):
        yield f'<p class="faint fates">{escape(fates)}</p>\n'
    if site.uses:
        used = dict.fromkeys(f"<code>{escape(each.attribute)}</code> ({each.kind})" for each in site.uses)
        yield f'<p class="faint">Uses {", ".join(used)}</p>\n'
    yield '<details><summary>Code</summary><div class="frames"></div></details>\n</article>\n'


def _receiver(site: HookSite) -> str:
    removed = {"same function": "removed again in the same function", "elsewhere": "removed elsewhere"}
    parts = (site.receiver, "guarded" if site.guarded else "", removed.get(site.removed, "never removed"))
    return ", ".join(filter(None, parts))


def _places(site: HookSite) -> Iterator[tuple[str, str, int, bool]]:
    """Yield where there is code to be shown of a registration: itself, and the hooks."""
    yield "registered", site.path, site.line, False
    for hook in site.hooks or ((site.hook,) if site.hook else ()):
        if (hook.path, hook.line) != (site.path, site.line):
            yield f"hook {hook.name}", hook.path, hook.line, True


def _finding(finding: Finding) -> str:
    notes = [f"{each.path}:{each.line}: {each.note}" for each in finding.evidence]
    sure = f'<span class="badge {finding.confidence}">{finding.confidence}</span>'
    if finding.verdict is not None:
        sure += f' <span class="badge verdict">{escape(finding.verdict.words)}</span>'
        notes.append(f"{finding.verdict.line}: {finding.verdict.reason}")
        notes += [f"torch says: {finding.verdict.error}"] if finding.verdict.error else []
    listed = "".join(f"<li>{_prose(note)}</li>" for note in notes)
    outcome = finding.outcome
    return (
        f'<li class="{outcome}"><p><span class="badge {outcome}">{_RESULTS[outcome]}</span> '
        f"<strong>{_linked(finding.code)}</strong> {_prose(_said(finding))}</p>"
        f'<p class="faint">{sure} {escape(finding.world)}, '
        f"<code>{escape(finding.path)}:{finding.line}:{finding.column}</code></p>"
        f"{f'<ul>{listed}</ul>' if listed else ''}</li>\n"
    )


def _linked(code: str) -> str:
    """Return a rule's code, as a link to its page where that is known."""
    url = rule_url(code)
    return f'<a href="{escape(url)}">{code}</a>' if url else code


def _said(finding: Finding) -> str:
    return finding.message + (f" (torch: {finding.torch})" if finding.torch else "")


def _prose(text: str) -> str:
    """Return a message with what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _legend(entries: Iterable[_Entry]) -> Iterator[str]:
    acts = registry.acts(registry.worlds())
    yield "<h2>Worlds</h2>\n<dl>\n"
    for each in registry.standings():
        yield f"<dt>{each.name}</dt><dd>{escape(each.meaning)}</dd>\n"
    yield "</dl>\n<h2>Words</h2>\n<dl>\n"
    for word, meaning in _WORDS.items():
        yield f"<dt>{word}</dt><dd>{escape(meaning.format(acts=acts))}</dd>\n"
    yield "</dl>\n"
    codes = sorted({finding.code for entry in entries for finding in entry.found})
    if codes:
        yield '<h2>Rules</h2>\n<p class="faint"><code>hookproof explain CODE</code> explains each.</p>\n'
        yield "<dl>\n"
        yield "".join(
            f"<dt><code>{_linked(code)}</code></dt><dd>{_prose(rule(code).summary)}</dd>\n" for code in codes
        )
        yield "</dl>\n"
