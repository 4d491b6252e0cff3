"""What lies outside the project: a row for each builtin and library function that hands its arguments along.

A row is given the run and the arguments, records what the call does to the module, and returns what it gives.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hookproof.evaluator.builtin_models import (
    ATTRIBUTE_USES,
    Model,
    attribute_row,
    isinstance_row,
    passing,
    str_row,
    super_row,
    type_row,
    whole_row,
)
from hookproof.evaluator.contents import Entries, Key
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Value
from hookproof.evaluator.guard_words import PYTHON
from hookproof.evaluator.iteration import (
    SHARED,
    dict_row,
    exhausting,
    filter_row,
    iter_row,
    keyed,
    lazily,
    listing,
    map_row,
    next_row,
    reduce_row,
    starmap_row,
)
from hookproof.evaluator.made_containers import ContainerValue
from hookproof.evaluator.objects import ClassValue, ObjectValue
from hookproof.evaluator.tracked import ModuleValue
from hookproof.evaluator.values import (
    CallableValue,
    Entered,
    Native,
    PartialValue,
    in_python,
)
from hookproof.facts import library
from hookproof.semantic.fields import named_tuple
from hookproof.syntax import ir

# --- callables that are made ---------------------------------------------------------------------------


def _partial(run: Evaluator, args: Arguments) -> Value | None:
    """`partial(…)`, which may never be called: what is fixed by then is followed where it is made."""
    if not args.positional or "func" in args.named:
        return passing(run, args)
    made = PartialValue(args.value(0), args.dropping())
    run.passed_on(made.given)
    bare = Arguments(ir.Call(args.node.at, args.node.func, ()), args.frame)
    made.call(run, bare)
    return made


# --- what holds a value, or is one ---------------------------------------------------------------------


def _proxy(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return in_python(args.value(0))


def _copy(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    first = args.value(0)
    if isinstance(first, ModuleValue):
        return first.in_python().under("copy")
    return in_python(run.containers.copied(first)) if isinstance(first, ContainerValue) else None


def _entering(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return Entered(in_python(args.value(0, "enter_result")))


def _namespace(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    if args.is_open or args.positional:
        return None
    fields: dict[Key, Value | None] = {f".{name}": in_python(given) for name, given in args.named.items()}
    return ObjectValue(run.allocate(Entries(fields)))


def _replaced(run: Evaluator, args: Arguments) -> Value | None:
    """`dataclasses.replace(o, name=…)`."""
    run.passed_on(args)
    first = args.value(0)
    content = run.state.heap.get(first.ref) if isinstance(first, ObjectValue) else None
    if not isinstance(first, ObjectValue) or not isinstance(content, Entries) or args.is_open:
        return None
    for name, given in args.named.items():
        content = content.having(f".{name}", in_python(given))
    return replace(first, ref=run.allocate(content))


def _stack(run: Evaluator, args: Arguments) -> Value | None:
    return _Stack()


class _Stack(Value, frozen=True):
    """`contextlib.ExitStack()`."""

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the method that enters context managers."""
        return Native(_enter_context, self) if name == "enter_context" else None

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Give itself."""
        return self


def _enter_context(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    manager = args.value(0)
    return None if manager is None else manager.entered(run, Access(args.node, args.frame))


def _pool(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return _Pool()


class _Pool(Value, frozen=True):
    """A pool of threads, which calls functions in this process."""

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the methods that call functions."""
        return Native(_POOL_METHODS[name], self) if name in _POOL_METHODS else None

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Give itself."""
        return self


def _named_tuple(run: Evaluator, args: Arguments) -> Value | None:
    made = named_tuple(args.node, args.frame.scope)
    return None if made is None else ClassValue(made)


class _Future(Value, frozen=True):
    """What a call in a pool comes to."""

    value: Value | None

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the method that waits for it."""
        is_asked = name in {"result", "get"}
        return CallableValue(lambda _: self.value, (self.value,)) if is_asked else None


def _submit(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    with run.under(PYTHON):
        return _Future(in_python(run.call(args.value(0), args.dropping())))


def _pool_map(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    return map_row(run, args)


_POOL_METHODS: dict[str, Callable[[Evaluator, Value, Arguments], Value | None]] = {
    "submit": _submit,
    "map": _pool_map,
}


# --- tables --------------------------------------------------------------------------------------------

_WHOLE = ("vars", "repr", "len", "callable", "dir", "bool", "hash", "id", "print", "format")


_LAZY = ("builtins.enumerate", "builtins.reversed", "builtins.zip", "itertools.chain", "itertools.islice")

MODELS: dict[str, Model] = {
    **SHARED,
    **{name: lazily(SHARED[name]) for name in _LAZY},
    **{name: listing(SHARED[name]) for name in ("builtins.list", "builtins.tuple")},
    **{name: keyed(SHARED[name]) for name in ("builtins.max", "builtins.min", "builtins.sorted")},
    **dict.fromkeys(("builtins.all", "builtins.any", "builtins.sum"), exhausting),
    **{f"builtins.{name}": whole_row(name) for name in _WHOLE},
    **dict.fromkeys(library.NAMESPACES, _namespace),
    **dict.fromkeys(library.NAMED_TUPLES, _named_tuple),
    **dict.fromkeys(library.STACKS, _stack),
    **dict.fromkeys(library.THREAD_POOLS, _pool),
    **{f"builtins.{name}": attribute_row(name) for name in ATTRIBUTE_USES},
    "builtins.str": str_row,
    "builtins.type": type_row,
    "builtins.isinstance": isinstance_row,
    "builtins.super": super_row,
    "builtins.iter": lazily(iter_row),
    "builtins.next": next_row,
    "builtins.dict": dict_row,
    "builtins.map": lazily(map_row),
    "builtins.filter": lazily(filter_row),
    "collections.OrderedDict": dict_row,
    "contextlib.closing": _entering,
    "contextlib.nullcontext": _entering,
    "copy.copy": _copy,
    "copy.deepcopy": _copy,
    "dataclasses.replace": _replaced,
    "functools.partial": _partial,
    "functools.reduce": reduce_row,
    "itertools.starmap": starmap_row,
    "weakref.proxy": _proxy,
}
