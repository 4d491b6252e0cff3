"""The inventory as one self-contained page: hooks, worlds and verdicts, with the code in place."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import hookproof
from hookproof.finding import Finding, World
from hookproof.output.concise import text
from hookproof.output.display import Display
from hookproof.output.hooks_table import hook_names
from hookproof.report import HookSite, Report

_WORLDS: tuple[World, ...] = ("registration", "compiled", "traced", "script-module")
_CONTEXT = 3
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #ddd; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { background: #f6f6f6; padding: .5rem; overflow-x: auto; margin: .4rem 0 0; }
mark { background: #fde68a; display: inline-block; min-width: 100%; }
.raises { color: #b00020; } .silent { color: #8a5a00; } .fine { color: #1b6e3c; } .none { color: #777; }
input { font: inherit; padding: .3rem .5rem; width: 24rem; max-width: 100%; margin-bottom: 1rem; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #16181c; } pre { background: #22252b; } th, td { border-color: #3a3d44; }
  mark { background: #5a4a00; color: inherit; } .raises { color: #ff8a8a; } .silent { color: #ffcc66; }
  .fine { color: #7fd6a0; }
}
"""
_SCRIPT = """
const box = document.getElementById("filter");
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\\s+/);
  let shown = 0;
  for (const row of document.querySelectorAll("tbody tr")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word));
    if (!row.hidden) shown += 1;
  }
  document.getElementById("shown").textContent = shown;
});
"""


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the page: a row for each registration site, a column for each world."""
    count = len(report.hooks)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Hooks</title>\n'
    yield '<meta name="viewport" content="width=device-width">\n'
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Hooks</h1>\n"
    yield f'<p><span id="shown">{count}</span> of {count} registrations, '
    yield f"{len(report.findings)} findings. hookproof {hookproof.__version__}.</p>\n"
    yield '<input id="filter" type="search" placeholder="Filter by path, hook, class, world, code" '
    yield 'aria-label="Filter">\n<table>\n<thead><tr><th>registration</th><th>hook</th><th>on</th>'
    yield "".join(f"<th>{world}</th>" for world in _WORLDS)
    yield "</tr></thead>\n<tbody>\n"
    for site in report.hooks:
        yield from _row(site, report.findings, display)
    yield f"</tbody>\n</table>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n"


def _row(site: HookSite, findings: tuple[Finding, ...], display: Display) -> Iterator[str]:
    own = tuple(finding for finding in findings if _concerns(finding, site))
    yield f"<tr><td><code>{escape(site.path)}:{site.line}</code><br>{escape(site.api)}"
    yield f"{_code(display, site.path, site.line)}</td>"
    yield f"<td><code>{escape(hook_names(site))}</code><br>{escape(site.form)}"
    if site.hook is not None:
        yield _code(display, site.hook.path, site.hook.line)
    yield f"</td><td><code>{escape(site.module_class or '?')}</code><br>{escape(site.receiver)}"
    yield f"{', guarded' if site.guarded else ''}<br>removed: {escape(site.removed)}</td>"
    for world in _WORLDS:
        yield f"<td>{_cell(site, world, own)}</td>"
    yield "</tr>\n"


def _concerns(finding: Finding, site: HookSite) -> bool:
    subject = finding.subject
    if subject is not None and subject.registration_path is not None:
        return (subject.registration_path, subject.registration_line) == (site.path, site.line)
    if (finding.path, finding.line) == (site.path, site.line):
        return True
    return finding.hook is not None and finding.hook in (site.hook, *site.hooks)


def _cell(site: HookSite, world: World, findings: tuple[Finding, ...]) -> str:
    listed = "".join(
        f'<li class="{finding.outcome}"><code>{finding.code}</code> {escape(finding.path)}:{finding.line} '
        f"{escape(text(finding))}</li>"
        for finding in findings
        if finding.world == world
    )
    if listed:
        return f"<ul>{listed}</ul>"
    return '<span class="fine">survives</span>' if world in site.worlds else '<span class="none">—</span>'


def _code(display: Display, path: str, line: int) -> str:
    lines = display.read(path)
    if not 0 < line <= len(lines):
        return ""
    first, last = max(line - 1, 1), min(line + _CONTEXT, len(lines))
    shown = (
        f"<mark>{number} {escape(lines[number - 1])}</mark>"
        if number == line
        else f"{number} {escape(lines[number - 1])}"
        for number in range(first, last + 1)
    )
    return "<pre>" + "\n".join(shown) + "</pre>"
