"""Tests of the names that `named_modules` gives: which texts pass them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from hookproof.evaluator.predicates import Predicates
from hookproof.interpreter.domain import Values
from hookproof.interpreter.plain import ContainerValue
from hookproof.semantic.expressions import literal_text
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_Now: TypeAlias = Callable[[ContainerValue], ContainerValue]


class NameTest(Struct, frozen=True):
    """A condition on the text that a variable holds."""

    variable: str
    passes: Callable[[str], bool]


def read_name_test(
    test: ir.Expr,
    scope: Scope,
    project: Project,
    held: Mapping[str, Values],
    now: _Now,
) -> NameTest | None:
    """Return what a condition asks of a name, None where it asks for anything else.

    `held` are the locals, `now` tells what a container holds.
    """
    match test:
        case ir.Operation(op="==", operands=(ir.Name(id=variable), ir.Constant(value=str(text)))) | (
            ir.Operation(op="==", operands=(ir.Constant(value=str(text)), ir.Name(id=variable)))
        ):
            return NameTest(variable, text.__eq__)
        case ir.Operation(op="in", operands=(ir.Constant(value=str(text)), ir.Name(id=variable))):
            return NameTest(variable, lambda name: text in name)
        case ir.Operation(op="in", operands=(ir.Name(id=variable), group)):
            texts = Predicates(project, scope).texts(group) or _keys(group, held, now)
            return NameTest(variable, frozenset(texts).__contains__) if texts else None
        case ir.Call(
            func=ir.Attribute(value=ir.Name(id=variable), attr="endswith" | "startswith" as attr),
            args=(ir.Argument(value=part),),
        ):
            ends = literal_text(part)
            if ends is not None:
                return NameTest(variable, lambda name: getattr(name, attr)(ends))
    return None


def _keys(group: ir.Expr, held: Mapping[str, Values], now: _Now) -> tuple[str, ...]:
    """Return the literal keys of a dict, or the texts in a list, that a local name stands for."""
    if isinstance(group, ir.Mapping):
        keys = (literal_text(key) for key in group.keys)
        return tuple(key for key in keys if key is not None)
    values = held.get(group.id, ()) if isinstance(group, ir.Name) else ()
    only = values[0] if len(values) == 1 else None
    keyed = now(only).keyed if isinstance(only, ContainerValue) else {}
    return tuple(key for key in keyed if isinstance(key, str))
