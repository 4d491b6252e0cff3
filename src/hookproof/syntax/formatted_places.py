"""Where the expressions within formatted strings stand, which Python says rightly from 3.12 on only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

_LITERAL = re.compile(
    r"""#[^\n]*|([A-Za-z]*)(\"\"\"|\'\'\'|\"|\')"""  # its prefix and quotes; what it holds is found by these
)
_STRING = re.compile(r"""(\"\"\"|\'\'\'|\"|\').*?\1""", re.DOTALL)
_DEBUG = re.compile(r"(?<![=!<>])=(?!=)\s*\Z")


class _Field(NamedTuple):
    """A replacement field: where it and its expression stand, and the fields of its format."""

    start: int
    end: int
    expression: tuple[int, int]
    nested: tuple[_Field, ...]


def formatted_places(node: ast.JoinedStr, text: str, offset: int) -> dict[int, tuple[int, int]]:
    """Return the extents of the nodes within a formatted string, by identity.

    `text` is the string's source, those beside it that are joined to it included; it begins at `offset`.
    """
    found: dict[int, tuple[int, int]] = {}
    _place(node, tuple(_fields_of_literals(text)), text, offset, found)
    return found


def _place(
    node: ast.JoinedStr,
    fields: tuple[_Field, ...],
    text: str,
    offset: int,
    found: dict[int, tuple[int, int]],
) -> None:
    values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
    if len(values) != len(fields):
        return  # Python's own places are better than none
    for value, field in zip(values, fields, strict=True):
        found[id(value)] = offset + field.start, offset + field.end
        _place_expression(value.value, text[slice(*field.expression)], offset + field.expression[0], found)
        if isinstance(value.format_spec, ast.JoinedStr):
            _place(value.format_spec, field.nested, text, offset, found)


def _place_expression(node: ast.expr, text: str, offset: int, found: dict[int, tuple[int, int]]) -> None:
    """Note where the nodes of an expression stand whose source is `text`, at `offset`."""
    again = ast.parse(f"({text}\n)", mode="eval").body
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(line: int, column: int) -> int:
        start = starts[line - 1]
        if line == 1:
            column -= 1  # the bracket before it
        return start + len(text[start:].encode()[:column].decode(errors="replace"))

    for original, placed in zip(ast.walk(node), ast.walk(again), strict=True):
        if not isinstance(placed, ast.expr | ast.arg) or id(original) in found:
            continue
        if original is node and isinstance(node, ast.Tuple) and placed.col_offset == 0:
            begin, close = len(text) - len(text.lstrip()), len(text.rstrip())
            found[id(node)] = offset + begin, offset + close  # without the brackets that are put around it
            continue
        if placed.end_lineno is None or placed.end_lineno > len(starts):
            continue  # a text within a formatted string in this one
        assert placed.end_col_offset is not None
        start, end = at(placed.lineno, placed.col_offset), at(placed.end_lineno, placed.end_col_offset)
        found[id(original)] = offset + start, offset + end
        if isinstance(original, ast.JoinedStr) and isinstance(placed, ast.JoinedStr):
            found |= formatted_places(original, text[start:end], offset + start)


def _fields_of_literals(text: str) -> Iterator[_Field]:
    """Yield the fields of literals beside each other."""
    position = 0
    while match := _LITERAL.search(text, position):
        position, quotes = match.end(), match[2]
        if quotes is None:  # a comment
            continue
        is_raw, is_formatted = "r" in match[1].lower(), "f" in match[1].lower()
        while not text.startswith(quotes, position):
            if is_formatted and text.startswith(("{{", "}}"), position):
                position += 2
            elif is_formatted and text[position] == "{":
                field = _field(text, position)
                yield field
                position = field.end
            elif text.startswith("\\N{", position) and is_formatted and not is_raw:
                position = text.index("}", position) + 1
            else:
                is_escape = text[position] == "\\" and text[position + 1] not in "{}"
                position += 2 if is_escape else 1
        position += len(quotes)


def _field(text: str, start: int) -> _Field:
    """Return the field whose bracket opens at `start`."""
    depth, position = 0, start + 1
    while depth or (text[position] not in "}:" and not _is_conversion(text, position)):
        if text[position] in "([{":
            depth += 1
        elif text[position] in ")]}":
            depth -= 1
        string = _STRING.match(text, position)
        position = string.end() if string else position + 1
    end = start + 1 + len(_DEBUG.sub("", text[start + 1 : position]))
    nested: list[_Field] = []
    while text[position] != "}":
        if text[position] == "{":
            nested.append(_field(text, position))
            position = nested[-1].end
        else:
            position += 1
    return _Field(start, position + 1, (start + 1, end), tuple(nested))


def _is_conversion(text: str, position: int) -> bool:
    return text[position] == "!" and text[position + 1] != "="
