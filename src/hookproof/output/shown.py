"""What file names and code may hold that no terminal and no log should get, as escapes for people."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

Value = TypeVar("Value")
_Change = Callable[[str, str], str]

# Control characters, what turns the direction of text, line separators, halves of characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_NAMES = {"\n": "\\n", "\r": "\\r"}
_OF_SEVERAL_LINES = frozenset({"Verdict.error", "Verdict.reason", "Edit.replacement", "Evidence.note"})


def safe(text: str) -> str:
    """Return one line without what is no text, each such character as an escape."""
    return _UNSAFE.sub(_escape, text)


def safe_path(path: str) -> str:
    """Return a path as it can begin a line: one with `::` or `##[` would be a command to the logs of CI."""
    path = safe(path)
    return f"./{path}" if path.startswith(("::", "##[")) else path


def for_people(value: Value) -> Value:
    """Return a report, or a part of one, as it can be shown."""
    return _changed(value, "", _safe_field)  # type: ignore[no-any-return]


def _safe_field(name: str, text: str) -> str:
    if name.endswith(".path"):
        return safe_path(text)
    if name == "Finding.message":
        text = text.replace("\n", " ")  # one line in every format
    return "\n".join(map(safe, text.split("\n"))) if name in _OF_SEVERAL_LINES else safe(text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in _NAMES:
        return _NAMES[match[0]]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _changed(value: Any, name: str, change: _Change) -> Any:
    if isinstance(value, str):
        new = change(name, value)
        return value if new == value else new
    if isinstance(value, tuple):
        parts = [_changed(part, name, change) for part in value]
        is_same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if is_same else tuple(parts)
    if isinstance(value, Struct):
        olds = {field: getattr(value, field) for field in value.__struct_fields__}
        kind = type(value).__name__
        news = {field: _changed(old, f"{kind}.{field}", change) for field, old in olds.items()}
        changes = {field: new for field, new in news.items() if new is not olds[field]}
        return msgspec.structs.replace(value, **changes) if changes else value
    return value
