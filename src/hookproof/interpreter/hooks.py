"""From the value at a registration to the hooks it may be, in the words of the census."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hookproof.finding import Form
from hookproof.interpreter.domain import Frame, MethodValue, Value, Values
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue, ConstantValue, ContainerValue, ExternalValue, PartialValue
from hookproof.interpreter.values import Hook, HooksValue, RegisteredValue
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir


def hooks_of(values: Values, location: Location, project: Project) -> tuple[Hook, ...]:
    """Return every hook that the callable at a registration may be; an unknown one has no function."""
    hooks: list[Hook] = []
    for value in values:
        for hook in _hooks_of(value, location, project):
            if all(hook.function is not other.function for other in hooks) or hook.function is None:
                hooks.append(hook)
    followed = [hook for hook in hooks if hook.function is not None]
    return tuple(followed or hooks[:1]) or (Hook("unknown", location),)


def form_of(hooks: tuple[Hook, ...], expr: ir.Expr | None) -> Form:
    """Return the form of the argument at the registration, for the inventory."""
    if isinstance(expr, ir.Subscript):
        return "table"
    if len({hook.definition for hook in hooks}) > 1:
        return "several bindings"
    return hooks[0].form


def _hooks_of(value: Value, location: Location, project: Project) -> Iterator[Hook]:
    match value:
        case FunctionValue():
            yield _function_hook(value, location)
        case PartialValue(function=function, given=given):
            for inner in function:
                for hook in _hooks_of(inner, location, project):
                    yield _partial_hook(hook, location, given.positional)
        case ObjectValue(definition=definition) if definition is not None and value.form != "self":
            method = project.member(definition, "__call__")
            if isinstance(method, FunctionDefinition):
                yield replace(
                    hook_of_function(method, "callable object", location, bound=1), bound_self=value
                )
            else:
                yield Hook("callable object", location)
        case ClassValue(definition=definition):
            yield Hook("callable object", location, qualname=definition.qualname)
        case HooksValue():
            yield Hook("container", location)
        case RegisteredValue(hook=live):
            for hook in live.hooks:
                yield replace(hook, location=location)
        case ContainerValue(items=items):
            for item in items:
                for inner in item:
                    yield from _hooks_of(inner, location, project)
        case ExternalValue(qualname=qualname):
            yield Hook("function", location, qualname=qualname)
        case MethodValue():
            yield Hook("bound method", location)
        case ObjectValue(form="parameter", parent=None):
            yield Hook("parameter", location)
        case ObjectValue(name=name) if name == "[]":
            yield Hook("table", location)
        case _:
            yield Hook("unknown", location)


def _function_hook(value: FunctionValue, location: Location) -> Hook:
    if value.is_lambda:
        return replace(hook_of_function(value.definition, "lambda", location), frame=value.frame)
    if value.bound_self is not None:
        hook = hook_of_function(value.definition, "bound method", location, bound=1)
        return replace(hook, frame=value.frame, bound_self=value.bound_self)
    is_nested = bool(value.definition.scope.functions)
    form: Form = "factory" if value.from_factory else "nested function" if is_nested else "function"
    hook = hook_of_function(value.definition, form, location)
    if value.is_bare and hook.function is not None:
        # A decorator put it somewhere: whatever that gives in its place is not the hook.
        hook = replace(hook, function=replace(hook.function, decorators=()))
    return replace(hook, captured=tuple(_captured(value.frame)), frame=value.frame)


def _captured(frame: Frame | None) -> Iterator[tuple[str, str]]:
    """Yield the parameters of the functions around a hook that have one plain value, with its type's name."""
    while frame is not None and frame.function is not None:
        for parameter in frame.function.parameters:
            match frame.locals.get(parameter.name):
                case (ConstantValue(value=value),):
                    yield parameter.name, type(value).__name__
                case (ContainerValue(kind="list" | "tuple" | "dict" | "set" as kind),):
                    yield parameter.name, kind
        frame = frame.parent


def hook_of_function(definition: FunctionDefinition, form: Form, location: Location, bound: int = 0) -> Hook:
    """Return the hook that a function is, with `bound` of its parameters filled."""
    function = definition.function
    scope = Scope(definition.scope.file, (*definition.scope.functions, function))
    owner = definition.owner.node if definition.owner is not None else None
    return Hook(
        form, location, function, scope, definition.qualname, module_index(function, bound), bound, owner,
        owner_class=definition.owner,
    )  # fmt: skip


def module_index(function: ir.Function, bound: int) -> int | None:
    """Return the position of the parameter that receives the module, None where `*args` swallows it."""
    positional = [
        index
        for index, parameter in enumerate(function.parameters)
        if parameter.kind in {"positional-only", "positional"}
    ]
    return positional[bound] if bound < len(positional) else None


def _partial_hook(hook: Hook, location: Location, given: tuple[Values, ...]) -> Hook:
    if hook.function is None:
        return Hook("partial", location, qualname=hook.qualname)
    bound = hook.bound + len(given)
    index = module_index(hook.function, bound)
    return replace(
        hook, form="partial", location=location, module_index=index, bound=bound, captured=(), given=given
    )


def selves(
    function: ir.Function, owner: ClassDefinition | None, frame: Frame | None
) -> dict[str, ClassDefinition]:
    """Return the names that mean an instance here: of the function's class, and of those around it."""
    found: dict[str, ClassDefinition] = {}
    outer = frame.parent if frame is not None else None
    while outer is not None:
        if outer.owner is not None and outer.function is not None and outer.function.parameters:
            found.setdefault(outer.function.parameters[0].name, outer.owner)
        outer = outer.parent
    if owner is not None and function.parameters:
        found[function.parameters[0].name] = owner
    return found
