"""Each kind of expression and statement has a row in both roles, each kind of value its methods."""

from __future__ import annotations

from typing import get_args

import pytest

from hookproof.evaluator.expressions import EXPRESSIONS as IN_HOOKS
from hookproof.evaluator.statements import STATEMENTS as STATEMENTS_IN_HOOKS
from hookproof.interpreter import objects, plain, values
from hookproof.interpreter.domain import MethodValue, Value
from hookproof.interpreter.expressions import EXPRESSIONS
from hookproof.interpreter.models.methods import METHODS, OPEN
from hookproof.interpreter.statements import STATEMENTS
from hookproof.syntax import ir

# What `value.name(…)` calls only once the name is looked up, or what has no methods of interest.
WITHOUT_METHODS = {
    plain.ClassValue, plain.ExternalValue, plain.FileValue, plain.GetterValue, plain.ItemGetterValue,
    plain.NameValue, plain.PartialValue, plain.SuperValue, plain.SupplierValue, values.RegisteredValue,
    MethodValue,
}  # fmt: skip


@pytest.mark.parametrize("table", [EXPRESSIONS, IN_HOOKS], ids=["programs", "hooks"])
def test_each_expression_has_a_row(table: dict[type[ir.Expr], object]) -> None:
    assert table.keys() == set(get_args(ir.Expr))


@pytest.mark.parametrize("table", [STATEMENTS, STATEMENTS_IN_HOOKS], ids=["programs", "hooks"])
def test_each_statement_has_a_row(table: dict[type[ir.Stmt], object]) -> None:
    assert table.keys() == set(get_args(ir.Stmt))


def test_each_kind_of_value_has_methods_or_none() -> None:
    own = {
        kind
        for module in (objects, plain, values)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Value) and kind is not Value
    }
    assert own == METHODS.keys() | OPEN.keys() | WITHOUT_METHODS
