"""Strings that are put together of parts: in f-strings, by `%` and by `format`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

Part = str | int

# What takes a part as it is, numbers perhaps with zeros before them.
_PERCENT_FIELD = re.compile(r"%(?:(?:0?\d)?[sdi]|%)")
_FORMAT_FIELD = re.compile(r"\{\w*(?::0?\d?d?)?\}|\{\{|\}\}")
_ATTRIBUTE_FIELD = re.compile(r"\{\{|\{(\w*)((?:\.\w+)*)[^{}]*\}")


def interpolated(texts: Sequence[str], parts: Sequence[Part]) -> str:
    """Return an f-string with these parts between its texts."""
    return texts[0] + "".join(f"{part}{text}" for part, text in zip(parts, texts[1:], strict=True))


def by_percent(text: str, parts: Sequence[Part]) -> str | None:
    """Return `text % parts`, None where that fails or does more than put them in."""
    if "%" in _PERCENT_FIELD.sub("", text):
        return None
    try:
        return text % tuple(parts)
    except (TypeError, ValueError):
        return None


def by_format(text: str, parts: Sequence[Part], named: Mapping[str, Part]) -> str | None:
    """Return `text.format(*parts, **named)`, None where that fails or does more than put them in."""
    if not {"{", "}"}.isdisjoint(_FORMAT_FIELD.sub("", text)):
        return None
    try:
        return text.format(*parts, **named)
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def formatted_attributes(text: str) -> Iterator[tuple[int | str, tuple[str, ...]]]:
    """Yield the arguments that `text.format` reads attributes of, each with the chain of their names."""
    count = 0
    for match in _ATTRIBUTE_FIELD.finditer(text):
        if match[1] is None:
            continue
        name, chain = match[1], tuple(match[2].split(".")[1:])
        yield (int(name) if name.isdecimal() else name or count), chain
        count += not name
