"""Conditions whose outcome is known, or at least the same as that of an earlier one."""

from __future__ import annotations

import re

from hookproof.collect import ir
from hookproof.link.bindings import function_bindings
from hookproof.link.context_managers import ContextManagers
from hookproof.link.definitions import ClassDefinition, ValueDefinition
from hookproof.link.values import (
    Asked,
    ClassValue,
    ConstantValue,
    Frame,
    FunctionValue,
    ObjectValue,
    PartialValue,
    Value,
    Values,
)


class Conditions(ContextManagers):
    """Decides conditions on what was given, set once or asked before."""

    def truth(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Tell whether a condition on values that are known holds, None where that is unknown."""
        match test:
            case ir.Name() | ir.Attribute():
                only = self._settled(test, frame)
                if not isinstance(only, ConstantValue) or isinstance(only.value, str):
                    return None
                return bool(only.value)
            case ir.Operation(op="is" | "is not" as op, operands=(left, ir.Constant(kind="None"))):
                is_none = _is_none(self._settled(left, frame))
                return None if is_none is None else is_none == (op == "is")
            case ir.Operation(op="==" | "!=" as op, operands=(left, ir.Constant(kind="str", value=text))):
                only = self._settled(left, frame)
                if not isinstance(only, ConstantValue) or not isinstance(only.value, str):
                    return None
                return (only.value == text) == (op == "==")
            case ir.Operation(op="not", operands=(operand,)):
                truth = self.truth(operand, frame)
                return None if truth is None else not truth
            case ir.Operation(op="and" | "or" as op, operands=operands):
                decides = op == "or"
                truths = [self.truth(operand, frame) for operand in operands]
                if decides in truths:
                    return decides
                return None if None in truths else not decides
        return None

    def ask(self, test: ir.Expr, frame: Frame) -> Asked | None:
        """Evaluate a condition; return what it asks of which unknown value, None for anything but one."""
        match test:
            case ir.Operation(op="not", operands=(operand,)):
                asked = self.ask(operand, frame)
                return None if asked is None else asked.negated
            case ir.Operation(
                op="==" | "!=" | "is" | "is not" as op, operands=(left, ir.Constant(value=other))
            ):
                only = _unknown(self.evaluate(left, frame))
                return Asked(only, (other, type(other)), op in {"==", "is"}) if only is not None else None
        only = _unknown(self.evaluate(test, frame))
        return Asked(only) if only is not None else None

    def _settled(self, expr: ir.Expr, frame: Frame) -> Value | None:
        """Return the one value that a parameter was given, an object was made with, or a constant has."""
        match expr:
            case ir.Name(id=name) if _is_as_given(name, frame):
                values = frame.locals.get(name, ())
                return values[0] if len(values) == 1 else None
            case ir.Attribute(value=ir.Name(id=name), attr=attr) if name in frame.locals:
                owners = frame.locals[name]
                return self._settled_attribute(owners[0], attr) if len(owners) == 1 else None
            case ir.Name() | ir.Attribute():
                return self._constant(expr, frame)
        return None

    def _settled_attribute(self, owner: Value, name: str) -> Value | None:
        cls = owner.definition if isinstance(owner, (ClassValue, ObjectValue)) else None
        if cls is None:
            return None
        if isinstance(owner, ObjectValue):
            if not self._is_set_once(owner, cls, name):
                return None
            values = self.life.state.of(owner).attributes.get(name)
            if values is not None:
                return values[0]
        bases = [base.qualname for base in self.project.mro(cls) if base is not None]
        return None if self.life.patched.intersection(bases) else _constant_of(self.project.member(cls, name))

    def _is_set_once(self, owner: ObjectValue, cls: ClassDefinition, name: str) -> bool:
        """Tell whether nothing but the `__init__` of an object that was made here sets an attribute."""
        known = self.life.state.of(owner)
        if not owner.is_created or owner in self.handed_on or name in known.changed:
            return False
        return len(known.attributes.get(name, (None,))) == 1 and all(
            method.name == "__init__"
            for base in self.project.mro(cls)
            if isinstance(base, ClassDefinition)
            for method in self.project.assigning_methods(base, name)
        )

    def _constant(self, expr: ir.Name | ir.Attribute, frame: Frame) -> Value | None:
        """Return the constant of a file or class that is bound once."""
        if isinstance(expr, ir.Name) and expr.id in frame.locals and frame.function is not None:
            return None
        if isinstance(expr, ir.Attribute) and isinstance(expr.value, ir.Name):
            owner = self.project.lookup(frame.scope, expr.value.id)
            if isinstance(owner, ClassDefinition) and owner.qualname in self.life.patched:
                return None
        return _constant_of(self.project.resolve(frame.scope, expr))


def _unknown(values: Values) -> ObjectValue | None:
    match values:
        case (ObjectValue(is_created=False) as only,):
            return only
    return None


def _constant_of(definition: object) -> ConstantValue | None:
    match definition:
        case ValueDefinition(value=ir.Constant(value=value, kind="bool" | "int" | "str"), name=name) if name:
            text = definition.scope.file.text
            is_rebound = re.search(rf"^\s*global\b.*\b{name}\b", text, re.MULTILINE)
            return None if is_rebound or definition.scope.functions else ConstantValue(value)
    return None


def _is_as_given(name: str, frame: Frame) -> bool:
    """Tell whether a name is a parameter that nothing in the function binds again."""
    binders = function_bindings(frame.function).get(name, ()) if frame.function is not None else ()
    return len(binders) == 1 and isinstance(binders[0], ir.Parameter)


def _is_none(value: Value | None) -> bool | None:
    """Tell whether a value is None, or nobody knows."""
    match value:
        case ConstantValue(value=given):
            return given is None
        case FunctionValue() | PartialValue() | ObjectValue(is_created=True):
            return False
    return None
