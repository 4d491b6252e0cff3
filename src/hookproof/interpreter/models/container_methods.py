"""Methods of texts, of containers and of a module's own tables of hooks."""

from __future__ import annotations

from hookproof.evaluator.container_methods import DICT_METHODS, SEQUENCE_METHODS, SET_METHODS
from hookproof.evaluator.strings import TEXT_METHODS
from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.hooks import hooks_of
from hookproof.interpreter.models.rows import Method
from hookproof.interpreter.objects import FunctionValue
from hookproof.interpreter.plain import (
    ConstantValue,
    ContainerValue,
    PartialValue,
    pair,
    some_of,
)
from hookproof.interpreter.registering import register
from hookproof.interpreter.running import Running
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import HOOK_TABLES, HooksValue, RegisteredValue


def call_text_method(run: Running, owner: ConstantValue, name: str, args: Arguments) -> Values:
    """Carry out a method of a text."""
    row = TEXT_METHODS.get(name)
    found: Values = row(run.containers, owner, args) if row is not None else ()
    return found


_METHODS = {"dict": DICT_METHODS, "set": SET_METHODS}


def call_container_method(run: Running, owner: ContainerValue, name: str, args: Arguments) -> Values:
    """Carry out a method of a container."""
    row = _METHODS.get(owner.kind, SEQUENCE_METHODS).get(name)
    found: Values = row(run.containers, owner, args) if row is not None else ()
    return found


# --- tables of hooks -----------------------------------------------------------------------------------


def _put_hook(run: Running, table: HooksValue, args: Arguments) -> Values:
    """`m._forward_hooks[key] = hook`."""
    return _put_in(run, table, args.value(1), args)


def _put_all(run: Running, table: HooksValue, args: Arguments) -> Values:
    """`m._forward_hooks.update(…)` with the table of another module."""
    return _put_in(run, table, run.elements(args.value(0)), args)


def _put_in(run: Running, table: HooksValue, values: Values, args: Arguments) -> Values:
    taken = tuple(hook for value in values if isinstance(value, RegisteredValue) for hook in value.hook.hooks)
    given = tuple(value for value in values if isinstance(value, (FunctionValue, PartialValue)))
    hooks = (*taken, *(hooks_of(given, args.location, run.project) if given else ()))
    if hooks:
        api = f"register{HOOK_TABLES[table.name]}"
        form = table.owner.form
        registration = Registration(api, args.location, None, form, {}, function=args.frame.function)
        register(run.listener, table.owner, registration, hooks)
    return ()


def _cleared(run: Running, table: HooksValue, args: Arguments) -> Values:
    run.progress.clear(table, args.location)
    return ()


def _itself(run: Running, table: HooksValue, args: Arguments) -> Values:
    return (table,)


def _hooks(run: Running, table: HooksValue, args: Arguments) -> Values:
    return table.elements(run)


def _numbered_hooks(run: Running, table: HooksValue, args: Arguments) -> Values:
    return some_of((pair((), table.elements(run)),))


HOOK_TABLE_METHODS: dict[str, Method[HooksValue]] = {
    "__setitem__": _put_hook,
    "clear": _cleared,
    "copy": _itself,
    "get": _hooks,
    "items": _numbered_hooks,
    "pop": _cleared,
    "popitem": _cleared,
    "update": _put_all,
    "values": _itself,
}
