"""The values of literals."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hookproof.syntax import ir

if TYPE_CHECKING:
    import libcst as cst


def string_value(node: cst.SimpleString) -> str:
    """Return the text that a string literal stands for; most need no evaluation."""
    text = node.value
    if "\\" not in text or "r" in node.prefix:
        quotes = 3 if text.endswith(('"""', "'''")) and len(text) - len(node.prefix) >= 6 else 1
        return text[len(node.prefix) + quotes : -quotes]
    return _evaluated(text)


def reject_bad_escape(node: cst.SimpleString) -> None:
    r"""Raise `SyntaxError` where a literal has an escape that stands for nothing, as `b"\xZZ"` has."""
    if "\\" in node.value and "r" not in node.prefix:
        _evaluated(node.value)


def _evaluated(literal: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escapes
        return str(ast.literal_eval(literal))


def literal_parts(node: Any) -> Iterator[str | None]:
    """Yield the text of each part of a string literal, None for an expression."""
    if not hasattr(node, "parts"):
        yield string_value(node)
        return
    quote = node.start[len(node.prefix) :]
    for part in node.parts:
        if hasattr(part, "expression"):
            yield None
            continue
        text = part.value.replace("{{", "{").replace("}}", "}")
        if "\\" in text and "r" not in node.prefix:
            text = _evaluated(f"{quote}{text} {quote}")[:-1]  # it may end with a quote
        yield text


def texts_between(parts: Iterable[str | None], fields: Iterable[ir.Expr]) -> tuple[str, ...]:
    """Return the texts around the expressions of an f-string, if these are neither converted nor formatted.

    `parts` are its texts, with None for each expression.
    """
    if any(isinstance(field, ir.Opaque) and field.syntax.startswith("f-string ") for field in fields):
        return ()
    texts = [""]
    for part in parts:
        if part is None:
            texts.append("")
        else:
            texts[-1] += part
    return tuple(texts) if encodable("".join(texts)) is not None else ()


def encodable(value: str) -> str | None:
    """Return `value` unless it has lone surrogates, which the cache cannot encode."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return None
    return value
