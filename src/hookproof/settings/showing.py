"""Effective settings as TOML: a `hookproof.toml` that says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from hookproof.settings.checking import keys
from hookproof.settings.model import Settings


def show(settings: Settings) -> str:
    """Return settings as TOML, those that are not set as comments, and where they are from above them."""
    return "".join(f"{line}\n" for line in _lines(settings))


def _lines(settings: Settings) -> Iterator[str]:
    yield f"# from: {value_text(settings.config or 'defaults and the command line')}"
    yield f"# root: {value_text(settings.root)}"
    yield f"# torch from: {value_text(settings.torch_from)}"
    values: dict[str, Any] = msgspec.to_builtins(settings)
    told = [(key, values[key]) for key in keys() if key != "extend"]
    for key, value in told:
        if value is None:
            yield f"# {key} is not set"
        elif not isinstance(value, dict):
            yield f"{key} = {value_text(value)}"
    for key, value in told:
        if isinstance(value, dict):
            yield from ("", f"[{key}]")
            yield from (f"{_key(name)} = {value_text(each)}" for name, each in value.items())


def value_text(value: object) -> str:
    """Return a value as it stands in TOML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {value_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if is_bare else _text(name)


def _text(text: str) -> str:
    """Return a TOML string: what no terminal should get is escaped as JSON does it, which TOML reads too."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escape(each) for each in shown)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
