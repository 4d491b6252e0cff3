"""Hooks on the parameters of modules, which autograd calls: whose parameter a tensor is."""

from __future__ import annotations

from functools import partial

from hookproof.interpreter.domain import Arguments, Values, only
from hookproof.interpreter.hooks import hooks_of
from hookproof.interpreter.listener import ASSIGNING
from hookproof.interpreter.models.rows import Method
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import literal_of
from hookproof.interpreter.registering import register_on_parameter
from hookproof.interpreter.registrations import hook_argument, receiver_form
from hookproof.interpreter.running import Running
from hookproof.interpreter.sites import Registration
from hookproof.syntax import ir
from hookproof.worlds.world import PARAMETER_HOOKS

# What modules of `torch.nn` call their parameters, and hardly anybody calls another tensor.
_PARAMETER_NAMES = frozenset({"bias", "weight"})
_GIVING = frozenset({"get_parameter", "named_parameters", "parameters"})


def module_of(tensor: ObjectValue) -> ObjectValue | None:
    """Return the module that a tensor is a parameter of, None where nothing says that it is one.

    Of a module that is not known, what torch's own modules call so is taken for a parameter.
    """
    given = _given_by(tensor)
    if given is not None:
        return given.parent
    module = tensor.parent
    if module is None or tensor.form != "attribute" or tensor.definition is not None:
        return None
    return module if _is_parameter(module, tensor.name) else None


def _given_by(tensor: ObjectValue) -> ObjectValue | None:
    """Return the `module.parameters()` that a tensor is an element of; `parameter.grad` is none."""
    value, has_steps = tensor, False
    while value.parent is not None:
        if value.name.partition("()")[0] in _GIVING:
            return value
        if value.form == "attribute" and has_steps:
            return None
        has_steps, value = value.form != "attribute", value.parent
    return None


def _is_parameter(module: ObjectValue, name: str) -> bool:
    cls = module.module_class
    fact = cls.attribute(name) if cls is not None else None
    return fact.kind == "parameter" if fact is not None else name in _PARAMETER_NAMES


def _module_before(run: Running, args: Arguments) -> ObjectValue | None:
    """Return the module of `module.name.register_hook(hook)`, whatever was set there."""
    match args.node.func:
        case ir.Attribute(value=ir.Attribute(value=ir.Name() | ir.Attribute() as owner, attr=name)):
            module = only(run.evaluate(owner, args.frame))
            is_module = isinstance(module, ObjectValue) and module.module_class is not None
            if isinstance(module, ObjectValue) and is_module and _is_parameter(module, name):
                return module
    return None


def _registered(api: str, run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """`parameter.register_hook(hook)`: nothing for other tensors."""
    module = module_of(owner) or _module_before(run, args)
    if module is None or not args.each():
        return None
    node, frame = args.node, args.frame
    location = frame.location(hook_argument(node, is_unbound=False))
    hooks = hooks_of(args.value(0, "hook"), location, run.project)
    form = receiver_form(owner, node, is_unbound=False)
    registration = Registration(api, args.location, node, form, function=frame.function)
    name = _name_of(owner, module, node)
    return (register_on_parameter(run.progress, module, registration, hooks, name),)


def _name_of(tensor: ObjectValue, module: ObjectValue, node: ir.Call) -> str | None:
    """Return the name that a module has a parameter under, None where a loop or a path leads to that."""
    if tensor.parent is module and tensor.form == "attribute":
        return tensor.name
    match node.func:
        case ir.Attribute(value=ir.Attribute(attr=name)) if _given_by(tensor) is None:
            return name
    return None


def _loaded(run: Running, owner: ObjectValue, args: Arguments) -> None:
    """`module.load_state_dict(state, assign=True)`, by which a module gets the tensors that it is given."""
    if literal_of(args.value(2, "assign")) is True:
        run.listener.used(owner, ASSIGNING, args.location)


PARAMETER_METHODS: dict[str, Method[ObjectValue]] = {
    **{api: partial(_registered, api) for api in PARAMETER_HOOKS},
    "load_state_dict": _loaded,
}
