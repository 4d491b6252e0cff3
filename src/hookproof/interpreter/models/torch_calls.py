"""Calls of torch that matter by themselves: registrations, utilities that change modules, entry points."""

from __future__ import annotations

from hookproof.interpreter.hooks import hooks_of
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.listener import Entering, Listener
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.registering import register
from hookproof.interpreter.registrations import hook_argument, receiver_form
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import (
    HOOK_TABLES,
    ConstantValue,
    Frame,
    FunctionValue,
    HandleValue,
    Hook,
    HooksValue,
    PartialValue,
    RegisteredValue,
    ScriptValue,
    Values,
    union,
)
from hookproof.syntax import ir
from hookproof.worlds.world import EntryPoint, World

Keywords = dict[str, Values]


def registered(
    listener: Listener,
    receiver: ObjectValue | ScriptValue | None,
    api: str,
    node: ir.Call,
    args: list[Values],
    keywords: Keywords,
    frame: Frame,
    *,
    is_unbound: bool = False,
) -> Values:
    """Carry out a registration; return its handle."""
    if not args and not keywords:
        return ()
    values = args[0] if args else keywords.get("hook", ())
    hooks = hooks_of(
        values, frame.place(hook_argument(node, is_unbound=is_unbound)), listener.progress.project
    )
    options = {
        argument.keyword: argument.value
        for argument in node.args
        if argument.keyword is not None and argument.keyword != "hook"
    }
    registration = Registration(
        api,
        frame.place(node),
        node,
        receiver_form(receiver, node, is_unbound=is_unbound),
        options,
        function=frame.function,
    )
    return (register(listener, receiver, registration, hooks, is_unbound=is_unbound),)


def put_into(listener: Listener, table: HooksValue, values: Values, node: ir.Expr, frame: Frame) -> None:
    """Carry out `m._forward_hooks[key] = hook`, or `update` with the table of another module."""
    place = frame.place(node)
    taken = tuple(hook for value in values if isinstance(value, RegisteredValue) for hook in value.hook.hooks)
    given = tuple(value for value in values if isinstance(value, (FunctionValue, PartialValue)))
    hooks = (*taken, *(hooks_of(given, place, listener.progress.project) if given else ()))
    if hooks:
        api = f"register{HOOK_TABLES[table.name]}"
        registration = Registration(api, place, None, table.owner.form, {}, function=frame.function)
        register(listener, table.owner, registration, hooks)


def utility_called(
    listener: Listener, qualname: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
) -> Values:
    """Carry out a function of torch.nn.utils that puts a hook object or a parametrization on a module."""
    receivers = args[0] if args else keywords.get("module", ())
    place = frame.place(node)
    for receiver in receivers:
        if isinstance(receiver, ObjectValue) and is_removal(qualname):
            hooks = listener.progress.state.of(receiver).hooks
            if is_loop_element(receiver):
                hooks = listener.progress.state.hooks_within(loop_root(receiver))
            for live in hooks:
                if live.registration.api in listener.progress.project.facts.legacy_utilities:
                    listener.progress.remove(HandleValue(live), place)
        elif (
            isinstance(receiver, ObjectValue)
            and listener.progress.project.facts.legacy_utilities[qualname].installs != "none"
        ):
            registration = Registration(qualname, place, node, receiver_form(receiver, node, is_unbound=True))
            register(listener, receiver, registration, (Hook("callable object", place),))
    return receivers


def entered(
    listener: Listener,
    call: tuple[World, EntryPoint],
    node: ir.Call,
    args: list[Values],
    keywords: Keywords,
    frame: Frame,
) -> Values | None:
    """Carry out an entry point; return what it gives, None where that is as for any other call."""
    world, point = call
    given: Values = ()
    if point.argument is not None and len(args) > point.argument:
        given = args[point.argument]
    elif point.argument is not None:
        given = union(*(keywords.get(name, ()) for name in point.keywords))
    entering = Entering(world, point, given, tuple(args), keywords, node, frame.place(node))
    is_choice = sum(not isinstance(value, ConstantValue) for value in given) > 1
    listener.progress.choices += is_choice
    result = listener.entered(entering)
    listener.progress.choices -= is_choice
    return result


def is_removal(qualname: str) -> bool:
    """Return whether a function of torch takes off what a utility put on a module."""
    owner, _, name = qualname.rpartition(".")
    return owner.startswith("torch.nn.utils") and "remove" in name
