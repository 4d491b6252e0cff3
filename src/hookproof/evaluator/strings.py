"""Texts and numbers that are made of known ones, in any domain: by operators, f-strings and methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from hookproof.evaluator.arguments import Arguments
from hookproof.evaluator.container_methods import Method
from hookproof.evaluator.contents import Items
from hookproof.evaluator.domains import Constant, Domain
from hookproof.evaluator.iterables import known
from hookproof.evaluator.literals import combined
from hookproof.evaluator.texts import by_format, by_percent, formatted_attributes, interpolated

V = TypeVar("V")

# Methods that give another text, its parts, or what is so of it, and change nothing.
_ASKING = (
    "capitalize", "count", "endswith", "find", "isdecimal", "isdigit", "lower", "lstrip", "partition",
    "removeprefix", "removesuffix", "replace", "rpartition", "rsplit", "rstrip", "split", "startswith",
    "strip", "title", "upper",
)  # fmt: skip
_MAX_LENGTH = 4_000  # of a text that is made of others


def interpolation(domain: Domain[V, Any, Any], texts: Sequence[str], parts: Sequence[V]) -> V:
    """Return what an f-string with these parts between its texts gives."""
    found = known(domain, parts)
    return _made(domain, interpolated(texts, found) if texts and found is not None else None)


def computed(domain: Domain[V, Any, Any], op: str, left: V, right: V) -> V:
    """Return what `+`, `-` or `%` makes of a text or a number."""
    one, two = domain.literal(left), domain.literal(right)
    if one is not None and two is not None and (made := combined(op, one.value, two.value)) is not None:
        return _made(domain, made)
    parts = None
    if op == "%" and one is not None and isinstance(one.value, str):
        items = domain.parts(right)
        parts = known(domain, [right] if items is None else items)
    return _made(domain, by_percent(str(one.value), parts) if one is not None and parts is not None else None)


def _made(domain: Domain[V, Any, Any], found: object) -> V:
    """Return what stands for something that was made of literals."""
    if isinstance(found, (list, tuple)):
        items = tuple(domain.constant(part) for part in found)
        return domain.sequence("list" if isinstance(found, list) else "tuple", Items(items))
    is_plain = isinstance(found, (bool, int, float)) or (isinstance(found, str) and len(found) <= _MAX_LENGTH)
    return domain.constant(found) if is_plain else domain.either(())  # type: ignore[arg-type]


# --- methods -------------------------------------------------------------------------------------------


def _formatted(domain: Domain[V, Any, Any], owner: Constant, args: Arguments[V, Any]) -> V:
    """Carry out `"{0.x}".format(m)`, which reads `m.x`."""
    domain.passed_on(args)
    if args.is_open or not isinstance(owner.value, str):
        return domain.either(())
    positions: dict[int | str, int] = {name: at for at, name in enumerate(args.named, len(args.positional))}
    positions.update(zip(range(len(args.positional)), range(len(args.positional)), strict=True))
    for key, names in formatted_attributes(owner.value):
        if names and key in positions:
            domain.attribute(args, positions[key], names)
    parts, named = known(domain, args.positional), known(domain, tuple(args.named.values()))
    if parts is None or named is None:
        return domain.either(())
    return _made(domain, by_format(owner.value, parts, dict(zip(args.named, named, strict=True))))


def _joined(domain: Domain[V, Any, Any], owner: Constant, args: Arguments[V, Any]) -> V:
    content = domain.contents(args) if len(args.positional) == 1 else None
    parts = known(domain, content.items) if content is not None and not content.is_open else None
    is_known = isinstance(owner.value, str) and parts is not None and all(isinstance(p, str) for p in parts)
    return _made(domain, str(owner.value).join(map(str, parts)) if parts is not None and is_known else None)


def _asking(name: str) -> Method[Any, Any]:
    """Return a method that asks something of a text, which is known where all that it is given is."""

    def method(domain: Domain[V, Any, Any], owner: Constant, args: Arguments[V, Any]) -> V:
        domain.passed_on(args)
        given = [_literal(domain, value) for value in args.positional]
        if not isinstance(owner.value, str) or args.is_open or args.named or None in given:
            return domain.either(())
        try:
            return _made(domain, getattr(owner.value, name)(*given))
        except (TypeError, ValueError):
            return domain.either(())

    return method


def _literal(domain: Domain[V, Any, Any], value: V) -> object:
    """Return the literal, or tuple of literals, that a value certainly is, None for anything else."""
    items = domain.parts(value)
    if items is None:
        literal = domain.literal(value)
        return None if literal is None else literal.value
    found = tuple(_literal(domain, item) for item in items)
    return None if None in found else found


TEXT_METHODS: dict[str, Method[Any, Any]] = {
    **{name: _asking(name) for name in _ASKING},
    "format": _formatted,
    "join": _joined,
}
