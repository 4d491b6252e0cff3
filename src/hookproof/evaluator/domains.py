"""What a domain of values offers, so that what Python does with containers is written once for all of them.

`V` is what an expression stands for, one value or several, `C` a container among them, `A` what a call gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.syntax import ir

V = TypeVar("V")
C = TypeVar("C", contravariant=True)
A = TypeVar("A", contravariant=True)

Kind: TypeAlias = Literal["list", "tuple", "set", "deque", "iterator"]
View: TypeAlias = Literal["keys", "values", "items"]


class Constant(Protocol):
    """A literal, or what was worked out from literals."""

    @property
    def value(self) -> Key:
        """The literal."""


class Domain(Protocol[V, C, A]):
    """Makes, reads and changes the containers of one run."""

    # --- values ------------------------------------------------------------------------------------

    def constant(self, literal: Key) -> V:
        """Return what stands for a literal."""

    def literal(self, value: V) -> Constant | None:
        """Return the literal that a value certainly is."""

    def key(self, value: V) -> Constant | None:
        """Return what a dict finds a value by: its literal, or what stands for a class."""

    def either(self, values: Iterable[V]) -> V:
        """Return what stands for any of these, for nothing known where there are none."""

    def hidden(self, value: V) -> V:
        """Return a value as it comes out of what compiled code cannot do."""

    def same(self, one: V, other: V) -> bool | None:
        """Tell whether two values are certainly one object, or certainly two."""

    def attribute(self, args: A, position: int, path: Sequence[str]) -> V:
        """Return what a call reads of what it is given at a position: `a.b` by the path `("a", "b")`."""

    def item(self, args: A, position: int, key: V, index: ir.Expr) -> V:
        """Return what a call reads of what it is given: `value[key]`, the key written as `index`."""

    def method_called(self, args: A, name: str, given: A) -> V:
        """Carry out `value.name(…)` for a call that is given the value."""

    def callable(self, answer: Callable[[Any], V], holds: Iterable[V]) -> V:
        """Return what comes to this answer when it is called, and holds these values."""

    # --- what is gone through ----------------------------------------------------------------------

    def passed_on(self, args: A) -> None:
        """Note what a call is given."""

    def contents(self, args: A, position: int = 0) -> Items[V] | None:
        """Return what a loop over an argument goes through, None where nothing is known of it."""

    def parts(self, value: V) -> tuple[V, ...] | None:
        """Return what a tuple, or something like it, is made of."""

    def entries(self, value: V) -> Entries[V] | None:
        """Return what is in a dict, None for anything else."""

    # --- containers --------------------------------------------------------------------------------

    def sequence(self, kind: Kind, content: Items[V]) -> V:
        """Return a new sequence."""

    def mapping(self, content: Entries[V]) -> V:
        """Return a new dict."""

    def items(self, owner: C) -> Items[V] | None:
        """Return what a sequence holds by now, None where it may be anything."""

    def under_keys(self, owner: C) -> Entries[V] | None:
        """Return what a dict holds by now, None where it may be anything."""

    def hold(self, owner: C, content: Items[V] | Entries[V] | None) -> None:
        """Let a container hold something else."""

    def beside(self, value: V, others: Iterable[V]) -> V:
        """Return a value as it is kept in a container that has others."""

    def copied(self, owner: C) -> V:
        """Return another container that holds the same."""

    def view(self, owner: C, what: View) -> V:
        """Return what shows the keys or values of a dict, whatever it holds by then."""
