"""Calls of functions of other packages that put hooks on the model they are given."""

from __future__ import annotations

from hookproof.facts.installers import Installer, Option, installers_of, removed_by
from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ContainerValue, ExternalValue, literal_of
from hookproof.interpreter.registering import register
from hookproof.interpreter.registrations import receiver_form
from hookproof.interpreter.running import Running
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import HandleValue, Hook, ScriptValue


def install(run: Running, qualname: str, args: Arguments) -> Values:
    """Carry out what a function does that puts hooks on a model, or takes them off again.

    Return what a class gives that does so later.
    """
    later: list[tuple[Installer, ObjectValue | ScriptValue]] = []
    for installer in installers_of(qualname):
        if _is_asked(installer, args):
            for model in _models(run, args.value(installer.position, installer.keyword)):
                if installer.methods:
                    later.append((installer, model))
                else:
                    _install(run, installer, model, args)
    others = removed_by(qualname)
    for model in _models(run, args.value(0, "models", "model")) if others else ():
        hooks = run.progress.state.hooks_within(model) if isinstance(model, ObjectValue) else ()
        for live in hooks:
            if live.registration.api in others:
                run.progress.remove(HandleValue(live), args.location)
    if not later:
        return ()
    made = run.element(ExternalValue(qualname), f"{args.location.path}:{args.node.at}", "call")
    run.later.installing[made] = later
    return (made,)


def install_later(run: Running, owner: ObjectValue, name: str, args: Arguments) -> None:
    """Carry out what a method does of an object that puts hooks on the models it was given."""
    for installer, model in run.later.installing.get(owner, ()):
        if name in installer.methods:
            _install(run, installer, model, args)


def _models(run: Running, given: Values) -> tuple[ObjectValue | ScriptValue, ...]:
    """Return the models among what is given: one, or those of a list."""
    models: list[ObjectValue | ScriptValue] = []
    for value in given:
        inside = value.elements(run) if isinstance(value, ContainerValue) else (value,)
        models += (each for each in inside if isinstance(each, (ObjectValue, ScriptValue)))
    return tuple(models)


def _is_asked(installer: Installer, args: Arguments) -> bool:
    """Return whether the arguments are those with which it installs its hooks."""
    return not installer.options or any(_holds(option, args) for option in installer.options)


def _holds(option: Option, args: Arguments) -> bool:
    positional = args.positional
    is_given = option.keyword in args.named or (
        option.position is not None and len(positional) > option.position
    )
    if not is_given:
        return option.by_default and not any(argument.star for argument in args.node.args)
    given = args.value(len(positional) if option.position is None else option.position, option.keyword)
    return literal_of(given) in option.values


def _install(run: Running, installer: Installer, model: ObjectValue | ScriptValue, args: Arguments) -> None:
    progress = run.progress
    if isinstance(model, ScriptValue) and (installer.for_whole is None or model.is_traced):
        return
    source = model.source if isinstance(model, ScriptValue) else model
    is_sure = not installer.asks_surroundings
    if installer.only_on_parts and (source is None or not progress.state.has_children(source)):
        if source is not None and source.module_class is not None:
            return
        is_sure = False
    progress.choices += not is_sure
    _registered(run, installer, model, args)
    if isinstance(model, ObjectValue) and installer.for_part is not None:
        for part in list(progress.state.scripts_within(model)):
            progress.looped[part] = "loop"
            progress.turning += 1
            _registered(run, installer, part, args)
            progress.turning -= 1
    progress.choices -= not is_sure


def _registered(
    run: Running, installer: Installer, receiver: ObjectValue | ScriptValue, args: Arguments
) -> None:
    form = receiver_form(receiver, args.node, is_unbound=True)
    registration = Registration(installer.name, args.location, args.node, form, function=args.frame.function)
    hook = Hook("unknown", args.location)
    handle = register(run.listener, receiver, registration, (hook,))
    if not installer.leaves_hooks:
        run.progress.remove(handle, args.location)
