"""What a condition asks of which value: the parts that conditions are read into (`evaluator.predicates`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from hookproof.facts.entries import SCRIPT_CLASS_NAMES, SCRIPT_MODULES
from hookproof.semantic.definitions import Definition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir


class OfClass(Struct, frozen=True):
    """`subject` is of one of these classes (None: not known which), of none derived if `is_exact`."""

    subject: ir.Expr
    classes: tuple[Definition | None, ...]
    is_exact: bool = False

    @property
    def asks_for_scripts(self) -> bool:
        """Whether a class of ScriptModules is among them."""
        return any(is_script_class(found) for found in self.classes)


class Named(Struct, frozen=True):
    """The class of `subject` has one of these names; `is_called` says that `_get_name()` was asked."""

    subject: ir.Expr
    names: tuple[str, ...]
    is_called: bool = False

    @property
    def asks_for_scripts(self) -> bool:
        """Whether a class of ScriptModules has one of the names."""
        return not SCRIPT_CLASS_NAMES.isdisjoint(self.names)


class Has(Struct, frozen=True):
    """`subject` has an attribute of the name that an expression gives."""

    subject: ir.Expr
    name: ir.Expr


class InMode(Struct, frozen=True):
    """The program is on one of these ways out of eager mode (none: one that is no world here)."""

    worlds: frozenset[str]

    @property
    def is_scripting(self) -> bool:
        """Whether it asks if the code was compiled by scripting (`torch.jit.is_scripting()`)."""
        return "script" in self.worlds


class Opposite(Struct, frozen=True):
    """`not operand`."""

    operand: Predicate


class AllOf(Struct, frozen=True):
    """Each of these holds."""

    parts: tuple[Predicate, ...]


class AnyOf(Struct, frozen=True):
    """One of these holds at least."""

    parts: tuple[Predicate, ...]


class Elsewhere(Struct, frozen=True):
    """A test that is written elsewhere: in a function that is called, or `of_each` of several things."""

    inner: Predicate
    of_each: ir.Call | None = None


class Inside(Struct, frozen=True):
    """The function or lambda that a condition stands in, and what its parameters are for whom it is read."""

    function: ir.Function
    scope: Scope
    given: dict[str, ir.Expr]
    caller: Scope


class Unread(Struct, frozen=True):
    """What is not understood here: the expression as it stands, `inside` of a function that only decides.

    A call of such a function `comes_to` a condition that is written there.
    """

    expr: ir.Expr
    inside: Inside | None = None
    comes_to: Predicate | None = None


Predicate: TypeAlias = OfClass | Named | Has | InMode | Opposite | AllOf | AnyOf | Elsewhere | Unread

Definitions: TypeAlias = Callable[[ir.Expr], tuple[Definition | None, ...]]


def is_script_class(definition: Definition | None) -> bool:
    """Return whether a definition is a class whose instances are ScriptModules."""
    name = getattr(definition, "qualname", None)
    if not isinstance(name, str):
        return False
    return name in SCRIPT_MODULES or name.rpartition(".")[2] in {"ScriptModule", "RecursiveScriptModule"}
