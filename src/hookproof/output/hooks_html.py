"""The inventory as one self-contained page: hooks, worlds and verdicts, with the code in place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib.resources import files
from typing import Any, Literal, TypeAlias

import hookproof
from hookproof.finding import Finding, HookReference, WorldName
from hookproof.output.closing import counted
from hookproof.output.code_html import frame
from hookproof.output.concise import assurance
from hookproof.output.display import Display
from hookproof.output.hooks_table import hook_names
from hookproof.report import HookSite, Report
from hookproof.rules.registry import rule
from hookproof.urls import rule_url
from hookproof.worlds import registry
from hookproof.worlds.world import Standing

Result: TypeAlias = Literal["raises", "silent", "clean", "eager"]

_OPEN = 12  # with more findings than this, the page begins as an overview
_WORDS = {
    "certain": "The code shows how this very hook gets there.",
    "likely": "The code shows that modules of the same class get there.",
    "possible": "Applies only if someone {acts} the module, which this code does not show.",
    "guarded": "The registration stands under a test that keeps ScriptModules out.",
}
_RESULTS: dict[Result, str] = {
    "raises": "raises",
    "silent": "silently differs",
    "clean": "no finding",
    "eager": "stays in eager mode",
}


def _standings() -> tuple[Standing, ...]:
    """Return the columns: first what does not get there at all."""
    return tuple(sorted(registry.standings(), key=lambda each: each.is_there))


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the page: for each registration site what happens in each world, and the code."""
    findings = _ByLocation(report.findings)
    sites = [(site, findings.on(site)) for site in report.hooks]
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    yield "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>Hooks and TorchScript</title>\n"
    yield f"<style>\n{_asset('hooks.css')}</style>\n</head>\n<body>\n<main>\n"
    yield from _head(report, [_result(site, found) for site, found in sites])
    yield from _filters(sites)
    yield '<table>\n<thead><tr><th scope="col">hook</th><th scope="col">registered on</th>'
    yield "".join(f'<th scope="col" title="{escape(each.meaning)}">{each.name}</th>' for each in _standings())
    yield "</tr></thead>\n"
    is_open = sum(bool(found) for _, found in sites) <= _OPEN
    for site, found in sites:
        yield from _site(site, found, display, is_open=is_open and bool(found))
    yield '</table>\n<p class="nothing" id="nothing" hidden>No hooks match these filters.</p>\n'
    if not sites:
        yield '<p class="nothing">No hook is registered in the files that were looked at.</p>\n'
    yield from _legend(found for _, found in sites)
    yield f"</main>\n<script>\n{_asset('hooks.js')}</script>\n</body>\n</html>\n"


def _asset(name: str) -> str:
    return files("hookproof.output").joinpath("page", name).read_text("utf-8")


def _head(report: Report, results: list[Result]) -> Iterator[str]:
    yield "<h1>Hooks and TorchScript</h1>\n"
    verdicts = Counter(finding.verdict.words for finding in report.findings if finding.verdict)
    asked = ", ".join(f"{number} {status}" for status, number in sorted(verdicts.items()))
    hidden = f", {report.hidden} possible findings hidden" if report.hidden else ""
    yield f'<p class="lead">{counted(len(report.hooks), "registration")} in '
    yield f"{counted(report.files.checked, 'file')}, {counted(len(report.findings), 'finding')}{hidden}. "
    checked = f"Checked against torch: {asked}." if asked else "Read from the code; torch was not run."
    yield f"{checked} "
    yield f"hookproof {hookproof.__version__}, torch {escape(report.torch or '?')}.</p>\n"
    for failure in report.files.failed:
        yield f'<p class="lead">Not analysed: {escape(failure.path)}: {escape(failure.reason)}</p>\n'
    counts = Counter(results)
    yield '<ul class="sums">\n'
    for result, label in _RESULTS.items():
        yield f'<li class="{result}"><strong>{counts[result]}</strong>{label}</li>\n'
    yield "</ul>\n"


def _filters(sites: list[tuple[HookSite, tuple[Finding, ...]]]) -> Iterator[str]:
    yield '<form name="filters" role="search" hidden>\n<label>Search<input type="search" name="text" '
    yield 'placeholder="path, hook, class, code, source"></label>\n'
    worlds = [world for site, found in sites for world in _involved(site, found)]
    yield _choice("world", "World", {each.name: each.name for each in _standings() if each.name in worlds})
    classes = sorted({site.module_class for site, _ in sites if site.module_class})
    yield _choice("class", "Module class", {name: name for name in classes})
    forms = sorted({site.form for site, _ in sites})
    yield _choice("form", "Form of the hook", {form: form for form in forms})
    results = {_result(site, found) for site, found in sites}
    yield _choice("result", "Result", {name: label for name, label in _RESULTS.items() if name in results})
    yield '<button type="reset">Clear</button>\n<button type="button" id="open">Show all code</button>\n'
    yield '<output name="shown" aria-live="polite"></output>\n</form>\n'


def _choice(name: str, label: str, values: Mapping[Any, str]) -> str:
    options = "".join(
        f'<option value="{escape(key)}">{escape(text)}</option>' for key, text in values.items()
    )
    return f'<label>{label}<select name="{name}"><option value="">any</option>{options}</select></label>\n'


def _site(site: HookSite, found: tuple[Finding, ...], display: Display, *, is_open: bool) -> Iterator[str]:
    worlds = "\n".join(_involved(site, found))
    yield f'<tbody class="site" data-world="{worlds}" data-class="{escape(site.module_class or "")}" '
    yield f'data-form="{escape(site.form)}" data-result="{_result(site, found)}">\n'
    name = "unknown hook" if hook_names(site) == "?" else hook_names(site)
    yield f'<tr><th scope="row"><code>{escape(name)}</code><small>{escape(site.form)}, '
    yield f"<code>{escape(site.api)}</code></small>"
    yield f"<small><code>{escape(site.path)}:{site.line}</code></small></th>\n"
    yield f"<td><code>{escape(site.module_class or 'unknown class')}</code>"
    yield f"<small>{escape(_receiver(site))}</small></td>\n"
    for world in (each.name for each in _standings()):
        involved = " involved" if world in _involved(site, found) else ""
        yield f'<td class="world{involved}" data-label="{world}">{_cell(site, world, found)}</td>\n'
    yield f'</tr>\n<tr class="detail"><td colspan="{2 + len(_standings())}"><details'
    yield (" open" if is_open else "") + "><summary>"
    yield "Code" + (f" and {counted(len(found), 'finding')}" if found else "") + "</summary>\n"
    if found:
        yield '<ul class="findings">\n' + "".join(_finding(each) for each in found) + "</ul>\n"
    if site.uses:
        used = dict.fromkeys(f"<code>{escape(each.attribute)}</code> ({each.kind})" for each in site.uses)
        yield f'<p class="faint">Uses {", ".join(used)}</p>\n'
    yield '<div class="frames">\n' + frame(display, "registered", site.path, site.line, found, is_whole=False)
    for hook in _hooks(site):
        if (hook.path, hook.line) != (site.path, site.line):
            yield frame(display, f"hook {hook.name}", hook.path, hook.line, found, is_whole=True)
    yield "</div>\n</details></td></tr>\n</tbody>\n"


def _receiver(site: HookSite) -> str:
    removed = {"same function": "removed again in the same function", "elsewhere": "removed elsewhere"}
    parts = (site.receiver, "guarded" if site.guarded else "", removed.get(site.removed, "never removed"))
    return ", ".join(filter(None, parts))


def _hooks(site: HookSite) -> tuple[HookReference, ...]:
    return site.hooks or ((site.hook,) if site.hook else ())


def _cell(site: HookSite, world: WorldName, found: tuple[Finding, ...]) -> str:
    own = [finding for finding in found if finding.world == world]
    if not own:
        if world in site.worlds:
            fate = next((f"<small>{each.fate}</small>" for each in site.fates if each.world == world), "")
            return f'<span class="badge clean">no finding</span>{fate}'
        return '<span class="faint" aria-hidden="true">–</span><span class="hidden">not there</span>'
    badges = []
    for outcome in ("raises", "silent"):
        codes = sorted({_judged(finding) for finding in own if finding.outcome == outcome})
        if codes:
            label = _RESULTS[outcome]
            badges.append(f'<span class="badge {outcome}">{label}</span><small>{"<br>".join(codes)}</small>')
    return "".join(badges)


def _judged(finding: Finding) -> str:
    if finding.verdict:
        return f"{finding.code} {finding.verdict.words}"
    return finding.code if finding.confidence == "certain" else f"{finding.code} {finding.confidence}"


def _finding(finding: Finding) -> str:
    notes = [f"{each.path}:{each.line}: {each.note}" for each in finding.evidence]
    if finding.verdict is not None:
        notes.append(f"{finding.verdict.line}: {finding.verdict.reason}")
        notes += [f"torch says: {finding.verdict.error}"] if finding.verdict.error else []
    listed = "".join(f"<li>{_prose(note)}</li>" for note in notes)
    return (
        f'<li class="{finding.outcome}"><p><strong>{_linked(finding.code)}</strong> '
        f"{_prose(_said(finding))}</p>"
        f'<p class="faint">{escape(finding.path)}:{finding.line}:{finding.column}, {finding.world}, '
        f"{_RESULTS[finding.outcome]}, {assurance(finding)}</p>"
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


def _legend(found: Iterable[tuple[Finding, ...]]) -> Iterator[str]:
    acts = registry.acts(registry.worlds())
    yield "<h2>Worlds</h2>\n<dl>\n"
    for each in _standings():
        yield f"<dt>{each.name}</dt><dd>{escape(each.meaning)}</dd>\n"
    yield "</dl>\n<h2>Words</h2>\n<dl>\n"
    for word, meaning in _WORDS.items():
        yield f"<dt>{word}</dt><dd>{escape(meaning.format(acts=acts))}</dd>\n"
    yield "</dl>\n"
    codes = sorted({finding.code for findings in found for finding in findings})
    if codes:
        yield '<h2>Rules</h2>\n<p class="faint"><code>hookproof explain CODE</code> tells each in full.</p>\n'
        yield "<dl>\n"
        yield "".join(
            f"<dt><code>{_linked(code)}</code></dt><dd>{_prose(rule(code).summary)}</dd>\n" for code in codes
        )
        yield "</dl>\n"


class _ByLocation:
    """The findings of a report by what ties them to a registration, each looked up once for all sites."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._of_registration: dict[tuple[str, int], list[int]] = {}
        self._at: dict[tuple[str, int], list[int]] = {}
        self._of_hook: dict[HookReference, list[int]] = {}
        self._findings = tuple(findings)
        for number, finding in enumerate(self._findings):
            subject = finding.subject
            if subject is not None and subject.registration_path is not None:
                key = subject.registration_path, subject.registration_line
                self._of_registration.setdefault(key, []).append(number)
                continue
            self._at.setdefault((finding.path, finding.line), []).append(number)
            if finding.hook is not None:
                self._of_hook.setdefault(finding.hook, []).append(number)

    def on(self, site: HookSite) -> tuple[Finding, ...]:
        """Return the findings that concern a site, in the report's order."""
        location = (site.path, site.line)
        found = {*self._of_registration.get(location, ()), *self._at.get(location, ())}
        for hook in (site.hook, *site.hooks):
            if hook is not None:
                found.update(self._of_hook.get(hook, ()))
        return tuple(self._findings[number] for number in sorted(found))


def _involved(site: HookSite, found: tuple[Finding, ...]) -> tuple[WorldName, ...]:
    met = {*site.worlds, *(finding.world for finding in found)}
    return tuple(each.name for each in _standings() if each.name in met)


def _result(site: HookSite, found: tuple[Finding, ...]) -> Result:
    outcomes = {finding.outcome for finding in found}
    if "raises" in outcomes:
        return "raises"
    if "silent" in outcomes:
        return "silent"
    return "clean" if site.worlds else "eager"
