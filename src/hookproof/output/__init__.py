"""Findings for people and for machines: one module for each format, imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, cast

from msgspec import structs

from hookproof.output.display import Display
from hookproof.report import Report
from hookproof.source.text import is_notebook

if TYPE_CHECKING:
    from hookproof.output.cells import Style
    from hookproof.source.notebook import Notebook

_FOR_MACHINES = frozenset({"json", "json_lines", "sarif", "gitlab"})
# These have lines of files and no cells of notebooks, or a way of their own to tell a cell.
_STYLES: dict[str, Style | None] = {
    "github": "file",
    "gitlab": "file",
    "pylint": "file",
    "sarif": "lines",
    "json": None,
    "json_lines": None,
    "hooks_json": None,
}
_WITH_FIXES = frozenset({"json", "json_lines", "sarif", "github", "gitlab"})
HOOK_FORMATS = ("table", "json", "html", "markdown")


class _Format(Protocol):
    def render(self, report: Report, display: Display) -> Iterator[str]: ...


def render(output_format: str, report: Report, display: Display) -> Iterator[str]:
    """Yield the text of the report's findings in one of `settings.OutputFormat`, piece by piece."""
    if output_format == "full" and not report.findings:
        return iter(())  # a clean run does not pay for importing rich
    name = output_format.replace("-", "_")
    if name in _WITH_FIXES and report.findings:
        from hookproof.output.edits import with_fixes  # for people, nothing of it is needed

        report = with_fixes(report, display)
    return _rendered(name, report, display, is_text=name not in _FOR_MACHINES)


def render_hooks(output_format: str, report: Report, display: Display) -> Iterator[str]:
    """Yield the text of the report's hooks in one of `HOOK_FORMATS`, piece by piece."""
    return _rendered(f"hooks_{output_format}", report, display, is_text=output_format != "json")


def _rendered(name: str, report: Report, display: Display, *, is_text: bool) -> Iterator[str]:
    report, display = _shown(report, display, is_text=is_text)
    style = _STYLES.get(name, "text")
    if style is not None and _has_notebooks(report):
        from hookproof.output.cells import in_cells  # few reports have places in notebooks

        report, display = in_cells(report, display, style)
    return _load(name).render(report, display)


def _has_notebooks(report: Report) -> bool:
    """Whether a place of the report may be in a notebook; what a finding rests on is part of it."""
    places = ((each.path, *(link.path for link in each.evidence)) for each in report.findings)
    sites = ((each.path, *(hook.path for hook in each.hooks)) for each in report.hooks)
    return any(is_notebook(path) for paths in (*places, *sites) for path in paths)


def _shown(report: Report, display: Display, *, is_text: bool) -> tuple[Report, Display]:
    """Return the report with names that can be shown, and a display that still finds the files by them."""
    if not is_text or not (report.findings or report.hooks or report.files.failed):
        return report, display  # JSON has escapes of its own
    from hookproof.output.shown import for_people, safe_path  # nothing is shown of most runs

    clean = for_people(report)
    if clean is report:
        return report, display
    originals = {safe_path(path): path for path in _paths(report)}

    def read(path: str) -> tuple[str, ...]:
        return display.read(originals.get(path, path))

    def notebook(path: str) -> Notebook | None:
        return display.notebook(originals.get(path, path))

    return clean, structs.replace(display, read=read, notebook=notebook)


def _paths(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield finding.path
    for site in report.hooks:
        yield site.path
        yield from (each.path for each in site.hooks)


def _load(name: str) -> _Format:
    return cast(_Format, importlib.import_module(f"hookproof.output.{name}"))
