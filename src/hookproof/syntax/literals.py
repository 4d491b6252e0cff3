"""The texts of literals."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.syntax import ir


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
