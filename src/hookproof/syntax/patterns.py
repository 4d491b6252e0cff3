"""What the patterns of a `match` bind to parts of its subject."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TypeVar

from hookproof.syntax import ir

_Item = TypeVar("_Item")


def captures(pattern: ast.pattern, path: tuple[ir.Step, ...] = ()) -> Iterator[ir.Capture]:
    """Yield the names for parts of the subject, each with where the part is."""
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if name is not None and path:
                yield ir.Capture(name, path)
            if inner is not None:
                yield from captures(inner, path)
        case ast.MatchSequence(patterns=patterns):
            star = [index for index, item in enumerate(patterns) if isinstance(item, ast.MatchStar)]
            for item, index in _numbered(patterns, star):
                yield from captures(item, (*path, ir.Step(index)))
        case ast.MatchMapping(keys=keys, patterns=patterns):
            for key, item in zip(keys, patterns, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield from captures(item, (*path, ir.Step(key.value)))
        case ast.MatchClass(kwd_attrs=names, kwd_patterns=patterns):
            for name, item in zip(names, patterns, strict=True):
                yield from captures(item, (*path, ir.Step(name, True)))


def _numbered(items: Sequence[_Item], star: Sequence[int]) -> Iterator[tuple[_Item, int]]:
    """Yield the items with their positions, those after a starred one counted from the end."""
    for index, item in enumerate(items):
        yield item, index - len(items) if star and index > star[0] else index
