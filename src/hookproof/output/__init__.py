"""Findings for people and for machines: one module for each format, imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Protocol, cast

from msgspec import structs

from hookproof.output.display import Display
from hookproof.report import Report

_FOR_MACHINES = frozenset({"json", "json_lines", "sarif", "gitlab"})
HOOK_FORMATS = ("table", "json", "html", "markdown")


class _Format(Protocol):
    def render(self, report: Report, display: Display) -> Iterator[str]: ...


def render(output_format: str, report: Report, display: Display) -> Iterator[str]:
    """Yield the text of the report's findings in one of `settings.OutputFormat`, piece by piece."""
    if output_format == "full" and not report.findings:
        return iter(())  # a clean run does not pay for importing rich
    name = output_format.replace("-", "_")
    return _load(name).render(*_shown(report, display, is_text=name not in _FOR_MACHINES))


def render_hooks(output_format: str, report: Report, display: Display) -> Iterator[str]:
    """Yield the text of the report's hooks in one of `HOOK_FORMATS`, piece by piece."""
    return _load(f"hooks_{output_format}").render(*_shown(report, display, is_text=output_format != "json"))


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

    return clean, structs.replace(display, read=read)


def _paths(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield finding.path
    for site in report.hooks:
        yield site.path
        yield from (each.path for each in site.hooks)


def _load(name: str) -> _Format:
    return cast(_Format, importlib.import_module(f"hookproof.output.{name}"))
