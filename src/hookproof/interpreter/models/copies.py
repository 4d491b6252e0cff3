"""Copies of modules, in memory or through a file: which hooks they have."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from hookproof.interpreter.domain import Arguments, Value, Values, only
from hookproof.interpreter.models.rows import Model
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue

_PICKLES = ("cloudpickle", "dill", "pickle")


def copied(run: Running, value: Value) -> Value:
    """Return a copy, which has the hooks that its original has by then."""
    if isinstance(value, ScriptValue):
        return replace(value, is_reloaded=True) if value.how == "trace" else replace(value)
    if isinstance(value, ObjectValue):
        copy, known = replace(value), run.progress.state.of(value)
        # The handles are those of the original's hooks.
        hooks = tuple(replace(live, receiver=copy) for live in known.hooks)
        run.progress.state.objects[copy] = replace(known, hooks=hooks, copies=())
        return copy
    return value


def _deepcopy(run: Running, args: Arguments) -> Values | None:
    return tuple(copied(run, value) for value in args.positional[0]) if args.positional else None


def _saved(position: int, run: Running, args: Arguments) -> Values:
    """Put an object with its hooks into the argument at a position; itself stands for what is returned."""
    key = only(args.value(position, "f"))
    if key is not None and args.positional:
        run.later.kept[key] = args.positional[0]
    return args.value(0) if position == 0 else ()


def _loaded(run: Running, args: Arguments) -> Values:
    key = only(args.value(0, "f"))
    kept = run.later.kept.get(key, ()) if key is not None else ()
    return tuple(copied(run, value) for value in kept)


COPIES: dict[str, Model] = {
    "copy.deepcopy": _deepcopy,
    "torch.load": _loaded,
    "torch.save": partial(_saved, 1),
    **{f"{module}.dump": partial(_saved, 1) for module in _PICKLES},
    **{f"{module}.dumps": partial(_saved, 0) for module in _PICKLES},
    **{f"{module}.{name}": _loaded for module in _PICKLES for name in ("load", "loads")},
}
