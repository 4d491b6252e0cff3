"""The values of literals."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst


def string_value(node: cst.SimpleString) -> str:
    """Return the text that a string literal stands for; most need no evaluation."""
    text = node.value
    if "\\" not in text or "r" in node.prefix:
        quotes = 3 if text.endswith(('"""', "'''")) and len(text) - len(node.prefix) >= 6 else 1
        return text[len(node.prefix) + quotes : -quotes]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escapes
        return str(ast.literal_eval(text))


def encodable(value: str) -> str | None:
    """Return `value` unless it has lone surrogates, which the cache cannot encode."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return None
    return value
