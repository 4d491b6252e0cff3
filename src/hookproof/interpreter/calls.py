"""Calls: what is called, with what, and the objects that classes of the project make."""

from __future__ import annotations

from hookproof.classes.module_classes import module_class_of
from hookproof.interpreter.context_managers import manager_of_stack
from hookproof.interpreter.decorated_classes import class_maker
from hookproof.interpreter.domain import Access, Arguments, Frame, MethodValue, Value, Values, union
from hookproof.interpreter.given_literals import literals_given
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import (
    ClassValue,
    ConstantValue,
    ExternalValue,
    SuperValue,
    keyed_items,
    spread_items,
)
from hookproof.interpreter.registrations import is_hook_method
from hookproof.interpreter.registries import replaced_init
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.expressions import is_super
from hookproof.semantic.fields import fields_of, has_fields
from hookproof.semantic.project import Project
from hookproof.syntax import ir

# What may be, or stand for, the module before `.register_…`.
_RECEIVERS = (ObjectValue, ScriptValue, SuperValue, ExternalValue, ClassValue)
_PLAIN_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic"})


def call(run: Running, node: ir.Call, frame: Frame) -> Values:
    """Evaluate a call: the callee first, then the arguments, then what the call does."""
    callees = _callee(run, node, frame)
    args = arguments(run, node, frame)
    meant, found = len({_itself(callee) for callee in callees if not _is_plain(callee)}), list[Values]()
    # Which of several it is, nobody knows: what each does is done under a condition.
    run.progress.choices += meant > 1
    for callee in callees:
        run.progress.callees = meant
        _tell_of_forward(run, node, callee, args)
        found.append(callee.call(run, args))
    run.progress.choices -= meant > 1
    run.progress.is_over = run.progress.is_over and meant < 2
    return union(*found)


def _tell_of_forward(run: Running, node: ir.Call, callee: Value, args: Arguments) -> None:
    """Tell the worlds of `module.forward(…)`, which is carried out as a function of the project."""
    match node.func:
        case ir.Attribute(value=owner, attr="forward") if not is_super(owner):
            instance = callee.bound_self if isinstance(callee, FunctionValue) else None
            if instance is not None and instance.module_class is not None:
                run.listener.used(instance, "forward", args.location)


def _itself(callee: Value) -> Value:
    """Return the module whose method is called, by whatever name tests have given it."""
    owner = callee.owner if isinstance(callee, MethodValue) else callee
    while isinstance(owner, ObjectValue) and owner.parent and (owner.narrowed or owner.is_guarded):
        owner = owner.parent
    return owner


def _is_plain(callee: Value) -> bool:
    """Return whether it is None, or a method of a constant: where the call succeeds, it is not the one."""
    owner = callee.owner if isinstance(callee, MethodValue) else callee
    return isinstance(owner, ConstantValue)


# --- what is called ------------------------------------------------------------------------------------


def _callee(run: Running, node: ir.Call, frame: Frame) -> Values:
    match node.func:
        case ir.Attribute(value=owner, attr=attr) if attr in run.project.facts.hook_apis:
            if not is_hook_method(node.func, run.project.facts):
                return ()
            access = Access(node.func, frame)
            return tuple(
                method
                for value in _receivers(run, owner, frame)
                for method in _hook_method(run, value, attr, access)
            )
        case ir.Attribute(value=owner, attr=attr):
            access = Access(node.func, frame)
            owners = run.evaluate(owner, frame)
            return union(*(value.method(run, attr, access) for value in owners)) or (
                MethodValue(ObjectValue("call"), attr, access.location),
            )
    return run.evaluate(node.func, frame)


def _receivers(run: Running, owner: ir.Expr, frame: Frame) -> Values:
    """Return what may be a module of the values before `.register_…`, at least an unknown one."""
    found = tuple(value for value in run.evaluate(owner, frame) if isinstance(value, _RECEIVERS))
    return found or (run.element(ExternalValue(frame.file.path), str(getattr(owner, "at", 0)), "local"),)


def _hook_method(run: Running, owner: Value, name: str, access: Access) -> Values:
    """Return the hook API itself unless the owner's class has a method of its own by that name."""
    if isinstance(owner, ObjectValue) and owner.definition is not None:
        member = run.project.member(owner.definition, name)
        if isinstance(member, FunctionDefinition) and not _is_of_torch(member):
            return owner.get(run, name, access)
        may_be_module = owner.module_class is not None or owner.is_root_self
        if member is None and not may_be_module and _is_no_module(owner.definition, run.project):
            return ()
    if isinstance(owner, SuperValue):
        owner = owner.instance
    if isinstance(owner, ExternalValue):
        if owner.qualname.rpartition(".")[2][:1].isupper() or owner.qualname.startswith("torch."):
            return (ExternalValue(f"{owner.qualname}.{name}"),)
        return (MethodValue(run.element(owner, "", "global"), name, access.location),)
    if isinstance(owner, ClassValue):
        cls = module_class_of(owner.definition, run.project)
        return (ExternalValue(f"torch.nn.Module.{name}"),) if cls is not None else ()
    return (MethodValue(owner, name, access.location),)


def _is_of_torch(member: FunctionDefinition) -> bool:
    return member.owner is not None and member.owner.qualname == "torch.nn.modules.module.Module"


def _is_no_module(definition: ClassDefinition, project: Project) -> bool:
    """Whether every base is known and none of them is a module."""
    return all(
        isinstance(base, ClassDefinition) or (isinstance(base, External) and base.qualname in _PLAIN_BASES)
        for base in project.mro(definition)
    )


def named_member(run: Running, owner: Value, name: str, access: Access) -> Values:
    """Return the attribute of that name, for a function that is handed the object."""
    if name in run.project.facts.hook_apis:
        return _hook_method(run, owner, name, access)
    return owner.method(run, name, access)


def arguments(run: Running, node: ir.Call, frame: Frame) -> Arguments:
    """Evaluate the arguments of a call."""
    match node:
        case ir.Call(
            func=ir.Attribute(attr="enter_context"), args=(ir.Argument(value=ir.Call() as manager),)
        ):
            return Arguments(node, frame, (manager_of_stack(run, node, manager, frame),))
    positional: list[Values] = []
    named: dict[str, Values] = {}
    is_open = False
    for argument in node.args:
        values = run.evaluate(argument.value, frame)
        if argument.keyword is not None:
            named[argument.keyword] = values
        elif argument.star == "*":
            items = spread_items(run, values, len(positional))
            is_open = is_open or items is None
            positional += [run.elements(values)] if items is None else items
        elif not argument.star:
            positional.append(values)
        else:
            named.update(keyed_items(run, values))
    return Arguments(node, frame, tuple(positional), named, is_open)


# --- objects that are made -----------------------------------------------------------------------------


def construct(run: Running, definition: ClassDefinition, args: Arguments) -> Values:
    """Create an instance of a project class and run its `__init__`."""
    project = run.project
    maker = class_maker(run, definition) if definition.node.decorators else ()
    if maker:
        run.calls.bare.add(definition.location)
        made = union(*(each.call(run, args) for each in maker))
        run.calls.bare.discard(definition.location)
        return made
    cls, init = module_class_of(definition, project), project.member(definition, "__init__")
    replaced = replaced_init(run, definition)
    if cls is not None and isinstance(init, FunctionDefinition) and not replaced:
        cls = cls.made_with(literals_given(init.function, args))
    instance = ObjectValue("call", cls, definition, is_created=True)
    ending = project.member(definition, "__del__")
    if isinstance(ending, FunctionDefinition):
        run.later.mortal[instance] = FunctionValue(ending, bound_self=instance)
    if replaced:
        run.call(replaced, args.led_by((instance,)))
    elif isinstance(init, FunctionDefinition):
        FunctionValue(init, bound_self=instance).call(run, args)
    elif has_fields(definition, project):
        _set_fields(run, instance, definition, args)
        instance.special(run, "__post_init__", args.only())
    return (instance,)


def _set_fields(run: Running, instance: ObjectValue, definition: ClassDefinition, args: Arguments) -> None:
    """Carry out the `__init__` that a class gets for its annotated fields."""
    for position, field in enumerate(fields_of(definition, run.project)):
        is_given = position < len(args.positional) or field.name in args.named
        values = args.named.get(field.name) or args.value(position)
        if not is_given and field.default is not None:
            values = run.evaluate(field.default, Frame(field.scope))
        if not is_given and field.factory is not None:
            values = call(run, ir.Call(field.factory.at, field.factory, ()), Frame(field.scope))
        if values:
            run.keep(instance, field.name, values)
