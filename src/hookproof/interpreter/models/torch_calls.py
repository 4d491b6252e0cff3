"""Calls of torch that matter by themselves: registrations, utilities that change modules, entry points."""

from __future__ import annotations

from hookproof.classes.module_classes import module_class_of
from hookproof.facts.entries import PRUNING, PRUNING_SUFFIXES, UTILITY_SUFFIXES
from hookproof.interpreter.domain import Arguments, Values, union
from hookproof.interpreter.hooks import hooks_of
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ConstantValue, ContainerValue
from hookproof.interpreter.registering import register
from hookproof.interpreter.registrations import hook_argument, receiver_form
from hookproof.interpreter.running import Running
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import HandleValue, Hook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import External
from hookproof.worlds.world import EntryPoint, World


def registered(
    run: Running,
    receiver: ObjectValue | ScriptValue | None,
    api: str,
    args: Arguments,
    *,
    is_unbound: bool = False,
) -> Values:
    """Carry out a registration; return its handle."""
    if not args.each():
        return ()
    node, frame = args.node, args.frame
    location = frame.location(hook_argument(node, is_unbound=is_unbound))
    hooks = hooks_of(args.value(0, "hook"), location, run.project)
    options = {
        argument.keyword: argument.value
        for argument in node.args
        if argument.keyword is not None and argument.keyword != "hook"
    }
    form = receiver_form(receiver, node, is_unbound=is_unbound)
    if form == "local" and run.progress.turning and receiver is not None:
        form = run.progress.looped.get(receiver, form)
    registration = Registration(api, args.location, node, form, options, function=frame.function)
    return (register(run.listener, receiver, registration, hooks, is_unbound=is_unbound),)


def registered_unbound(run: Running, api: str, args: Arguments) -> Values:
    """Carry out `nn.Module.register_forward_hook(module, hook)`."""
    rest = args.dropping()
    return union(
        *(
            registered(run, receiver, api, rest, is_unbound=True)
            for receiver in args.value(0)
            if isinstance(receiver, (ObjectValue, ScriptValue))
        )
    )


# --- utilities of torch.nn.utils -----------------------------------------------------------------------


def utility_called(run: Running, qualname: str, args: Arguments) -> Values:
    """Carry out what puts a hook object or a parametrization on a module."""
    utility = run.project.facts.legacy_utilities[qualname]
    if utility.takes_pairs:
        pairs = args.value(0, "parameters")
        _installed(run, qualname, _of_pairs(run, pairs, 0), args, _of_pairs(run, pairs, 1))
        return ()
    receivers = args.value(0, "module")
    if utility.installs != "none":
        _installed(run, qualname, receivers, args)
    return receivers


def pruned(run: Running, args: Arguments) -> Values:
    """Carry out `PruningMethod.apply(module, name)`, of a method of torch or one derived from it."""
    _installed(run, f"{PRUNING}custom_from_mask", args.value(0, "module"), args)
    return ()


def _installed(
    run: Running, qualname: str, receivers: Values, args: Arguments, tensors: Values | None = None
) -> None:
    if tensors is None:
        tensors = args.value(1, "name", "tensor_name") or (ConstantValue("weight"),)
    gives = _given(run, qualname, tensors)
    for receiver in receivers:
        if isinstance(receiver, ObjectValue):
            form = receiver_form(receiver, args.node, is_unbound=True)
            registration = Registration(qualname, args.location, args.node, form, gives=gives)
            register(run.listener, receiver, registration, (Hook("callable object", args.location),))


def _given(run: Running, qualname: str, tensors: Values) -> frozenset[str]:
    """Return the attributes that a module has for what a utility has done to these tensors of it."""
    utility = run.project.facts.legacy_utilities.get(qualname)
    if utility is not None and utility.installs == "parametrization":
        return frozenset({"parametrizations"})
    suffixes = UTILITY_SUFFIXES.get(qualname.rpartition(".")[2], PRUNING_SUFFIXES)
    names = {each.value for each in tensors if isinstance(each, ConstantValue)}
    return frozenset(f"{name}{suffix}" for name in names for suffix in suffixes)


def _of_pairs(run: Running, pairs: Values, index: int) -> Values:
    """Return the modules, or the names, of pairs of modules and names."""
    elements = union(*(each.elements(run) for each in pairs if isinstance(each, ContainerValue)))
    held = (run.progress.state.now(each).items for each in elements if isinstance(each, ContainerValue))
    return union(*(items[index] for items in held if len(items) > index))


def utility_removed(run: Running, args: Arguments) -> Values:
    """Carry out what takes off what a utility has put on a module."""
    receivers = args.value(0, "module")
    for receiver in receivers:
        if isinstance(receiver, ObjectValue):
            hooks = run.progress.state.of(receiver).hooks
            if is_loop_element(receiver):
                hooks = run.progress.state.hooks_within(loop_root(receiver))
            utilities = run.project.facts.legacy_utilities
            for live in hooks:
                if live.registration.api in utilities:
                    run.progress.remove(HandleValue(live), args.location)
            for live in run.progress.hooks_of_loops(receiver):
                if live.registration.api in utilities:
                    run.progress.lose(HandleValue(live))
    return receivers


# --- entry points --------------------------------------------------------------------------------------


def entered(run: Running, entry: tuple[World, EntryPoint], args: Arguments) -> Values | None:
    """Carry out an entry point; return what it gives, None where that is as for any other call."""
    world, point = entry
    given = args.value(point.argument, *point.keywords) if point.argument is not None else ()
    entering = Entering(world, point, given, args.positional, args.named, args.node, args.location)
    is_choice = sum(not isinstance(value, ConstantValue) for value in given) > 1
    run.progress.choices += is_choice
    found = run.listener.entered(entering)
    run.progress.choices -= is_choice
    return found


# --- modules of torch.nn -------------------------------------------------------------------------------


def torch_module(run: Running, qualname: str, args: Arguments) -> Values | None:
    """Make a module of a class of torch, with the modules that it is given; None where it is none."""
    cls = module_class_of(External(qualname), run.project)
    return (_made(run, cls, args),) if cls is not None else None


def _made(run: Running, cls: ModuleClass, args: Arguments) -> ObjectValue:
    groups = list(args.positional)
    is_numbered = (
        cls.numbers_children and not args.is_open and all(_are_modules(run, each) for each in groups)
    )
    instance = ObjectValue("call", cls, is_created=True, is_numbered=is_numbered)
    given = [value for value in groups[0] if isinstance(value, ContainerValue)] if len(groups) == 1 else []
    if given:
        given = [value.now(run) for value in given]
        groups = [item for value in given if not value.keyed for item in value.items]
    for container in given:
        for name, values in container.keyed.items():
            run.keep(instance, str(name), values)
    if args.positional and cls.qualname.endswith("DataParallel"):
        run.keep(instance, "module", args.positional[0])
    for index, values in enumerate([*groups, *args.named.values()]):
        kept = tuple(value for value in values if isinstance(value, (ObjectValue, ScriptValue)))
        if kept:
            run.keep(instance, str(index), kept)
    return instance


def _are_modules(run: Running, values: Values) -> bool:
    """Return whether these are certainly modules, or a list or dict of which all is known to be modules."""
    if not values:
        return False
    for value in values:
        held = value.now(run) if isinstance(value, ContainerValue) else None
        if held is not None and not (held.is_exact and all(_are_modules(run, item) for item in held.items)):
            return False
        is_module = isinstance(value, ObjectValue) and value.module_class is not None
        if held is None and not is_module and not isinstance(value, ScriptValue):
            return False
    return True
