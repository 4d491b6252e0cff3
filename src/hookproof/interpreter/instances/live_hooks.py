"""What can be said of a hook on a module, or of a script module, without knowing the state around it."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.state import State
from hookproof.interpreter.values import HandleValue, Hook, LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.effects import statements_of, written_attributes
from hookproof.semantic.endings import returns_in
from hookproof.semantic.expressions import statement_expressions
from hookproof.semantic.location import Location
from hookproof.syntax import ir

Steps = tuple[tuple[Location, str], ...]


def entry_of(copy: ScriptValue) -> Entry:
    """Return the entry point that made a script module."""
    return Entry(copy.api, copy.location, copy.entry_call, copy.is_conditional, copy.assumed)


def steps_made(copy: ScriptValue) -> Steps:
    """Return the evidence of where a script module was made."""
    if copy.how == "annotation":
        return ((copy.location, "annotated as a ScriptModule here"),)
    return ((copy.location, f"made by `{copy.api}` here"),)


def steps_left(entry: Entry) -> Steps:
    """Return the evidence of where eager mode is left."""
    return ((entry.location, f"leaves eager mode here (`{entry.api}`)"),)


def steps_of_class(entry: Entry) -> Steps:
    """Return the evidence of where modules of the same class leave eager mode."""
    return ((entry.location, f"this class leaves eager mode here (`{entry.api}`)"),)


def steps_registered(live: LiveHook) -> Steps:
    """Return the evidence of where a hook was registered."""
    return ((live.registration.location, "registered here"),)


def is_loop_element(receiver: ObjectValue | ScriptValue | None) -> bool:
    """Return whether a receiver stands for every module of a model."""
    return isinstance(receiver, ObjectValue) and receiver.form in {"loop", "apply"}


def loop_element(receiver: ObjectValue) -> ObjectValue:
    """Return the element of a loop as the loop gives it, before a test showed its class."""
    value = receiver
    while value.narrowed and value.parent is not None:
        value = value.parent
    return value


def loop_root(receiver: ObjectValue) -> ObjectValue:
    """Return the model that a loop goes over."""
    value = receiver
    while value.parent is not None and value.form in {"loop", "apply"}:
        value = value.parent
    return value


def handles_of_others(state: State, element: ObjectValue, name: str) -> tuple[HandleValue, ...]:
    """Return the handles that the modules of a model keep under a name, for an element of a loop over them.

    A loop that asks for a class, or for the attribute itself, comes upon the modules that another loop,
    which asked otherwise, has given their handles.
    """
    if not is_loop_element(element):
        return ()
    root = loop_root(element)
    kept = (
        known.attributes.get(name, ())
        for other, known in state.objects.items()
        if isinstance(other, ObjectValue) and (loop_root(other) is root or state.contains(root, other))
    )
    return tuple(
        dict.fromkeys(value for values in kept for value in values if isinstance(value, HandleValue))
    )


def is_kept_out(receiver: ObjectValue) -> bool:
    """Return whether a test has kept ScriptModules from being this receiver."""
    value: ObjectValue | None = receiver
    while value is not None:
        if value.is_guarded:
            return True
        value = value.parent
    return False


def is_copied(receiver: ScriptValue) -> bool:
    """Return whether a script module was loaded, frozen or copied since it was made."""
    return receiver.root.is_reloaded or receiver.root.is_frozen


def in_running_order(hooks: Iterable[LiveHook]) -> list[LiveHook]:
    """Return hooks, given in order of registration, in the order in which they run."""
    ordered: list[LiveHook] = []
    for live in hooks:
        prepend = live.registration.options.get("prepend")
        is_first = prepend is not None and getattr(prepend, "value", True) is not False
        ordered.insert(0 if is_first else len(ordered), live)
    return ordered


def loses_option(live: LiveHook) -> str | None:
    """Return the option of a registration that matters and that compiled hooks do not know."""
    for name in ("with_kwargs", "always_call"):
        value = live.registration.options.get(name)
        if isinstance(value, ir.Constant) and value.value is True:
            hook = live.hooks[0] if live.hooks else None
            if name == "always_call":
                return name
            parameters = len(hook.function.parameters) if hook and hook.function else 0
            return name if parameters == (2 if live.registration.is_pre else 3) else None
    return None


def misses_arguments(cls: ModuleClass | None, call: ir.Call) -> bool:
    """Return whether a call of a module gives a compiled hook other arguments than forward has."""
    if any(argument.star for argument in call.args):
        return False
    if any(argument.keyword for argument in call.args):
        return True
    forward = cls.forward if cls is not None else None
    return forward is not None and not forward.has_star and len(call.args) < len(forward.parameters)


def written_by(hook: Hook) -> Iterable[str]:
    """Return the attributes that a hook writes on its module."""
    name = hook.module_name
    if hook.function is None or name is None:
        return ()
    return written_attributes(hook.function.body, name)


def changed_within_by(hook: Hook) -> frozenset[str]:
    """Return those of the attributes a hook writes that certainly stay the objects they are."""
    if hook.function is None or hook.module_name is None:
        return frozenset()
    assigned: set[str] = set()
    for statement in statements_of(hook.function.body):
        match statement:
            case ir.Assign(targets=targets):
                assigned |= {each.attr for each in targets if isinstance(each, ir.Attribute)}
                if not all(isinstance(each, (ir.Attribute, ir.Name)) for each in targets):
                    return frozenset()
            case ir.AugAssign(target=ir.Attribute(attr=attr)):
                assigned.add(attr)
            case ir.Delete():
                return frozenset()
        for expr in statement_expressions(statement):
            match expr:
                case ir.Call(func=ir.Name()) as call if any(
                    isinstance(each.value, ir.Name) and each.value.id == hook.module_name
                    for each in call.args
                ):
                    return frozenset()
    return frozenset(written_by(hook)) - assigned


def gives_result(hook: Hook) -> bool:
    """Return whether a hook returns a value on some way."""
    body = hook.function.body if hook.function is not None else ()
    is_annotated = hook.function is not None and hook.function.returns is not None
    return is_annotated or any(found.value is not None for found in returns_in(body))


def takes_itself_off(hook: Hook) -> bool:
    """Return whether a hook may remove a handle when it is called: perhaps its own."""
    body = hook.function.body if hook.function is not None else ()
    calls = (call for statement in statements_of(body) for call in statement_expressions(statement))
    return any(_is_removal(call) for call in calls)


def _is_removal(expr: ir.Expr) -> bool:
    match expr:
        case ir.Call(func=ir.Attribute(attr="remove"), args=()):
            return True
    return False
