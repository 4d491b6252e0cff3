"""Methods of objects, modules above all: a row for each that is known whatever class the object is of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from msgspec.structs import replace

from hookproof.evaluator.contents import Items
from hookproof.facts.entries import SELF_RETURNING_METHODS
from hookproof.interpreter.domain import Arguments, Value, Values, union
from hookproof.interpreter.instances.modes import MODE_METHODS
from hookproof.interpreter.instances.parts_in_order import MAX_ORDERED, Named, Part, scripted_parts
from hookproof.interpreter.members import SETTING_METHODS, set_item, set_named, take_out
from hookproof.interpreter.models.installers import install_later
from hookproof.interpreter.models.parameters import PARAMETER_METHODS
from hookproof.interpreter.models.pools import HANDING_OVER, applied
from hookproof.interpreter.models.processes import PROCESS_METHODS
from hookproof.interpreter.models.rows import Method, hand_out, hand_over
from hookproof.interpreter.models.torch_calls import entered
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, FunctionValue, ObjectValue
from hookproof.interpreter.plain import (
    ConstantValue,
    ContainerValue,
    NameValue,
    PartialValue,
    exact_items,
    iterator,
    literal_of,
    pair,
    some_of,
    text_of,
)
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.worlds import registry


def _itself(run: Running, owner: ObjectValue, args: Arguments) -> Values:
    return (owner,)


def _mode(name: str, run: Running, owner: ObjectValue, args: Arguments) -> Values:
    """`module.eval()` and its like."""
    mode, default = MODE_METHODS[name]
    given = literal_of(args.value(0, "mode", "requires_grad")) if args.each() else default
    run.progress.set_mode(owner, mode, given if isinstance(given, bool) else None)
    return (owner,)


def _called(run: Running, owner: ObjectValue, args: Arguments) -> Values:
    """`owner(…)`."""
    if owner.definition is not None and owner.module_class is None:
        found = owner.special(run, "__call__", args)
        if found is not None:
            return found
    run.progress.given = args.each()
    run.listener.called(owner, args.node, args.location)
    run_forward(run, owner, args)
    if owner.parent is not None and owner.form == "attribute":
        return run.call_method(owner.parent, owner.name, args)
    hand_over(run, args)
    return (run.element(owner, f"(){args.node.at}", "call"),)


def run_forward(run: Running, owner: ObjectValue, args: Arguments) -> None:
    """Run `forward` of the modules in a model that was made here, where it meets hooks or entry points."""
    for module in run.progress.state.members(owner) if owner.is_created else ():
        cls = module.definition if module.module_class is not None else None
        forward = run.project.member(cls, "forward") if cls is not None else None
        if not isinstance(forward, FunctionDefinition):
            continue
        if run.relevance.has_role(forward.block_index, forward.scope.file):
            given = args if module is owner else replace(args.only(), is_open=True)
            FunctionValue(forward, bound_self=module).call(run, given)


# --- the modules in a model ----------------------------------------------------------------------------


def _members(reached: str, run: Running, owner: ObjectValue, args: Arguments) -> Values:
    known = _in_order(run, owner, reached)
    if known is not None:
        return iterator(*((part,) for _, part in known))
    scripted = ((part,) for _, part in _scripted(run, owner, reached))
    return _some_members(run, owner, reached, (run.element(owner, reached, "loop"),), *scripted)


def _named_members(reached: str, run: Running, owner: ObjectValue, args: Arguments) -> Values:
    is_given = len(args.positional) > 1 or "prefix" in args.named
    prefix = text_of(args.value(1, "prefix")) if is_given else ""

    def named(path: str | None, part: ScriptValue | ObjectValue) -> Values:
        name = None if path is None or prefix is None else ".".join(filter(None, (prefix, path)))
        return (pair((ConstantValue(name),) if name is not None else (), (part,)),)

    known = _in_order(run, owner, reached)
    if known is not None:
        return iterator(*(named(path, part) for path, part in known))
    element = run.element(owner, reached, "loop")
    scripted = (named(path, part) for path, part in _scripted(run, owner, reached))
    return _some_members(run, owner, reached, (pair((NameValue(element, prefix),), (element,)),), *scripted)


def _in_order(run: Running, owner: ObjectValue, reached: str) -> Sequence[Named] | None:
    """Return what a model that is known as a whole hands out, the parts of its script modules included."""
    known = run.in_order(owner, reached)
    if known is None or reached != ALL_MODULES:
        return known
    found = [*chain.from_iterable(_with_inner(run, path or "", part) for path, part in known)]
    if len(found) > MAX_ORDERED:
        return known
    run.progress.looped.update((part, "loop") for _, part in found)
    return found


def _with_inner(run: Running, path: str, part: Part) -> Iterator[Named]:
    """Yield a module and, of a script module, those that it was made with: freezing takes them away."""
    yield path, part
    if isinstance(part, ScriptValue) and part.source is not None and not part.is_frozen:
        for inner, _ in run.in_order(part.source, ALL_MODULES) or ():
            child = part
            for name in inner.split(".") if inner else ():
                child = child.child(run, name)
            if child is not part:
                yield f"{path}.{inner}", child


def _some_members(run: Running, owner: ObjectValue, reached: str, *groups: Values) -> Values:
    """Return an iterator over modules of which not all are known, but perhaps that there is one."""
    is_there = reached == ALL_MODULES or (owner.is_created and run.progress.state.has_children(owner))
    return (ContainerValue("iterator", Items(groups[:1] if is_there else (), True, groups)),)


def _scripted(run: Running, owner: ObjectValue, reached: str) -> list[tuple[str | None, ScriptValue]]:
    """Return the parts of a model that is not known as a whole that are told from the others."""
    found = list(scripted_parts(run.progress.state, owner, reached))
    run.progress.come_upon([part for _, part in found], reached, "loop")
    return found


def _items(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    if args.positional:
        return None
    known = _in_order(run, owner, CHILDREN) if _is_container(owner) else None
    if known is not None:
        return iterator(*((pair((ConstantValue(name),), (part,)),) for name, part in known))
    return some_of((pair((), owner.elements(run)),))


def _values(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    if args.positional:
        return None
    known = _in_order(run, owner, CHILDREN) if _is_container(owner) else None
    return some_of(owner.elements(run)) if known is None else iterator(*((part,) for _, part in known))


def _is_container(owner: ObjectValue) -> bool:
    return owner.module_class is not None and owner.module_class.is_container


def _apply(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """`model.apply(function)`, or that of a pool."""
    found = applied(False, run, owner, args)
    if found is not None:
        return found
    if not any(_is_own_callable(run, value) for value in args.value(0)):
        return None
    element = run.element(owner, ALL_MODULES, "apply")
    run.progress.start_loop((element,))
    ordered = _in_order(run, owner, ALL_MODULES)
    known = ordered or [(None, element), *_scripted(run, owner, ALL_MODULES)]
    run.progress.come_upon([part for _, part in known], ALL_MODULES, "apply")
    run.progress.turning += 1
    for _, part in known:
        run.call(args.positional[0], args.only((part,)))
    run.progress.turning -= 1
    return (owner,)


def _is_own_callable(run: Running, value: Value) -> bool:
    """Return whether a value is a function, or an object of the project that is called like one."""
    if not isinstance(value, ObjectValue):
        return isinstance(value, (FunctionValue, PartialValue))
    if value.definition is None or value.module_class is not None:
        return False
    return isinstance(run.project.member(value.definition, "__call__"), FunctionDefinition)


# --- what changes a module -----------------------------------------------------------------------------


def _set(name: str, run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """`module.add_module(name, part)` and its like."""
    if not args.each():
        return None
    set_named(run, (owner,), args.value(0, "name"), args.value(1, SETTING_METHODS[name]))
    return ()


def _set_submodule(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    if not args.each():
        return None
    target, given = args.value(0, "target"), args.value(1, "module")
    paths = [value.value for value in target if isinstance(value, ConstantValue)]
    if len(paths) != 1 or not isinstance(paths[0], str):
        set_named(run, (owner,), target, given)
        return ()
    parent, _, name = paths[0].rpartition(".")
    set_named(run, owner.descendant(run, parent, args.access), (ConstantValue(name),), given)
    return ()


def _get_submodule(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    names = [value.value for value in args.value(0) if isinstance(value, ConstantValue)]
    if len(names) == 1 and isinstance(names[0], str):
        return owner.descendant(run, names[0], args.access)
    return None


def _patched(run: Running, owner: ObjectValue, args: Arguments) -> None:
    """`monkeypatch.setattr(owner, name, value)` of pytest."""
    if len(args.positional) == 3:
        set_named(run, *args.positional)


def _item_set(run: Running, owner: ObjectValue, args: Arguments) -> Values:
    set_item(run, owner, literal_of(args.value(0)), args.value(1))
    return ()


def _item_deleted(run: Running, owner: ObjectValue, args: Arguments) -> Values:
    take_out(run, owner, args.value(0))
    return ()


def _popped(run: Running, owner: ObjectValue, args: Arguments) -> None:
    if owner.module_class is not None and owner.module_class.is_container:
        take_out(run, owner, args.positional[0] if args.positional else (ConstantValue(-1),))


def _filled(name: str, run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """`container.append(part)` and its like, of a container that was made here."""
    if not owner.is_created or not args.positional:
        return None
    if owner.module_class is not None and owner.module_class.is_container:
        given = exact_items(run, args.positional[0]) if name == "extend" else [args.positional[-1]]
        for values in [()] if given is None else given:
            _add_part(run, owner, values, is_last=name != "insert")
    return (owner,)


def _add_part(run: Running, owner: ObjectValue, values: Values, *, is_last: bool) -> None:
    part = tuple(value for value in values if isinstance(value, (ObjectValue, ScriptValue)))
    parts = {key: held for key, held in run.held(owner).items() if key.isdecimal()}
    # Something unknown is a part as well, lest the container be taken to hold only what is known.
    run.keep(owner, str(len(parts)), part or (ObjectValue("call", parent=owner),))
    if not is_last:
        anything = union(*parts.values(), part)
        for key in (*parts, str(len(parts))):
            run.keep(owner, key, anything)


OBJECT_METHODS: dict[str, Method[ObjectValue]] = {
    **HANDING_OVER,
    **dict.fromkeys(SELF_RETURNING_METHODS, _itself),
    **{name: partial(_mode, name) for name in MODE_METHODS},
    **{name: partial(_set, name) for name in SETTING_METHODS},
    **{name: partial(_filled, name) for name in ("append", "extend", "insert")},
    **PARAMETER_METHODS,
    **PROCESS_METHODS,
    "__call__": _called,
    "__delitem__": _item_deleted,
    "__setitem__": _item_set,
    "apply": _apply,
    "children": partial(_members, CHILDREN),
    "get_submodule": _get_submodule,
    "items": _items,
    "modules": partial(_members, ALL_MODULES),
    "named_children": partial(_named_members, CHILDREN),
    "named_modules": partial(_named_members, ALL_MODULES),
    "pop": _popped,
    "set_submodule": _set_submodule,
    "setattr": _patched,
    "values": _values,
}


def call_object_method(run: Running, owner: ObjectValue, name: str, args: Arguments) -> Values:
    """Carry out a method of an object; one about which nothing is known gives an object of its own."""
    install_later(run, owner, name, args)
    entry = registry.method(name)
    found = entered(run, entry, args.led_by((owner,))) if entry is not None else None
    row = OBJECT_METHODS.get(name) if found is None else None
    found = row(run, owner, args) if row is not None else found
    if found is not None:
        return found
    run.listener.used(owner, name, args.location)
    hand_out(run, args)
    return (run.element(owner, f"{name}(){args.node.at}", "call"),)
