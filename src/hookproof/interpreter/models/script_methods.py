"""Methods of script modules: a row for each that gives something of interest; worlds hear of them all."""

from __future__ import annotations

from functools import partial

from hookproof.evaluator.contents import Entries
from hookproof.facts.entries import SELF_RETURNING_METHODS
from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.instances.current_class import current_class
from hookproof.interpreter.models.rows import Method
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN
from hookproof.interpreter.plain import ConstantValue, ContainerValue, iterator, pair, some_of
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue


def _itself(run: Running, owner: ScriptValue, args: Arguments) -> Values:
    return (owner,)


def _called(run: Running, owner: ScriptValue, args: Arguments) -> Values:
    run.listener.called(owner, args.node, args.location)
    return ()


def _members(reached: str, run: Running, owner: ScriptValue, args: Arguments) -> Values:
    each = (owner.child(run, reached),)
    if not has_no_parts(run, owner):
        return some_of(each)
    return iterator(each) if reached == ALL_MODULES else iterator()


def _named_members(reached: str, run: Running, owner: ScriptValue, args: Arguments) -> Values:
    each = (owner.child(run, reached),)
    if not has_no_parts(run, owner):
        return some_of((pair((), each),))
    return iterator((pair((ConstantValue(""),), each),)) if reached == ALL_MODULES else iterator()


def has_no_parts(run: Running, owner: ScriptValue, *, kinds: frozenset[str] = frozenset()) -> bool:
    """Return whether what it was made from certainly has no parts, and no attributes of these kinds."""
    state, source = run.progress.state, owner.source
    cls = current_class(state, source) if source is not None else None
    if source is None or cls is None or not cls.is_complete or state.has_children(source):
        return False
    return all(fact.kind not in kinds for fact in cls.attributes().values())


def _parameters(run: Running, owner: ScriptValue, args: Arguments) -> Values | None:
    return iterator() if has_no_parts(run, owner, kinds=frozenset({"parameter"})) else None


def _state_dict(run: Running, owner: ScriptValue, args: Arguments) -> Values | None:
    is_empty = has_no_parts(run, owner, kinds=frozenset({"buffer", "parameter"}))
    return (ContainerValue("dict", Entries()),) if is_empty else None


def _apply(run: Running, owner: ScriptValue, args: Arguments) -> Values | None:
    if not args.positional:
        return None
    run.call(args.positional[0], args.only((owner.child(run, ALL_MODULES),)))
    return (owner,)


def _get_submodule(run: Running, owner: ScriptValue, args: Arguments) -> Values:
    return (owner.child(run, "[]"),)


SCRIPT_METHODS: dict[str, Method[ScriptValue]] = {
    **dict.fromkeys(SELF_RETURNING_METHODS, _itself),
    "children": partial(_members, CHILDREN),
    "modules": partial(_members, ALL_MODULES),
    **dict.fromkeys(("named_parameters", "parameters"), _parameters),
    "state_dict": _state_dict,
    "named_children": partial(_named_members, CHILDREN),
    "named_modules": partial(_named_members, ALL_MODULES),
    "__call__": _called,
    "apply": _apply,
    "get_submodule": _get_submodule,
}


def call_script_method(run: Running, owner: ScriptValue, name: str, args: Arguments) -> Values:
    """Carry out a method of a script module."""
    if name != "__call__":
        run.listener.used(owner, name, args.location, args.value(0, "f"))
    row = SCRIPT_METHODS.get(name)
    return row(run, owner, args) or () if row is not None else ()
