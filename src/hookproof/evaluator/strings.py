"""Strings that a hook puts together, and what `format` reads of the module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Value
from hookproof.evaluator.literals import combined
from hookproof.evaluator.texts import CHANGING, by_format, by_percent, formatted_attributes, interpolated
from hookproof.evaluator.values import Const, TupleValue, text_of
from hookproof.syntax import ir


def interpolation(texts: tuple[str, ...], parts: Sequence[Value | None]) -> Const | None:
    """Return what an f-string with these parts between its texts gives, where they are known."""
    known = _known(parts)
    return Const(interpolated(texts, known)) if texts and known is not None else None


def computed(run: Evaluator, op: str, left: Value | None, right: Value | None) -> Const | None:
    """Return what `+`, `-` or `%` makes of strings and numbers."""
    if isinstance(left, Const) and isinstance(right, Const):
        made = combined(op, left.value, right.value)
        if made is not None:
            return Const(made)
    known = _known(right.content.items if isinstance(right, TupleValue) else [right])
    text = text_of(left)
    is_known = op == "%" and text is not None and known is not None
    found = by_percent(text, known) if is_known and text is not None and known is not None else None
    return None if found is None else Const(found)


def formatted(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """Follow `"{0.x}".format(m)`, which reads `m.x`; return what it gives where all of it is known."""
    run.passed_on(args)
    text = text_of(owner)
    if text is None or args.is_open:
        return None
    given = {each.name if each.position is None else each.position: each for each in args.given()}
    for key, names in formatted_attributes(text):
        found = given.get(key)
        value, expr = (found.value, found.source.expr) if found is not None else (None, args.node)
        with run.under(frozenset({"python"})):
            for name in names:
                expr = ir.Attribute(args.node.at, expr, name)
                value = None if value is None else value.get(run, name, Access(expr, args.frame))
    known = _known(args.positional)
    named = _known(args.named.values())
    if known is None or named is None:
        return None
    made = by_format(text, known, dict(zip(args.named, named, strict=True)))
    return None if made is None else Const(made)


def joined(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """Return what `", ".join(parts)` gives where all of it is known."""
    run.passed_on(args)
    first, text = args.value(0), text_of(owner)
    content = None if first is None else first.iterate(run, Access(args.node, args.frame))
    known = _known(content.items) if isinstance(content, Items) and not content.is_open else None
    return Const(text.join(known)) if text is not None and known is not None else None


def changed(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """Return what `upper`, `strip` and their like give."""
    run.passed_on(args)
    text = text_of(owner)
    name = args.node.func.attr if isinstance(args.node.func, ir.Attribute) else ""
    return Const(getattr(text, name)()) if text is not None and name in CHANGING and not args.each() else None


def _known(parts: Iterable[Value | None]) -> list[str] | None:
    found = [text_of(part) for part in parts]
    known = [text for text in found if text is not None]
    return known if len(known) == len(found) else None
