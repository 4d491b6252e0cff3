"""Conditions whose outcome is known, or at least the same as that of an earlier one."""

from __future__ import annotations

import re

from hookproof.evaluator.literals import COMPARISONS, compared
from hookproof.interpreter.domain import Frame, Value, Values, only
from hookproof.interpreter.guards import Test, read_test
from hookproof.interpreter.instances.presence import has_attribute
from hookproof.interpreter.objects import Asked, ObjectValue
from hookproof.interpreter.plain import ClassValue, ConstantValue, ContainerValue, ExternalValue, text_of
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue
from hookproof.semantic.bindings import function_bindings, names_in
from hookproof.semantic.definitions import ClassDefinition, Definition, External, ValueDefinition
from hookproof.semantic.local_constants import local_constants
from hookproof.semantic.names import ANY_NAME
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_CHANGES = r"\n[ \t]+{}(?:\[.*\][ \t]*=|\.(?:update|setdefault|pop|clear)\()"


def truth(run: Running, test: ir.Expr, frame: Frame) -> bool | None:
    """Return whether a condition on values that are known holds, None where that is unknown."""
    if run.takes_every_way:
        return None
    match test:
        case ir.Constant(kind=kind, value=value) if value is not None or kind == "None":
            return bool(value)
        case ir.Call(func=ir.Name(id="hasattr"), args=(ir.Argument(value=subject), ir.Argument(value=named))):
            return has(run, run.evaluate(subject, frame), run.evaluate(named, frame))
        case ir.Call(func=ir.Attribute(value=text, attr="startswith" | "endswith" as attr), args=(part,)):
            whole, ends = _settled(run, text, frame), _settled(run, part.value, frame)
            match whole, ends:
                case ConstantValue(value=str(known)), ConstantValue(value=str(end)):
                    return known.startswith(end) if attr == "startswith" else known.endswith(end)
            return None
        case ir.Name() | ir.Attribute() | ir.Subscript() | ir.Call():
            settled = _settled(run, test, frame)
            settled = settled if isinstance(settled, ConstantValue) else _truthy(run, test, frame)
            is_text = isinstance(settled, ConstantValue) and isinstance(settled.value, str)
            is_counted = isinstance(test, ir.Name) and test.id in frame.counted
            if not isinstance(settled, ConstantValue) or (is_text and not is_counted):
                return None
            return bool(settled.value)
        case ir.Operation(op="is" | "is not" as op, operands=(left, ir.Constant(kind="None"))):
            settled = _settled(run, left, frame)
            is_none = None if settled is None else settled.is_none
            return None if is_none is None else is_none == (op == "is")
        case ir.Operation(op="in" | "not in" as op, operands=(left, right)):
            holder = _holder(run, right, frame)
            holder = holder.iterated(run) if isinstance(holder, ContainerValue) else holder
            is_in = _is_in(_settled(run, left, frame), holder)
            return None if is_in is None else is_in == (op == "in")
        case ir.Operation(op=op, operands=(left, right)) if op in COMPARISONS:
            one, two = _settled(run, left, frame), _settled(run, right, frame)
            if op in {"is", "is not"} and not isinstance(one, ConstantValue):
                is_one = _is_one(run, left, right, frame)
                return None if is_one is None else is_one == (op == "is")
            if not isinstance(one, ConstantValue) or not isinstance(two, ConstantValue):
                return None
            return compared(op, one.value, two.value)
        case ir.Operation(op="not", operands=(operand,)):
            holds = truth(run, operand, frame)
            return None if holds is None else not holds
        case ir.Operation(op="and" | "or" as op, operands=operands):
            decides = op == "or"
            truths = [truth(run, operand, frame) for operand in operands]
            if decides in truths:
                return decides
            return None if None in truths else not decides
    return None


def is_all(run: Running, node: ir.For, frame: Frame) -> bool:
    """Return whether nothing else is in what a loop goes over than what was seen to be put there."""
    match node.iter:
        case ir.Name(id=name):
            is_open = frame.function is None or name not in frame.locals
            return not is_open and run.handed_on.isdisjoint(frame.locals[name])
        case ir.Sequence() | ir.Call() | ir.Comprehension():
            return True
    return False


def what_it_says(run: Running, test: ir.Expr, frame: Frame) -> Test:
    """Return what a condition says of its branches, by what its names stand for here."""
    return read_test(test, frame.scope, run.project, lambda expr: _classes(run, expr, frame))


def has(run: Running, subjects: Values, names: Values) -> bool | None:
    """Return whether each of these has an attribute, None where that is not known."""
    name = text_of(names)
    if name is None or not subjects or not run.handed_on.isdisjoint(subjects):
        return None
    told = {has_attribute(value, name, run.progress.state, run.project) for value in subjects}
    return told.pop() if len(told) == 1 else None


def _is_in_a_function(name: str, frame: Frame) -> bool:
    """Return whether a function of the file may change what a name of the file stands for."""
    file, word = frame.file, re.compile(rf"\b{name}\b")
    return any(
        word.search(file.text, block.start, block.end) is not None
        for block in file.outline.blocks
        if block.kind in {"def", "method"}
    )


def _is_one(run: Running, left: ir.Expr, right: ir.Expr, frame: Frame) -> bool | None:
    """Return whether two expressions are the same module, where both are known."""
    one, two = only(run.evaluate(left, frame)), only(run.evaluate(right, frame))
    is_known = [
        isinstance(value, ScriptValue) or (isinstance(value, ObjectValue) and value.is_created)
        for value in (one, two)
    ]
    return one is two if all(is_known) else None


def _truthy(run: Running, test: ir.Expr, frame: Frame) -> ConstantValue | None:
    """Return whether a module that was made here, or a container of which all is known, counts as true."""
    if isinstance(test, ir.Call) and isinstance(test.func, ir.Name) and test.func.id in {"list", "tuple"}:
        held = only(run.evaluate(test, frame))
        holds = held.truth(run) if isinstance(held, ContainerValue) else None
        return None if holds is None else ConstantValue(holds)
    if not isinstance(test, ir.Name):
        return None
    value = only(frame.locals.get(test.id, ()))
    is_shared = frame.function is None and _is_in_a_function(test.id, frame)
    is_open = isinstance(value, ContainerValue) and (is_shared or value in run.handed_on)
    holds = value.truth(run) if value is not None and not is_open else None
    return None if holds is None else ConstantValue(holds)


def _classes(run: Running, expr: ir.Expr, frame: Frame) -> tuple[Definition | None, ...]:
    """Return the classes that an expression comes to, none where one of them is not known."""
    found: list[Definition] = []
    waiting = [_settled(run, expr, frame) or only(run.evaluate(expr, frame))]
    while waiting:
        match waiting.pop():
            case ContainerValue(kind="tuple" | "list" | "set") as held if held.now(run).is_exact:
                waiting += map(only, held.now(run).items)
            case ClassValue(definition=definition):
                found.append(definition)
            case ExternalValue(qualname=qualname):
                found.append(External(qualname))
            case _:
                return ()
    return tuple(found)


def ask(run: Running, test: ir.Expr, frame: Frame) -> Asked | None:
    """Evaluate a condition; return what it asks of which unknown value, None for anything but one."""
    asked = _asked(run, test, frame)
    return None if run.takes_every_way else asked


def _asked(run: Running, test: ir.Expr, frame: Frame) -> Asked | None:
    match test:
        case ir.Operation(op="not", operands=(operand,)):
            asked = _asked(run, operand, frame)
            return None if asked is None else asked.negated
        case ir.Operation(
            op="==" | "!=" | "is" | "is not" as op, operands=(left, ir.Constant(kind=kind, value=other))
        ) if other is not None or kind == "None":
            unknown = _unknown(run.evaluate(left, frame))
            if unknown is None:
                return None
            return Asked(unknown, (other, type(other)), op in {"==", "is"})
    unknown = _unknown(run.evaluate(test, frame))
    return Asked(unknown) if unknown is not None else None


def _settled(run: Running, expr: ir.Expr, frame: Frame) -> Value | None:
    """Return the one value that a parameter was given, an object was made with, or a constant has."""
    match expr:
        case ir.Constant(value=value) if value is not None:
            return ConstantValue(value)
        case ir.Name() | ir.Operation() if frame.counted and names_in(expr) <= frame.counted:
            return only(run.evaluate(expr, frame))  # in this turn of the loop that runs
        case ir.Name(id=name) if (giver := _giver(name, frame)) is not None:
            return only(giver.locals.get(name, ()))
        case ir.Name(id=name) if (constant := _local_constant(name, frame)) is not None:
            return constant
        case ir.Attribute(value=inner, attr=attr) if (owner := _holder(run, inner, frame)) is not None:
            return _settled_attribute(run, owner, attr)
        case ir.Subscript(value=inner, index=ir.Constant(value=key)):
            return _settled_entry(run, _holder(run, inner, frame), key, None)
        case ir.Call(func=ir.Attribute(value=inner, attr="get"), args=(key, *rest)) if len(rest) < 2:
            default = _settled(run, rest[0].value, frame) if rest else ConstantValue(None)
            asked = _settled(run, key.value, frame)
            known = asked.value if isinstance(asked, ConstantValue) else None
            return _settled_entry(run, _holder(run, inner, frame), known, default)
        case ir.Call(func=ir.Name(id="getattr"), args=(subject, named, default)):
            is_there = has(run, run.evaluate(subject.value, frame), run.evaluate(named.value, frame))
            if is_there is False:
                return _settled(run, default.value, frame) or only(run.evaluate(default.value, frame))
        case ir.Call(func=ir.Name(id="len"), args=(subject,)):
            held = only(run.evaluate(subject.value, frame))
            shown = held.iterated(run) if isinstance(held, ContainerValue) else None
            return ConstantValue(len(shown.items)) if shown is not None and shown.is_exact else None
        case ir.Name() | ir.Attribute():
            return _constant(run, expr, frame)
    return None


def _holder(run: Running, expr: ir.Expr, frame: Frame) -> Value | None:
    """Return the one object or container that an expression is known to be."""
    match expr:
        case ir.Name(id=name):
            # What a function does to a container of its file may not have been followed.
            is_open = frame.function is None and re.search(_CHANGES.format(name), frame.file.text)
            return None if is_open else only(frame.locals.get(name, ()))
        case ir.Attribute():
            return _settled(run, expr, frame)
        case ir.Sequence():
            return only(run.evaluate(expr, frame))
    return None


def _settled_entry(run: Running, holder: Value | None, key: object, default: Value | None) -> Value | None:
    """Return what a dict has under a key, or the default where it is known to have nothing there."""
    if not isinstance(holder, ContainerValue) or holder.kind != "dict" or holder in run.handed_on:
        return None
    holder = holder.now(run)
    if key is None or not holder.is_exact:
        return None
    return only(holder.keyed[key]) if key in holder.keyed else default


def _settled_attribute(run: Running, owner: Value, name: str) -> Value | None:
    cls = owner.definition if isinstance(owner, (ClassValue, ObjectValue)) else None
    if isinstance(owner, ObjectValue) and owner.is_created and not (owner.module_class or cls):
        known = run.progress.state.of(owner)  # a namespace
        is_changed = owner in run.handed_on or name in known.changed or ANY_NAME in known.changed
        return None if is_changed else only(known.attributes.get(name, ()))
    if cls is None:
        return None
    if isinstance(owner, ObjectValue):
        if not _is_set_once(run, owner, cls, name) and not _is_left_alone(run, owner, cls, name):
            return None
        values = run.progress.state.of(owner).attributes.get(name)
        if values is not None:
            return values[0]
    bases = [base.qualname for base in run.project.mro(cls) if base is not None]
    return None if run.progress.patched.intersection(bases) else _constant_of(run.project.member(cls, name))


def _is_left_alone(run: Running, owner: ObjectValue, cls: ClassDefinition, name: str) -> bool:
    """Return whether a constant of a class is that of whatever object its methods run for.

    No method of the class sets it, and no subclass has another: all of them stand in its file.
    """
    known, file = run.progress.state.of(owner), cls.scope.file
    if run.relevance.is_named_elsewhere(cls.node.name, file):
        return False
    if not owner.is_root_self or name in known.attributes or ANY_NAME in known.changed:
        return False
    if any(
        isinstance(base, ClassDefinition) and run.project.assigning_methods(base, name)
        for base in run.project.mro(cls)
    ):
        return False
    blocks = (block.name for block in file.outline.blocks if block.kind == "class")
    others = (run.project.lookup(Scope(file), other) for other in blocks)
    return not any(
        isinstance(other, ClassDefinition)
        and other != cls
        and cls in run.project.mro(other)
        and run.project.member(other, name) != run.project.member(cls, name)
        for other in others
    )


def _is_set_once(run: Running, owner: ObjectValue, cls: ClassDefinition, name: str) -> bool:
    """Return whether nothing but the `__init__` of an object that was made here sets an attribute."""
    known = run.progress.state.of(owner)
    if not owner.is_created or owner in run.handed_on or name in known.changed:
        return False
    return len(known.attributes.get(name, (None,))) == 1 and all(
        method.name == "__init__"
        for base in run.project.mro(cls)
        if isinstance(base, ClassDefinition)
        for method in run.project.assigning_methods(base, name)
    )


def _constant(run: Running, expr: ir.Name | ir.Attribute, frame: Frame) -> Value | None:
    """Return the constant of a file or class that is bound once."""
    if isinstance(expr, ir.Name) and expr.id in frame.locals and frame.function is not None:
        return None
    if isinstance(expr, ir.Attribute) and isinstance(expr.value, ir.Name):
        owner = run.project.lookup(frame.scope, expr.value.id)
        if isinstance(owner, ClassDefinition) and owner.qualname in run.progress.patched:
            return None
    return _constant_of(run.project.resolve(frame.scope, expr))


def _unknown(values: Values) -> ObjectValue | None:
    match values:
        case (ObjectValue(is_created=False) as value,):
            return value
    return None


def _constant_of(definition: object) -> ConstantValue | None:
    match definition:
        case ValueDefinition(value=ir.Constant(value=value, kind="bool" | "int" | "str"), name=name) if name:
            text = definition.scope.file.text
            is_rebound = re.search(rf"^\s*global\b.*\b{name}\b", text, re.MULTILINE)
            return None if is_rebound or definition.scope.functions else ConstantValue(value)
    return None


def _giver(name: str, frame: Frame) -> Frame | None:
    """Return the call whose parameter a name is, here or in a function around, that nothing binds again."""
    inner: Frame | None = frame
    while inner is not None and inner.function is not None:
        binders = function_bindings(inner.function).get(name, ())
        if binders:
            return inner if len(binders) == 1 and isinstance(binders[0], ir.Parameter) else None
        inner = inner.parent
    return None


def _local_constant(name: str, frame: Frame) -> ConstantValue | None:
    """Return the constant that a name has been assigned, here or once in a function around."""
    inner: Frame | None = frame
    while inner is not None and inner.function is not None:
        binders = function_bindings(inner.function).get(name, ())
        if binders:
            is_known = name in local_constants(inner.function) and (inner is frame or len(binders) == 1)
            value = only(inner.locals.get(name, ())) if is_known else None
            return value if isinstance(value, ConstantValue) else None
        inner = inner.parent
    return None


def _is_in(value: Value | None, container: Value | None) -> bool | None:
    match value, container:
        case ConstantValue(value=str(part)), ConstantValue(value=str(text)):
            return part in text
    if not isinstance(container, ContainerValue) or not container.is_exact:
        return None
    items = [only(item) for item in container.items]
    if not items:
        return False
    is_known = isinstance(value, ConstantValue) and all(isinstance(item, ConstantValue) for item in items)
    return value in items if is_known else None
