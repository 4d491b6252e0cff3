"""What an expression certainly is at one point of a program, where a value that it may be is not enough."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

from hookproof.evaluator.contents import Items
from hookproof.evaluator.strings import TEXT_METHODS
from hookproof.facts.entries import SCRIPT_CLASS_NAMES
from hookproof.interpreter.domain import Arguments, Frame, Value, Values, only
from hookproof.interpreter.instances.live_hooks import loop_root
from hookproof.interpreter.instances.modes import MODES, mode_of, sets_modes, with_parameter
from hookproof.interpreter.instances.presence import has_attribute
from hookproof.interpreter.object_constants import attribute_of, constant_of
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import (
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    IdentityValue,
    key_of,
    literal_of,
    text_of,
)
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue
from hookproof.modules.given import as_literal
from hookproof.semantic.bindings import function_bindings, names_in
from hookproof.semantic.definitions import ClassDefinition, External, ValueDefinition
from hookproof.semantic.effects import changed_names
from hookproof.semantic.local_constants import local_constants
from hookproof.semantic.match_statements import SUBJECT
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile

_MATCHERS: dict[str, Callable[[str, str], object]] = {
    "fnmatch.fnmatch": lambda text, pattern: fnmatch.fnmatchcase(text, pattern),
    "fnmatch.fnmatchcase": lambda text, pattern: fnmatch.fnmatchcase(text, pattern),
    "re.fullmatch": lambda pattern, text: re.fullmatch(pattern, text),
    "re.match": lambda pattern, text: re.match(pattern, text),
    "re.search": lambda pattern, text: re.search(pattern, text),
}
# What these give is what their arguments say at this point, or nothing that is known.
_TOLD = frozenset({"all", "any", "len", "list", "next", "sum", "tuple"})
_CLASS_NAMES = frozenset({"__name__", "__qualname__"})


def settled(run: Running, expr: ir.Expr, frame: Frame) -> Value | None:
    """Return the one value that an expression certainly has."""
    match expr:
        case ir.Constant(value=value, kind=kind) if value is not None or kind == "None":
            return ConstantValue(value)
        case ir.Name(id=name):
            return _name(run, expr, name, frame)
        case ir.Attribute(value=inner, attr=attr) if attr in _CLASS_NAMES:
            cls = _class_of(run, inner, frame)
            return ConstantValue(cls) if cls is not None else _attribute(run, expr, frame)
        case ir.Attribute():
            return _attribute(run, expr, frame)
        case ir.Subscript(value=inner, index=index):
            return _entry(run, holder(run, inner, frame), key_of(run, _known(run, index, frame)), None)
        case ir.Call():
            return _called(run, expr, frame)
        case ir.Walrus(value=value):
            return settled(run, value, frame)
        case ir.Sequence(kind="list" | "tuple" | "set" as kind, items=items):
            parts = tuple(_known(run, item, frame) for item in items)
            return ContainerValue(kind, Items(parts)) if all(parts) else None
        case ir.Operation(op="-", operands=(operand,)):
            number = literal_of(_known(run, operand, frame))
            return ConstantValue(-number) if isinstance(number, int) else None
        case ir.Operation() if frame.counted and names_in(expr) <= frame.counted:
            return only(run.evaluate(expr, frame))  # in this turn of the loop that runs
    return None


def holder(run: Running, expr: ir.Expr, frame: Frame) -> Value | None:
    """Return the one object or container that an expression is known to be."""
    match expr:
        case ir.Name(id=name):
            # What a function does to a container of its file may not have been followed.
            is_open = frame.function is None and _is_changed_by_functions(name, frame)
            held = frame.locals.get(name)
            return None if is_open else only(held) if held is not None else _outer(run, expr, frame)
        case ir.Attribute() | ir.Call() | ir.Subscript():
            return settled(run, expr, frame)
        case ir.Sequence() | ir.Mapping():
            return only(run.evaluate(expr, frame))
    return None


def _outer(run: Running, expr: ir.Name, frame: Frame) -> Value | None:
    """Return the container of literals that a name of a file stands for, which its file never changes."""
    definition = run.project.lookup(frame.scope, expr.id)
    match definition:
        case ValueDefinition(value=ir.Mapping() | ir.Sequence() as value, scope=scope) if not scope.functions:
            is_changed = any(expr.id in changed_names(body) for body in _blocks_with(expr.id, scope.file))
            return None if is_changed or as_literal(value) is None else only(run.evaluate(expr, frame))
    return None


def has(run: Running, subjects: Values, names: Values) -> bool | None:
    """Return whether each of these has an attribute, None where that is not known."""
    name = text_of(names)
    if name is None or not subjects or not run.handed_on.isdisjoint(subjects):
        return None
    told = {has_attribute(value, name, run.progress.state, run.project) for value in subjects}
    return told.pop() if len(told) == 1 else None


def class_name(value: Value | None) -> str | None:
    """Return the name of the class of a module that was made here."""
    match value:
        case ScriptValue(how="script", is_reloaded=False, is_frozen=False):
            return "RecursiveScriptModule"
        case ScriptValue(how="trace", has_exports=False, is_reloaded=False, is_frozen=False):
            return "TopLevelTracedModule" if value.parent is None else "TracedModule"
        case ObjectValue(is_created=True, module_class=cls) if cls is not None:
            return cls.qualname.rpartition(".")[2]
    return None


def texts(run: Running, expr: ir.Expr, frame: Frame) -> tuple[str, ...] | None:
    """Return the texts that an expression certainly comes to, one or a container of them."""
    match settled(run, expr, frame):
        case ConstantValue(value=str(text)):
            return (text,)
        case ContainerValue() as value if value not in run.handed_on:
            held = value.iterated(run)
            found = tuple(each for item in held.items if (each := text_of(item)) is not None)
            return found if held.is_exact and found and len(found) == len(held.items) else None
    return None


def _known(run: Running, expr: ir.Expr, frame: Frame) -> Values:
    value = settled(run, expr, frame)
    return () if value is None else (value,)


def _given(run: Running, call: ir.Call, frame: Frame) -> Arguments:
    """Return what a call certainly gives."""
    found = [(each.keyword, _known(run, each.value, frame)) for each in call.args]
    named = {name: values for name, values in found if name is not None}
    is_open = any(each.star for each in call.args)
    return Arguments(call, frame, tuple(values for name, values in found if name is None), named, is_open)


# --- names -----------------------------------------------------------------------------------------------


def _name(run: Running, expr: ir.Name, name: str, frame: Frame) -> Value | None:
    if name in frame.counted or name == SUBJECT:
        return only(run.evaluate(expr, frame))
    giver = _giver(name, frame)
    if giver is not None:
        return only(giver.locals.get(name, ()))
    return _local_constant(name, frame) or _constant(run, expr, frame)


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


def _constant(run: Running, expr: ir.Name | ir.Attribute, frame: Frame) -> Value | None:
    """Return the constant of a file or class that is bound once."""
    if isinstance(expr, ir.Name) and expr.id in frame.locals and frame.function is not None:
        return None
    if isinstance(expr, ir.Attribute) and isinstance(expr.value, ir.Name):
        owner = run.project.lookup(frame.scope, expr.value.id)
        if isinstance(owner, ClassDefinition) and owner.qualname in run.progress.patched:
            return None
    return constant_of(run.project.resolve(frame.scope, expr))


def is_in_a_function(name: str, frame: Frame) -> bool:
    """Return whether a function of the file speaks of a name of the file, which it may change."""
    return any(name in names_in(body) for body in _functions_with(name, frame))


def _is_changed_by_functions(name: str, frame: Frame) -> bool:
    return any(name in changed_names(body) for body in _functions_with(name, frame))


def _functions_with(name: str, frame: Frame) -> list[tuple[ir.Stmt, ...]]:
    """Return the functions of a file in whose text a name stands."""
    return _blocks_with(name, frame.file, frozenset({"def", "method"}))


def _blocks_with(
    name: str, file: SourceFile, kinds: frozenset[str] | None = None
) -> list[tuple[ir.Stmt, ...]]:
    return [
        file.block(block.index)
        for block in file.outline.blocks
        if (kinds is None or block.kind in kinds) and file.text.find(name, block.start, block.end) >= 0
    ]


# --- attributes and entries ------------------------------------------------------------------------------


def _attribute(run: Running, expr: ir.Attribute, frame: Frame) -> Value | None:
    if expr.attr in MODES:
        return _mode(run, expr, frame)
    owner = holder(run, expr.value, frame)
    return _constant(run, expr, frame) if owner is None else attribute_of(run, owner, expr.attr)


def _mode(run: Running, expr: ir.Attribute, frame: Frame) -> Value | None:
    """Return the mode of a module, or of one of its parameters."""
    owner = holder(run, expr.value, frame) or only(run.evaluate(expr.value, frame))
    module, state = with_parameter(owner), run.progress.state
    if module is None or any(isinstance(each, ObjectValue) and each.is_created for each in run.handed_on):
        return None
    around = {module, module.origin, *state.members(loop_root(module))}
    bases = [base for each in around if each.definition for base in run.project.mro(each.definition)]
    if any(isinstance(base, ClassDefinition) and sets_modes(base) for base in bases):
        return None
    mode = mode_of(state, module, expr.attr)
    if mode is None and expr.attr == "training" and loop_root(module).origin.is_created:
        mode = None if any(asked == "training" for _, asked in state.modes) else True  # as it is made
    return None if mode is None else ConstantValue(mode)


def _entry(run: Running, owner: Value | None, key: object, default: Value | None) -> Value | None:
    """Return what a dict or list has under a key, or the default where it is known to have nothing there."""
    if not isinstance(owner, ContainerValue) or owner in run.handed_on:
        return None
    held = owner.now(run)
    if key is None or not held.is_exact:
        return None
    if held.kind == "dict":
        return only(held.keyed[key]) if key in held.keyed else default
    is_there = isinstance(key, int) and held.kind != "set" and -len(held.items) <= key < len(held.items)
    return only(held.items[key]) if is_there and isinstance(key, int) else None


# --- calls -----------------------------------------------------------------------------------------------


def _called(run: Running, call: ir.Call, frame: Frame) -> Value | None:
    match call:
        case ir.Call(func=ir.Attribute(value=inner, attr="get"), args=(key, *rest)) if len(rest) < 2:
            default = settled(run, rest[0].value, frame) if rest else ConstantValue(None)
            asked = key_of(run, _known(run, key.value, frame))
            return _entry(run, holder(run, inner, frame), asked, default)
        case ir.Call(func=ir.Name(id="getattr"), args=(subject, named, default)):
            names = run.evaluate(named.value, frame)
            is_there = has(run, run.evaluate(subject.value, frame), names)
            if is_there is False:
                return settled(run, default.value, frame) or only(run.evaluate(default.value, frame))
        case ir.Call(func=ir.Name(id=name)) if name in _TOLD:
            told = only(run.evaluate(call, frame))
            is_told = told.is_exact if isinstance(told, ContainerValue) else told and told.is_none is not None
            return told if is_told else None
        case ir.Call(func=ir.Name(id="type"), args=(subject,)):
            return class_value(settled(run, subject.value, frame))
        case ir.Call(func=ir.Name(id="id"), args=(subject,)):
            value = settled(run, subject.value, frame)
            return None if value is None else IdentityValue(value)
        case ir.Call(func=ir.Name(id="callable"), args=(subject,)):
            value = settled(run, subject.value, frame)
            return ConstantValue(False) if value is not None and value.is_none else None
        case ir.Call(func=ir.Attribute(value=inner, attr="_get_name"), args=()):
            found = class_name(settled(run, inner, frame))
            return ConstantValue(found) if found is not None and found not in SCRIPT_CLASS_NAMES else None
        case ir.Call(func=ir.Attribute(value=inner, attr=attr)) if attr in TEXT_METHODS:
            text = settled(run, inner, frame)
            if isinstance(text, ConstantValue) and isinstance(text.value, str):
                return only(TEXT_METHODS[attr](run.containers, text, _given(run, call, frame)))
    return _matched(run, call, frame)


def _matched(run: Running, call: ir.Call, frame: Frame) -> Value | None:
    """Return whether a regular expression or the like fits a known text."""
    definition = run.project.resolve(frame.scope, call.func)
    given = [text_of(_known(run, argument.value, frame)) for argument in call.args]
    matcher = _MATCHERS.get(definition.qualname) if isinstance(definition, External) else None
    if matcher is None and isinstance(call.func, ir.Attribute):
        matcher = _MATCHERS.get(f"re.{call.func.attr}")
        given.insert(0, _compiled(run, call.func.value, frame))
    match given:
        case (str(one), str(two)) if matcher is not None and not _may_take_long(one + two):
            try:
                found = matcher(one, two)
            except re.error:
                return None
            return ConstantValue(None if found is None else bool(found))
    return None


def _may_take_long(pattern: str) -> bool:
    """Return whether a repeated group may have to be tried in very many ways."""
    return any(end in pattern for end in (")*", ")+", "){"))


def _compiled(run: Running, expr: ir.Expr, frame: Frame) -> str | None:
    """Return the text of a pattern of the file that `re.compile` made."""
    definition = run.project.resolve(frame.scope, expr)
    match definition:
        case ValueDefinition(value=ir.Call() as call, scope=scope):
            is_local = bool(scope.functions) and scope == frame.scope
            return _pattern(run, call, frame if is_local else Frame(scope))
    return None


def _pattern(run: Running, call: ir.Call, frame: Frame) -> str | None:
    made = run.project.resolve(frame.scope, call.func)
    is_compiled = isinstance(made, External) and made.qualname == "re.compile" and len(call.args) == 1
    return text_of(_known(run, call.args[0].value, frame)) if is_compiled else None


# --- classes ---------------------------------------------------------------------------------------------


def class_value(value: Value | None) -> Value | None:
    """Return the very class of a module that was made here, or of a script module."""
    if isinstance(value, ObjectValue) and value.is_created and value.module_class is not None:
        cls = value.module_class
        return ClassValue(cls.definition) if cls.definition is not None else ExternalValue(cls.qualname)
    name = class_name(value)
    return ExternalValue(f"torch.jit.{name}") if name is not None else None


def _class_of(run: Running, expr: ir.Expr, frame: Frame) -> str | None:
    """Return the name of the class that an expression gives: `type(m)`, `m.__class__`."""
    match expr:
        case ir.Call(func=ir.Name(id="type"), args=(subject,)):
            return class_name(settled(run, subject.value, frame))
        case ir.Attribute(value=subject, attr="__class__"):
            return class_name(settled(run, subject, frame))
    return None
