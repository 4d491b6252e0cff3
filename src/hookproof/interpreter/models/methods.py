"""Methods that are known by their names: a table for each kind of owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookproof.interpreter.domain import Arguments, Value, Values
from hookproof.interpreter.members import TABLE_METHODS, change_table, table_owner
from hookproof.interpreter.models.container_methods import (
    HOOK_TABLE_METHODS,
    call_container_method,
    call_text_method,
)
from hookproof.interpreter.models.module_methods import call_object_method
from hookproof.interpreter.models.rows import Method
from hookproof.interpreter.models.script_methods import call_script_method
from hookproof.interpreter.models.torch_calls import registered
from hookproof.interpreter.models.wrapped_methods import call_wrapped_method
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ConstantValue, ContainerValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import HandleValue, HooksValue, ScriptValue
from hookproof.interpreter.wrapped import WrappedModule
from hookproof.syntax import ir


def _remove(run: Running, owner: HandleValue, args: Arguments) -> Values:
    run.progress.remove(owner, args.location)
    return ()


def _entered(run: Running, owner: FunctionValue, args: Arguments) -> Values:
    return run.enter(owner, args)


def _register(run: Running, owner: FunctionValue, args: Arguments) -> Values:
    """`dispatching.register(cls, function)` of `functools.singledispatch`."""
    return run.implementations.register(owner, args)


METHODS: dict[type[Value], dict[str, Method[Any]]] = {
    FunctionValue: {"__call__": _entered, "register": _register},
    HandleValue: {"remove": _remove},
    HooksValue: HOOK_TABLE_METHODS,
}
# These choose their rows themselves, or do without one.
OPEN: dict[type[Value], Callable[[Running, Any, str, Arguments], Values]] = {
    ConstantValue: call_text_method,
    ContainerValue: call_container_method,
    ObjectValue: call_object_method,
    ScriptValue: call_script_method,
    WrappedModule: call_wrapped_method,
}


def call_method(run: Running, owner: Value, name: str, args: Arguments) -> Values:
    """Carry out a method that is known by its name."""
    if isinstance(owner, (ObjectValue, ScriptValue)) and name in run.project.facts.hook_apis:
        return registered(run, owner, name, args)
    if name in TABLE_METHODS and isinstance(args.node.func, ir.Attribute):
        table = table_owner(args.node.func.value)
        for holder in run.evaluate(table, args.frame) if table is not None else ():
            if isinstance(holder, ObjectValue):
                change_table(run, holder, name, args)
    if type(owner) in OPEN:
        return OPEN[type(owner)](run, owner, name, args)
    row = METHODS.get(type(owner), {}).get(name)
    return row(run, owner, args) or () if row is not None else ()
