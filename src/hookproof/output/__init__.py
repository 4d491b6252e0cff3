"""Findings for people and for machines: one module for each format, imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Protocol, cast

from hookproof.output.display import Display
from hookproof.report import Report

HOOK_FORMATS = ("table", "json", "html")


class _Format(Protocol):
    def render(self, report: Report, display: Display) -> Iterator[str]: ...


def render(output_format: str, report: Report, display: Display) -> Iterator[str]:
    """Yield the text of the report's findings in one of `settings.OutputFormat`, piece by piece."""
    if output_format == "full" and not report.findings:
        return iter(())  # a clean run does not pay for importing rich
    return _load(output_format.replace("-", "_")).render(report, display)


def render_hooks(output_format: str, report: Report, display: Display) -> Iterator[str]:
    """Yield the text of the report's hooks in one of `HOOK_FORMATS`, piece by piece."""
    return _load(f"hooks_{output_format}").render(report, display)


def _load(name: str) -> _Format:
    return cast(_Format, importlib.import_module(f"hookproof.output.{name}"))
