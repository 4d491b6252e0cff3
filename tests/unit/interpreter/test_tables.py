"""Each kind of expression and statement has a row in both roles, each kind of value its methods."""

from __future__ import annotations

from typing import get_args

import pytest

from hookproof.evaluator.expressions import EXPRESSIONS as IN_HOOKS
from hookproof.evaluator.models import MODELS as MODELS_IN_HOOKS
from hookproof.evaluator.statements import STATEMENTS as STATEMENTS_IN_HOOKS
from hookproof.facts import library
from hookproof.interpreter import objects, plain, values, wrapped
from hookproof.interpreter.domain import MethodValue, Value
from hookproof.interpreter.expressions import EXPRESSIONS
from hookproof.interpreter.models.external_calls import MODELS
from hookproof.interpreter.models.methods import METHODS, OPEN
from hookproof.interpreter.models.processes import PROCESSES
from hookproof.interpreter.statements import STATEMENTS
from hookproof.syntax import ir

# What `value.name(…)` calls only once the name is looked up, or what has no methods of interest.
WITHOUT_METHODS = {
    plain.CallableValue, plain.ClassValue, plain.ExternalValue, plain.FileValue, plain.IdentityValue,
    plain.NameValue, plain.PartialValue, plain.SuperValue, values.RegisteredValue, wrapped.WrappedFunction,
    wrapped.WrappingValue,
    MethodValue,
}  # fmt: skip

# Calls that matter in a program only: what ends it, runs elsewhere or later, loads, or defines.
IN_PROGRAMS_ONLY = {
    "asyncio.to_thread", "builtins.__import__", "builtins.exit", "builtins.globals",
    "builtins.object.__setattr__", "builtins.quit", "builtins.staticmethod", "cloudpickle.dump",
    "cloudpickle.dumps", "cloudpickle.load", "cloudpickle.loads", "contextlib.contextmanager", "dill.dump",
    "dill.dumps", "dill.load", "dill.loads", "functools.cache", "functools.lru_cache",
    "functools.partialmethod", "functools.wraps", "importlib.import_module", "os._exit",
    "os.abort", "pickle.dump", "pickle.dumps", "pickle.load", "pickle.loads", "sys.exit", "threading.Thread",
    "threading.Timer", "torch.load", "torch.no_grad", "torch.save", "weakref.finalize", *PROCESSES,
}  # fmt: skip
# Questions that a hook asks of its module; and what a program follows by what made an object.
IN_HOOKS_ONLY = {
    "builtins.bool", "builtins.callable", "builtins.dir", "builtins.format", "builtins.hash",
    "builtins.print", "builtins.repr", *library.STACKS, *library.THREAD_POOLS,
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
        for module in (objects, plain, values, wrapped)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Value) and kind is not Value
    }
    assert own == METHODS.keys() | OPEN.keys() | WITHOUT_METHODS


def test_what_hands_a_module_along_does_so_in_both_roles() -> None:
    assert MODELS.keys() - MODELS_IN_HOOKS.keys() == IN_PROGRAMS_ONLY
    assert MODELS_IN_HOOKS.keys() - MODELS.keys() == IN_HOOKS_ONLY
