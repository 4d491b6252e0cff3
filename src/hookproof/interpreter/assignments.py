"""Assignments in all their forms: what a name, an attribute or an entry stands for from now on."""

from __future__ import annotations

from hookproof.interpreter.function_calls import FunctionCalls
from hookproof.interpreter.guards import is_script_annotation
from hookproof.interpreter.members import table_owner
from hookproof.interpreter.models.iterators import exact_items
from hookproof.interpreter.models.torch_calls import put_into
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import (
    HOOK_TABLES,
    ClassValue,
    ConstantValue,
    ContainerValue,
    Frame,
    FunctionValue,
    HooksValue,
    Key,
    ScriptValue,
    Value,
    Values,
    union,
)
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.syntax import ir


class Assignments(FunctionCalls):
    """Carries out what binds, changes and deletes."""

    def assign(
        self, targets: tuple[ir.Expr, ...], value: ir.Expr | None, annotation: ir.Expr | None, frame: Frame
    ) -> None:
        """Carry out `targets = value`; an annotation alone binds nothing."""
        if value is None:
            return
        values = self.evaluate(value, frame)
        is_script = any(isinstance(found, ScriptValue) for found in values)
        if not is_script and is_script_annotation(annotation, frame.scope, self.project):
            values = (self.listener.declared(frame.place(value)),)
        for target in targets:
            self.bind_target(target, values, frame)
            if isinstance(target, ir.Name):
                self._note_optional(target.id, value, frame)

    def _note_optional(self, name: str, value: ir.Expr, frame: Frame) -> None:
        if isinstance(value, ir.Constant) and value.kind == "None":
            frame.optional[name] = False
        elif self.progress.guards:
            frame.optional[name] = True
        else:
            frame.optional.pop(name, None)

    def bind_target(self, target: ir.Expr, values: Values, frame: Frame) -> None:
        """Bind an assignment target, unpacking tuples."""
        match target:
            case ir.Name(id=name) if name in frame.shared:
                owner = frame.shared[name]
                before = () if self.is_running(owner) else owner.locals.get(name, ())
                owner.locals[name] = union(before, values)
            case ir.Name(id=name):
                before, frame.locals[name] = frame.locals.get(name, ()), values
                self.let_go(tuple(value for value in before if value not in values), target, frame)
            case ir.Attribute(value=owner):
                for found in self.evaluate(owner, frame):
                    self._bind_attribute(found, values, target, frame)
            case ir.Subscript(value=owner, index=index):
                owners = self.evaluate(table_owner(owner) or owner, frame)
                self._store_item(owners, index, values, frame)
            case ir.Sequence(items=items):
                self._unpack(items, values, frame)
            case ir.Starred(value=inner):
                self.bind_target(inner, (ContainerValue("list", [self.parts.elements(values)]),), frame)

    def _unpack(self, targets: tuple[ir.Expr, ...], values: Values, frame: Frame) -> None:
        starred = next((n for n, target in enumerate(targets) if isinstance(target, ir.Starred)), None)
        items = exact_items(self.parts, values) if starred is not None else None
        if starred is None or items is None or len(items) < len(targets) - 1:
            for position, target in enumerate(targets):
                self.bind_target(target, self._item(values, position), frame)
            return
        behind = len(items) - (len(targets) - 1 - starred)
        for target, held in zip(targets[:starred], items, strict=False):
            self.bind_target(target, held, frame)
        middle = ContainerValue("list", items[starred:behind], is_exact=True)
        starred_target = targets[starred]
        if isinstance(starred_target, ir.Starred):
            self.bind_target(starred_target.value, (middle,), frame)
        for target, held in zip(targets[starred + 1 :], items[behind:], strict=True):
            self.bind_target(target, held, frame)

    def _bind_attribute(self, owner: Value, values: Values, target: ir.Attribute, frame: Frame) -> None:
        name = target.attr
        if name in HOOK_TABLES and isinstance(owner, ObjectValue):
            self.progress.clear(HooksValue(owner, name), frame.place(target))
        if isinstance(owner, ClassValue) and name == "__init__":
            self.replaced_inits[owner.definition.place] = values
            return
        if isinstance(owner, FunctionValue):
            owner = self.parts.element(owner.definition, "", "attribute")
        if isinstance(owner, ObjectValue) and self._set_property(owner, name, values, target):
            return
        self.set_member(owner, name, values)
        if isinstance(owner, ObjectValue) and not owner.origin.is_created:
            self.progress.escaped.update(v.origin for v in values if isinstance(v, ObjectValue))

    def _set_property(self, owner: ObjectValue, name: str, values: Values, target: ir.Expr) -> bool:
        """Call the setter of a property; tell whether there is one."""
        member = self.project.member(owner.definition, name) if owner.definition is not None else None
        if not isinstance(member, FunctionDefinition) or "setter" not in member.decorator_names:
            return False
        call = ir.Call(target.at, target, (ir.Argument(target),))
        self.enter(FunctionValue(member, bound_self=owner), [values], {}, call)
        return True

    def _item(self, values: Values, index: int) -> Values:
        found = []
        for value in values:
            if part := self.parts.part(value, index):
                found.append(part)
            elif isinstance(value, (ContainerValue, ObjectValue)):
                found.append(self.parts.elements((value,)))
        return union(*found)

    def _store_item(self, owners: Values, index: ir.Expr, values: Values, frame: Frame) -> None:
        key = _key(self.evaluate(index, frame))
        for owner in owners:
            if isinstance(owner, HooksValue):
                put_into(self.listener, owner, values, index, frame)
            elif isinstance(owner, ContainerValue):
                self.containers.store(owner, key, values)
            elif isinstance(owner, ObjectValue):
                self.set_item(owner, key, values)

    def augment(self, target: ir.Expr, op: str, values: Values, frame: Frame) -> None:
        """Carry out `target += values`, which fills a container."""
        if isinstance(target, (ir.Name, ir.Attribute)):
            held = self.evaluate(target, frame)
            if isinstance(target, ir.Name) and any(isinstance(value, ConstantValue) for value in held):
                self.bind_target(target, self.concatenation(op, [held, values]), frame)
            for owner in held:
                if isinstance(owner, ContainerValue):
                    self.containers.extend(owner, values)

    def delete(self, target: ir.Expr, frame: Frame) -> None:
        """Carry out `del target`: takes hooks off with what they are on, or by their entry in a table."""
        match target:
            case ir.Name(id=name):
                self.let_go(frame.locals.pop(name, ()), target, frame)
            case ir.Attribute(value=value, attr=attr):
                for owner in self.evaluate(value, frame):
                    self.set_member(owner, attr, ())
            case ir.Subscript(value=value, index=index):
                for owner in self.evaluate(table_owner(value) or value, frame):
                    if isinstance(owner, HooksValue):
                        self.progress.clear(owner, frame.place(target))
                    elif isinstance(owner, ContainerValue):
                        self.containers.drop(owner, _key(self.evaluate(index, frame)))
                    elif isinstance(owner, ObjectValue):
                        self.take_out(owner, [self.evaluate(index, frame)])

    def share(self, kind: str, name: str, frame: Frame) -> None:
        """Carry out `global name` or `nonlocal name`."""
        outer = frame.parent if kind == "nonlocal" else None
        while outer is not None and name not in outer.locals:
            outer = outer.parent
        frame.shared[name] = outer or self.module_frame(frame)


def _key(values: Values) -> Key:
    """Return the constant that an index is, None where it is not known."""
    only = values[0] if len(values) == 1 else None
    return only.value if isinstance(only, ConstantValue) else None
