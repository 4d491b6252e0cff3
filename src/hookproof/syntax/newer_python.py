"""Syntax of a newer Python than the one that runs: found in what this one does not parse.

Each kind is written in an older way, which need not mean the same: where the file parses then, nothing else
is wrong with it.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hookproof.syntax.logical_lines import string_spans

_OPENING, _CLOSING = "([{", ")]}"


class Newer(NamedTuple):
    """Syntax that only a `version` of Python and later ones have, as it stands at a line."""

    line: int
    version: tuple[int, int]
    example: str


class _Change(NamedTuple):
    """What stands in a text that is newer, and what an older Python reads in its place."""

    start: int
    end: int
    instead: str
    version: tuple[int, int]
    example: str


def in_words(found: Newer) -> str:
    """Return what is told of syntax that the running Python does not have."""
    return f"needs Python {found.version[0]}.{found.version[1]} or later to read: `{found.example}`"


def without_newer_syntax(text: str) -> tuple[str, tuple[Newer, ...]]:
    """Return `text` without what the running Python does not read, its lines the same, and what that was."""
    found: list[Newer] = []
    for kind in _KINDS:
        code = _without_strings(text)
        changes = [change for change in kind(text, code) if change.version > sys.version_info[:2]]
        for change in reversed(changes):
            found.append(
                Newer(text.count("\n", 0, change.start) + 1, change.version, " ".join(change.example.split()))
            )
            kept = "\\\n" * (text.count("\n", change.start, change.end) - change.instead.count("\n"))
            text = text[: change.start] + change.instead + kept + text[change.end :]
    return text, tuple(sorted(found))


def _without_strings(text: str) -> str:
    """Return `text` with dots in the place of what strings and comments say, their quotes and lines kept."""
    pieces: list[str] = []
    position = 0
    for start, end in string_spans(text):
        blank = re.sub(r"[^\n]", ".", text[start:end]) if text[start] != "#" else " " * (end - start)
        pieces += text[position:start], blank
        position = end
    return "".join((*pieces, text[position:]))


def _strings(text: str, code: str) -> Iterator[_Change]:
    """Find template strings, and formatted ones with what these did not have: inner quotes, backslashes."""
    for start, end in string_spans(text):
        prefix = re.search(r"(?<!\w)[A-Za-z]{0,2}\Z", text[max(start - 2, 0) : start])
        letters = prefix[0].lower() if prefix else ""
        start -= len(letters)
        if "t" in letters:
            quote = text[end - 1]
            yield _Change(start, end, "''", (3, 14), f"t{quote}…{quote}")
        elif "f" in letters and not _parses(text[start:end]):
            yield _Change(start, end, "''", (3, 12), _shortened(text[start:end]))


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(f"({text})")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _shortened(text: str) -> str:
    return text if len(text) < 40 and "\n" not in text else text[:20].split("\n")[0] + "…"


_STATEMENT = r"(?:^|(?<=[;:]))[ \t\f]*"
_TYPE = re.compile(
    rf"({_STATEMENT})(type(?:[ \t\f]|\\\n)+)(?!(?:in|is|and|or|if|else|not)\b)(\w+)[ \t]*(?=[\[=](?!=))",
    re.MULTILINE,
)
_GENERIC = re.compile(r"\b(?:def|class)(?:[ \t\f]|\\\n)+\w+[ \t\f]*(?=\[)")
_LAZY = re.compile(rf"({_STATEMENT})(lazy[ \t\f]+)(?=import\b|from\b)", re.MULTILINE)
_GROUPS = re.compile(r"\bexcept[ \t\f]*(\*)")
_EXCEPT = re.compile(r"\bexcept\b[ \t\f]*\*?[ \t\f]*(?=[^\s:(])")
_UNPACKED = re.compile(r"[\[({]\s*(\*\*?)")


def _type_aliases(text: str, code: str) -> Iterator[_Change]:
    for match in _TYPE.finditer(code):
        start, end = match.span(2)
        if code.startswith("[", match.end()):
            closed = _closed(code, match.end())
            name = match[3]
            yield _Change(start, closed, name, (3, 12), f"type {name}[…] = …")
        else:
            yield _Change(start, end, "", (3, 12), f"type {match[3]} = …")


def _type_parameters(text: str, code: str) -> Iterator[_Change]:
    for match in _GENERIC.finditer(code):
        start, end = match.end(), _closed(code, match.end())
        has_default = re.search(r"(?<![=!<>:])=(?!=)", code[start:end]) is not None
        example = f"{match[0].strip()}{_shortened(text[start:end])}"
        yield _Change(start, end, "", (3, 13) if has_default else (3, 12), example)


def _lazy_imports(text: str, code: str) -> Iterator[_Change]:
    for match in _LAZY.finditer(code):
        yield _Change(*match.span(2), "", (3, 15), "lazy import …")


def _exception_groups(text: str, code: str) -> Iterator[_Change]:
    for match in _GROUPS.finditer(code):
        yield _Change(*match.span(1), " ", (3, 11), "except* …")


def _bare_exceptions(text: str, code: str) -> Iterator[_Change]:
    for match in _EXCEPT.finditer(code):
        end, commas, depth = match.end(), 0, 0
        while end < len(code) and (depth or code[end] not in ":\n"):
            depth += (code[end] in _OPENING) - (code[end] in _CLOSING)
            commas += not depth and code[end] == ","
            end += 1
        if commas:
            said = text[match.end() : end].strip()
            yield _Change(match.end(), end, f"({said})", (3, 14), f"except {_shortened(said)}:")


def _unpacked_in_comprehensions(text: str, code: str) -> Iterator[_Change]:
    for match in _UNPACKED.finditer(code):
        inside = code[match.end() : _closed(code, match.start()) - 1]
        if re.search(r"\bfor\b", _outermost(inside)):
            yield _Change(*match.span(1), "", (3, 15), f"{match[0].strip()}… for …")


def _starred_indices(text: str, code: str) -> Iterator[_Change]:
    opened: list[str] = []
    before = ""
    for position, character in enumerate(code):
        if character in _OPENING:
            opened.append(character)
        elif character in _CLOSING and opened:
            opened.pop()
        elif character == "*" and before and opened and opened[-1] + before in ("[[", "[,", "(:"):
            yield _Change(position, position + 1, "", (3, 11), "[*…]")
        if not character.isspace():
            before = character


def _closed(code: str, start: int) -> int:
    """Return where the bracket is closed again that opens at `start`."""
    depth = 0
    for position in range(start, len(code)):
        depth += (code[position] in _OPENING) - (code[position] in _CLOSING)
        if depth == 0:
            return position + 1
    return len(code)


def _outermost(code: str) -> str:
    """Return what stands in no bracket."""
    depth, kept = 0, []
    for character in code:
        depth += character in _OPENING
        kept.append(character if depth == 0 else " ")
        depth -= character in _CLOSING
    return "".join(kept)


_Kind = Callable[[str, str], Iterator[_Change]]

# Strings first: what is code and what is text hangs on them.
_KINDS: tuple[_Kind, ...] = (
    _strings,
    _lazy_imports,
    _type_aliases,
    _type_parameters,
    _unpacked_in_comprehensions,
    _bare_exceptions,
    _exception_groups,
    _starred_indices,
)
