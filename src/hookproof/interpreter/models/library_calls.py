"""Python's library: a row for each function that hands on what it is given, now or later."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.facts import library
from hookproof.interpreter.domain import Arguments, Value, Values
from hookproof.interpreter.models.rows import Model
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import (
    ClassValue,
    PartialValue,
    exact_items,
    keyed_items,
)
from hookproof.interpreter.running import Running
from hookproof.semantic.fields import named_tuple


def _first(run: Running, args: Arguments) -> Values:
    return args.value(0)


def _named_tuple(run: Running, args: Arguments) -> Values | None:
    made = named_tuple(args.node, args.frame.scope)
    return None if made is None else (ClassValue(made),)


def _partial(run: Running, args: Arguments) -> tuple[PartialValue, ...] | None:
    if not args.positional:
        return None
    return (PartialValue(args.positional[0], args.dropping()),)


def _partial_method(run: Running, args: Arguments) -> Values | None:
    return tuple(replace(made, is_method=True) for made in _partial(run, args) or ())


def _static(run: Running, args: Arguments) -> Values:
    return tuple(
        replace(value, definition=replace(value.definition, wrapped=frozenset({"staticmethod"})))
        if isinstance(value, FunctionValue)
        else value
        for value in args.value(0)
    )


def _namespace(run: Running, args: Arguments) -> Values:
    instance = ObjectValue("call", is_created=True)
    for name, values in args.named.items():
        run.keep(instance, name, values)
    return (instance,)


def _replaced(run: Running, args: Arguments) -> Values | None:
    """`dataclasses.replace(value, …)`."""
    if not args.positional:
        return None
    return tuple(_with(run, value, args.named) for value in args.positional[0])


def _with(run: Running, value: Value, fields: dict[str, Values]) -> Value:
    if not isinstance(value, ObjectValue) or not value.is_created:
        return value
    copy = replace(value)
    for name, values in {**run.held(value), **fields}.items():
        run.keep(copy, name, values)
    return copy


# --- what is called later, or elsewhere ----------------------------------------------------------------


def _finalize(run: Running, args: Arguments) -> Values | None:
    """`weakref.finalize(object, function, …)`."""
    if len(args.positional) < 2:
        return None
    values, function, *_ = args.positional
    later = PartialValue(function, args.dropping(2))
    run.later.mortal.update(
        (value, later)
        for value in values
        if isinstance(value, ObjectValue) and value.is_created and value.module_class is None
    )
    return (later,)


def _thread(run: Running, args: Arguments) -> Values:
    """`Thread(…, target)` or `Timer(…, function)`, which call that with what they are given."""
    thread = ObjectValue("call", is_created=True)
    target = args.named.get("target") or args.named.get("function") or args.value(1)
    given = exact_items(run, args.named.get("args") or args.value(2)) or ()
    later = PartialValue(
        target, replace(args.only(*given), named=keyed_items(run, args.named.get("kwargs", ())))
    )
    for name in ("start", "run"):
        run.keep(thread, name, (later,))
    return (thread,)


def _to_thread(run: Running, args: Arguments) -> Values | None:
    return run.call(args.positional[0], args.dropping()) if args.positional else None


LIBRARY: dict[str, Model] = {
    **dict.fromkeys(library.FORWARDING, _first),
    **dict.fromkeys(library.NAMESPACES, _namespace),
    **dict.fromkeys(library.NAMED_TUPLES, _named_tuple),
    "asyncio.to_thread": _to_thread,
    "builtins.staticmethod": _static,
    "dataclasses.replace": _replaced,
    "functools.partial": _partial,
    "functools.partialmethod": _partial_method,
    "threading.Thread": _thread,
    "threading.Timer": _thread,
    "weakref.finalize": _finalize,
}
