"""Whether the module that a hook is registered on came from outside, so that it may be a ScriptModule."""

from __future__ import annotations

from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import Registration
from hookproof.semantic.expression_locations import base_name, subexpressions
from hookproof.syntax import ir

# What an annotation calls a module of which it says no more: ScriptModules are of that class too.
_ANY_MODULE = frozenset({"Module", "ScriptModule", "RecursiveScriptModule", "Any", "object"})


def is_handed_in(receiver: ObjectValue, registration: Registration) -> bool:
    """Return whether a receiver is a model that came from outside, a part of it, or every module of it."""
    if receiver.form not in {"loop", "apply"}:
        return may_be_script(receiver) and not _is_named_by_annotation(registration)
    outermost, cls = receiver.origin, receiver.origin.module_class
    # A class of the project says what the model is, not what its parts are.
    is_named = outermost.form == "parameter" and cls is not None and cls.definition is not None
    is_any = _is_any(outermost) and outermost.form in {"parameter", "self", "global"}
    return (is_named or is_any) and not _is_known(receiver)


def may_be_script(module: ObjectValue) -> bool:
    """Return whether a module was handed in, or is part of one that was, and may be of any class."""
    outermost = module.origin
    is_from_outside = outermost.form in {"parameter", "self"} and module.form != "self"
    is_open = _is_any(outermost) and _is_any(module) and module.definition is None
    return is_from_outside and is_open and not _is_known(module) and not _is_made(module)


def _is_any(module: ObjectValue) -> bool:
    """Return whether no more is known of a value than that it is a module."""
    return module.module_class is None or module.module_class.qualname == "torch.nn.Module"


def _is_known(receiver: ObjectValue) -> bool:
    """Return whether a test showed the class of a receiver, or keeps ScriptModules out."""
    value: ObjectValue | None = receiver
    while value is not None:
        if value.name.startswith("as ") or value.is_guarded:
            return True
        value = value.parent
    return False


def _is_made(receiver: ObjectValue) -> bool:
    """Return whether a receiver is what a call gave that may be anything: `model.get_embeddings()`."""
    value: ObjectValue | None = receiver
    while value is not None:
        if value.form == "call" and not value.name.startswith("get_submodule"):
            return True
        value = value.parent
    return False


def _is_named_by_annotation(registration: Registration) -> bool:
    """Return whether the parameter that is registered on is annotated with a class of its own."""
    function, call = registration.function, registration.call
    name = base_name(call.func) if call is not None else None
    for parameter in function.parameters if function is not None else ():
        if parameter.name == name and parameter.annotation is not None:
            return _ANY_MODULE.isdisjoint(_names_in(parameter.annotation))
    return False


def _names_in(annotation: ir.Expr) -> set[str]:
    """Return the last names that an annotation is made of, those in quotes among them."""
    names = set[str]()
    for part in subexpressions(annotation):
        match part:
            case ir.Name(id=name) | ir.Attribute(attr=name):
                names.add(name)
            case ir.Constant(value=str(text)):
                names.update(text.replace("[", ".").replace("]", "").replace("|", ".").split("."))
    return {name.strip() for name in names}
