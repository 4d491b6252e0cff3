"""What the patterns of a `match` bind to parts of its subject, as libcst gives them."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from hookproof.syntax import ir
from hookproof.syntax.patterns_from_ast import numbered


def captures_of_cst(pattern: cst.MatchPattern, path: tuple[ir.Step, ...] = ()) -> Iterator[ir.Capture]:
    """Yield the names for parts of the subject, each with where the part is."""
    match pattern:
        case cst.MatchAs(pattern=inner, name=name):
            if name is not None and path:
                yield ir.Capture(name.value, path)
            if inner is not None:
                yield from captures_of_cst(inner, path)
        case cst.MatchList(patterns=patterns) | cst.MatchTuple(patterns=patterns):
            star = [index for index, item in enumerate(patterns) if isinstance(item, cst.MatchStar)]
            for item, index in numbered(patterns, star):
                if isinstance(item, cst.MatchSequenceElement):
                    yield from captures_of_cst(item.value, (*path, ir.Step(index)))
        case cst.MatchMapping(elements=elements):
            for element in elements:
                key = element.key.evaluated_value if isinstance(element.key, cst.SimpleString) else None
                if isinstance(key, str):
                    yield from captures_of_cst(element.pattern, (*path, ir.Step(key)))
        case cst.MatchClass(kwds=keywords):
            for keyword in keywords:
                yield from captures_of_cst(keyword.pattern, (*path, ir.Step(keyword.key.value, True)))
