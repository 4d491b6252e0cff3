"""What a call gives, and which of it each parameter gets: the same whatever stands for a value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

V = TypeVar("V")
F = TypeVar("F", bound="Framed")
_A = TypeVar("_A", bound="Arguments[Any, Any]")


class Framed(Protocol):
    """The names of one call, which stand in a scope."""

    @property
    def scope(self) -> Scope:
        """Where the code stands."""


class Source(Struct, Generic[F], frozen=True):
    """The expression that is written for an argument; others share it if the argument `is_spread`."""

    expr: ir.Expr
    frame: F
    is_spread: bool = False


class Given(Struct, Generic[V, F], frozen=True):
    """One argument, by its position or its name, and where it comes from."""

    value: V
    source: Source[F]
    position: int | None
    name: str | None = None


class Arguments(Struct, Generic[V, F], frozen=True):
    """What a call gives by position and by name; where it `is_open`, more than is known.

    `sources` say where each of them comes from, if that is of interest; `nothing` is what is not given.
    """

    nothing: ClassVar[Any] = None

    node: ir.Call
    frame: F
    positional: tuple[V, ...] = ()
    named: dict[str, V] = field(default_factory=dict)
    is_open: bool = False
    sources: tuple[Source[F], ...] = ()

    def __hash__(self) -> int:
        # Values that keep what they were given are looked for in sets.
        return hash((self.node.at, self.positional, *self.named.items()))

    def each(self) -> tuple[V, ...]:
        """Return all that is given."""
        return (*self.positional, *self.named.values())

    def given(self) -> Iterator[Given[V, F]]:
        """Yield all that is given, with what is known of where it comes from."""
        for position, value in enumerate(self.positional):
            yield Given(value, self.source(position), position)
        for position, (name, value) in enumerate(self.named.items(), len(self.positional)):
            yield Given(value, self.source(position), None, name)

    def value(self, position: int, *names: str) -> V:
        """Return what is given at a position or by one of these names, nothing where nothing is."""
        if position < len(self.positional):
            return self.positional[position]
        found: V = next((self.named[name] for name in names if name in self.named), self.nothing)
        return found

    def source(self, position: int) -> Source[F]:
        """Return where the argument at a position comes from, the call itself where that is not known."""
        return self.sources[position] if self.sources else Source(self.node, self.frame)

    def expr(self, position: int) -> ir.Expr:
        """Return the expression for the argument at a position, the call itself where there is none."""
        return self.source(position).expr if position < len(self.positional) else self.node

    def dropping(self: _A, count: int = 1) -> _A:
        """Return the same without the first of them."""
        return replace(self, positional=self.positional[count:], sources=self.sources[count:])

    def first(self: _A, count: int = 1) -> _A:
        """Return a call that gives just the first of them."""
        return replace(self, positional=self.positional[:count], named={}, sources=self.sources[:count])

    def only(self: _A, *given: V, exprs: tuple[ir.Expr, ...] = ()) -> _A:
        """Return a call that gives just these, by position, written as these expressions."""
        sources = tuple(Source(expr, self.frame) for expr in exprs)
        return type(self)(self.node, self.frame, given, sources=sources)

    def led_by(self: _A, value: V) -> _A:
        """Return the same behind another: what a method is bound to."""
        sources = (Source(self.node, self.frame), *self.sources) if self.sources else ()
        return replace(self, positional=(value, *self.positional), sources=sources)

    def behind(self: _A, earlier: _A) -> _A:
        """Return the same behind what a callable was given before."""
        named = {**earlier.named, **self.named}
        sources: tuple[Source[Any], ...] = ()
        if earlier.sources or self.sources:
            found = [given for args in (earlier, self) for given in args.given()]
            by_name = {given.name: given.source for given in found if given.name is not None}
            by_position = tuple(given.source for given in found if given.name is None)
            sources = (*by_position, *(by_name[name] for name in named))
        is_open = earlier.is_open or self.is_open
        return replace(
            self,
            positional=(*earlier.positional, *self.positional),
            named=named,
            is_open=is_open,
            sources=sources,
        )


class Rest(Struct, Generic[V], frozen=True):
    """What `*args` gets."""

    values: tuple[V, ...]


class Keywords(Struct, Generic[V], frozen=True):
    """What `**kwargs` gets."""

    values: dict[str, V]


class Default(Struct, frozen=True):
    """What a parameter is where it is not given."""

    expr: ir.Expr


class Gets(Struct, Generic[V], frozen=True):
    """What a parameter is given."""

    value: V


Bound: TypeAlias = "Gets[V] | Rest[V] | Keywords[V] | Default | None"


def bound(function: ir.Function, args: Arguments[V, Any]) -> Iterator[tuple[ir.Parameter, Bound[V]]]:
    """Yield each parameter of a function with what a call lets it stand for, None where nothing is known."""
    position, named = 0, dict(args.named)
    for parameter in function.parameters:
        if parameter.kind in {"positional-only", "positional"} and position < len(args.positional):
            yield parameter, Gets(args.positional[position])
            position += 1
        elif parameter.kind == "*":
            yield parameter, Rest(args.positional[position:])
            position = len(args.positional)
        elif parameter.kind == "**":
            yield parameter, Keywords(named)
        elif parameter.name in named:
            yield parameter, Gets(named.pop(parameter.name))
        elif parameter.default is not None and not args.is_open:
            yield parameter, Default(parameter.default)
        else:
            yield parameter, None


def written(function: ir.Function, call: ir.Call, *before: ir.Expr) -> dict[str, ir.Expr]:
    """Return what a call gives to parameters, as it is written, behind what they are given `before`."""
    plain = tuple(takewhile(lambda argument: not argument.star, call.args))
    positional = tuple(argument.value for argument in plain if argument.keyword is None)
    named = {argument.keyword: argument.value for argument in call.args if argument.keyword is not None}
    args: Arguments[ir.Expr, Any] = Arguments(call, None, (*before, *positional), named)
    found = ((parameter.name, given) for parameter, given in bound(function, args))
    return {name: given.value for name, given in found if isinstance(given, Gets)}
