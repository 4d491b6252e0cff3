"""The reference of settings in the documentation, made from their schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hookproof.settings.schema import schema
from hookproof.settings.showing import value_text

_LONG = 60  # characters of a default that are shown in its cell


def markdown() -> str:
    """Return the table of all keys: type, default and meaning."""
    document = schema()
    lines = ["| key | value | default | meaning |", "|---|---|---|---|", *_rows(document["properties"], "")]
    return "\n".join(lines) + "\n"


def _rows(properties: Mapping[str, Any], before: str) -> Iterator[str]:
    for key, about in properties.items():
        if "properties" in about:
            yield from _rows(about["properties"], f"{before}{key}.")
            continue
        cells = (f"`{before}{key}`", _kind(about), _default(about), about.get("description", ""))
        yield f"| {' | '.join(cells)} |"


def _kind(about: Mapping[str, Any]) -> str:
    """Return in a word or two what a value is."""
    if "enum" in about:
        return ", ".join(f"`{each}`" for each in about["enum"])
    if "anyOf" in about:
        return " or ".join(map(_kind, about["anyOf"]))
    if about["type"] == "array":
        return f"list of {'rules' if '$ref' in about['items'] else 'strings'}"
    if about["type"] == "object":
        value = _kind(about["additionalProperties"])
        return f"table of {'strings' if value == 'string' else value.replace('list of', 'lists of')}"
    return str(about["type"])


def _default(about: Mapping[str, Any]) -> str:
    if "default" not in about:
        return ""
    text = value_text(about["default"])
    return f"`{text}`" if len(text) <= _LONG else "the usual folders"
