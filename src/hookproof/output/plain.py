"""Findings and hooks as the plain values that `--output-format json` prints, in a fixed order of keys."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from hookproof.finding import Finding
from hookproof.output.display import Display
from hookproof.report import HookSite
from hookproof.source.text import is_notebook
from hookproof.urls import rule_url


def finding(finding: Finding, display: Display) -> dict[str, Any]:
    """Return a finding as plain values; what only experiments need is left out."""
    values = {
        "code": finding.code,
        "rule": finding.rule,
        "message": finding.message,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "world": finding.world,
        "outcome": finding.outcome,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "hook": msgspec.to_builtins(finding.hook),
        "module_class": finding.module_class,
        "attribute": finding.attribute,
        "evidence": msgspec.to_builtins(finding.evidence),
        "fix": msgspec.to_builtins(finding.fix),
        "verdict": msgspec.to_builtins(finding.verdict),
        "torch": finding.torch,
        "url": rule_url(finding.code),
    }
    return _in_cells(values, display, finding)


def site(site: HookSite, display: Display) -> dict[str, Any]:
    """Return an entry of the inventory as plain values."""
    values = {
        "path": site.path,
        "line": site.line,
        "column": site.column,
        "api": site.api,
        "form": site.form,
        "hook": msgspec.to_builtins(site.hook),
        "hooks": msgspec.to_builtins(site.hooks),
        "receiver": site.receiver,
        "module_class": site.module_class,
        "worlds": list(site.worlds),
        "guarded": site.guarded,
        "removed": site.removed,
        "touches": [
            {
                "attribute": use.attribute,
                "use": use.kind,
                "path": use.path,
                "line": use.line,
                "column": use.column,
            }
            for use in site.uses
        ],
        "fates": {each.world: each.fate for each in site.fates},
        "fate_codes": {each.world: list(each.codes) for each in site.fates if each.codes},
    }
    return _in_cells(values, display, site)


def _in_cells(values: dict[str, Any], display: Display, told: Finding | HookSite) -> dict[str, Any]:
    places = (told, *(told.evidence if isinstance(told, Finding) else told.hooks))
    if not any(is_notebook(each.path) for each in places):
        return values
    from hookproof.output.cells import in_json  # few reports have places in notebooks

    return in_json(values, display)  # type: ignore[no-any-return]


def dumps(value: object, *, indent: bool = True) -> str:
    """Return plain values as JSON with a line end; file names that are not text come out as escapes."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, indent=2 if indent else None) + "\n"
    return (msgspec.json.format(data, indent=2) if indent else data).decode() + "\n"
