"""Copies of modules, in memory or through a file: which hooks they have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from hookproof.interpreter.domain import Arguments, Value, Values, only
from hookproof.interpreter.models.rows import Model
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.state import State
from hookproof.interpreter.values import Hook, ScriptValue

_PICKLES = ("cloudpickle", "dill", "pickle")


def copied(run: Running, value: Value) -> Value:
    """Return a copy, which has the hooks that its original has by then, on itself and on its parts."""
    if isinstance(value, ScriptValue):
        return replace(value, is_reloaded=True) if value.how == "trace" else replace(value)
    return copied_with_parts(run.progress.state, value) if isinstance(value, ObjectValue) else value


def copied_with_parts(state: State, value: ObjectValue) -> ObjectValue:
    """Return a copy with copies of all parts: what is done to those of either is not done to the other's."""
    members = state.members(value)
    parts = [
        other
        for other in state.objects
        if isinstance(other, ObjectValue) and any(other.is_within(member) for member in members)
    ]
    copies: dict[Value, ObjectValue] = {}

    def copy(part: ObjectValue) -> ObjectValue:
        if part not in copies:
            is_inside = part.parent is not None and any(part.parent.is_within(each) for each in members)
            parent = copy(part.parent) if is_inside and part.parent is not None else part.parent
            copies[part] = replace(part, parent=parent)
        return copies[part]

    for part in dict.fromkeys((*members, *parts)):
        copy(part)
    for original, made in list(copies.items()):
        known = state.of(original)
        attributes: dict[str, Values] = {
            name: tuple(copies.get(held, held) for held in values)
            for name, values in known.attributes.items()
        }
        # The handles are those of the original's hooks.
        hooks = tuple(
            replace(live, receiver=made, hooks=tuple(_bound_anew(hook, copies) for hook in live.hooks))
            for live in known.hooks
        )
        state.objects[made] = replace(known, hooks=hooks, attributes=attributes, copies=())
    return copies[value]


def _bound_anew(hook: Hook, copies: Mapping[Value, ObjectValue]) -> Hook:
    """Return the hook of a copy: a method of the copy where it was one of the original."""
    owner = copies.get(hook.bound_self) if hook.bound_self is not None else None
    given = tuple(tuple(copies.get(each, each) for each in values) for values in hook.given)
    return replace(hook, bound_self=owner or hook.bound_self, given=given) if owner or given else hook


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
