"""Built-in functions that ask something of a module, by name or as a whole."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hookproof.evaluator.domain import Access, Arguments, Evaluator, Value, Written
from hookproof.evaluator.guard_words import PYTHON
from hookproof.evaluator.guards import class_names
from hookproof.evaluator.objects import ClassValue, FieldsValue, ObjectValue, Outside, class_of
from hookproof.evaluator.tracked import (
    ClassOf,
    MethodValue,
    ModuleValue,
    NamespaceValue,
    known,
    lacks,
)
from hookproof.evaluator.types import assigned_type, made_by
from hookproof.evaluator.values import Const, in_python, text_of
from hookproof.finding import UseKind
from hookproof.syntax import ir

_TYPE_USES = frozenset({"vars", "str", "repr", "super"})


Model = Callable[[Evaluator, Arguments], Value | None]


def whole_row(name: str) -> Model:
    """Return the row of a builtin that asks something of the module as a whole."""
    use: UseKind = "type" if name in _TYPE_USES else "read"
    operation = "identity" if name in {"id", "hash"} else name

    def model(run: Evaluator, args: Arguments) -> Value | None:
        first = args.value(0)
        if not isinstance(first, ModuleValue):
            run.passed_on(args)
            is_object = name == "vars" and isinstance(first, (ObjectValue, Outside))
            return FieldsValue(first) if is_object and first is not None else None
        run.record(first, Access(args.node, args.frame, use, operation, args.node))
        return NamespaceValue(first) if name == "vars" else None

    return model


def str_row(run: Evaluator, args: Arguments) -> Value | None:
    """`str(m)`."""
    found = whole_row("str")(run, args)
    text = text_of(args.value(0))
    return Const(text) if text is not None and len(args.each()) == 1 else found


def type_row(run: Evaluator, args: Arguments) -> Value | None:
    """`type(m)`."""
    first = args.value(0)
    if not isinstance(first, ModuleValue) or len(args.positional) != 1:
        run.passed_on(args)
        return None
    run.record(first, Access(args.node, args.frame, "type", "type", args.node))
    return ClassOf(first)


def isinstance_row(run: Evaluator, args: Arguments) -> Value | None:
    """`isinstance(m, classes)`."""
    first = args.value(0)
    if not isinstance(first, ModuleValue) or len(args.node.args) != 2:
        run.passed_on(args)
        return None
    names = class_names(run, args.node.args[1].value, args.frame)
    access = Access(args.node, args.frame, "type", "isinstance", args.node)
    run.record(first, access, target=names[0] if len(names) == 1 else None)
    return None


def super_row(run: Evaluator, args: Arguments) -> Value | None:
    """`super(Net, m)`."""
    owner = args.value(1)
    if isinstance(owner, ModuleValue) and len(args.positional) == 2:
        access = Access(args.node, args.frame, "type", "super", args.node)
        run.record(owner, access, target=_super_class(run, args.value(0)))
    elif owner is not None and isinstance(cls := args.value(0), ClassValue):
        return owner.behind(cls.definition)
    return None


def _super_class(run: Evaluator, cls: Value | None) -> str | None:
    """Return the class of `super(Net, m)` where a ScriptModule is certainly no instance of it."""
    definition = class_of(cls)
    found = None if definition is None else run.module_class(definition)
    is_other = found is not None and known(found) and found.is_a("torch.jit.ScriptModule") is False
    return found.qualname if found is not None and is_other else None


def inspected(run: Evaluator, args: Arguments) -> Value | None:
    """Record a method of the module that a function of `inspect` is given."""
    first = args.value(0)
    if isinstance(first, MethodValue) and len(args.each()) == 1:
        access = Access(args.node, args.frame, "read", "inspect", args.node)
        run.record(first.module, access, first.name)
    else:
        run.passed_on(args)
    return None


def passing(run: Evaluator, args: Arguments) -> Value | None:
    """Record what is passed on, and give nothing that is known."""
    run.passed_on(args)
    return None


ATTRIBUTE_USES: dict[str, UseKind] = {
    "getattr": "read",
    "hasattr": "read",
    "setattr": "write",
    "delattr": "delete",
}


def attribute_row(function: str) -> Model:
    """Return the row of `getattr` and its like."""
    use = ATTRIBUTE_USES[function]

    def model(run: Evaluator, args: Arguments) -> Value | None:
        first = args.value(0)
        if isinstance(first, (ModuleValue, MethodValue)) and len(args.positional) > 1:
            return _of_module(run, args, function, use, first)
        run.passed_on(args)
        name = text_of(args.value(1))
        access = Access(args.node, args.frame, use)
        if first is None:
            return None
        if name is None:
            if function in {"setattr", "delattr"}:
                first.set_computed(run, access)
            return None
        if function == "setattr":
            source = args.expr(2)
            first.set(run, name, args.value(2), Written(args.node, source, args.frame))
        elif function == "delattr":
            first.delete(run, name, access)
        elif function == "getattr":
            found = first.get(run, name, access)
            is_sure = not isinstance(found, Outside) or len(args.positional) == 2
            return in_python(found) if is_sure else None
        return None

    return model


def _of_module(
    run: Evaluator, args: Arguments, function: str, use: UseKind, base: ModuleValue | MethodValue
) -> Value | None:
    given = args.node.args[1].value if len(args.node.args) > 1 else args.node
    literal = given.value if isinstance(given, ir.Constant) and isinstance(given.value, str) else None
    text = text_of(args.value(1)) if literal is None else None
    access = Access(args.node, args.frame, use, "method attribute", args.node)
    if isinstance(base, MethodValue):
        run.record(base.module.inner(base.name), access, literal)
        return None
    expr = args.expr(2) if function == "setattr" and len(args.positional) == 3 else None
    if text is not None:
        _spelled_out(run, args, function, use, base, text, expr)
    operation = function if literal is not None else f"computed {function}"
    scope = args.frame.scope
    run.record(
        base,
        replace(access, operation=operation),
        literal,
        value=expr,
        type=None if expr is None else assigned_type(expr, run.project, scope),
        target=None if expr is None else made_by(expr, run.project, scope),
    )
    name = literal if text is None else text
    if function != "getattr" or name is None:
        return None
    if len(args.positional) == 3 and lacks(base, name):
        return in_python(args.value(2))
    return base.member(name)


def _spelled_out(
    run: Evaluator,
    args: Arguments,
    function: str,
    use: UseKind,
    base: ModuleValue,
    name: str,
    value: ir.Expr | None,
) -> None:
    """Record what a computed name comes to, which compiled code does not see."""
    node, scope = args.node, args.frame.scope
    literal = ir.Argument(ir.Constant(node.at, "str", name))
    call = ir.Call(node.at, node.func, (node.args[0], literal, *node.args[2:]))
    with run.under(PYTHON):
        run.record(
            base,
            Access(call, args.frame, use, function, call),
            name,
            value=value,
            type=None if value is None else assigned_type(value, run.project, scope),
            target=None if value is None else made_by(value, run.project, scope),
        )
