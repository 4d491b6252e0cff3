"""What a program does to the attributes and parts of an object once that is made."""

from __future__ import annotations

from hookproof.interpreter.models.copies import Copies
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import (
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    ScriptValue,
    Value,
    Values,
)
from hookproof.semantic.names import ANY_NAME
from hookproof.syntax import ir

# The dicts in which a module keeps what it has; a test asks torch for these and for what follows.
TABLES = frozenset({"__dict__", "_buffers", "_modules", "_parameters"})
TABLE_METHODS = frozenset({"__delitem__", "__setitem__", "clear", "pop", "popitem", "setdefault", "update"})
# Methods of a module that set an attribute, each with what the value is called.
SETTING_METHODS = {
    "__delattr__": "",
    "__setattr__": "value",
    "add_module": "module",
    "register_buffer": "tensor",
    "register_module": "module",
    "register_parameter": "param",
}


def table_owner(expr: ir.Expr) -> ir.Expr | None:
    """Return the object whose own table an expression is: `m` of `m._modules`, `m.__dict__`, `vars(m)`."""
    match expr:
        case ir.Attribute(value=owner, attr=attr) if attr in TABLES:
            return owner
        case ir.Call(func=ir.Name(id="vars"), args=(ir.Argument(value=owner),)):
            return owner
    return None


class Members(Copies):
    """Carries out what sets, replaces and deletes attributes and parts."""

    def set_member(self, owner: Value, name: str, values: Values) -> None:
        """Carry out `owner.name = …`, or `del owner.name` where there are no values."""
        match owner:
            case ClassValue(definition=definition):
                self.progress.patched.add(definition.qualname)
                self.progress.state.set_attribute(self.parts.of_class(definition), name, values)
            case ExternalValue(qualname=qualname) if name == "forward":
                self.progress.patched.add(qualname)
            case ObjectValue() | ScriptValue():
                self.progress.rebind(owner, name, values)

    def set_named(self, owners: Values, names: Values, values: Values) -> None:
        """Carry out `setattr(owner, name, …)`."""
        known = [value.value for value in names if isinstance(value, ConstantValue)]
        name = known[0] if len(known) == 1 == len(names) and isinstance(known[0], str) else ANY_NAME
        for owner in owners:
            self.set_member(owner, name, values)

    def set_item(self, owner: ObjectValue, key: object, values: Values) -> None:
        """Carry out `owner[key] = …`, or `del owner[key]`; None where the key is not known."""
        is_module = any(isinstance(value, ObjectValue) and value.module_class for value in values)
        parts = sum(name.isdecimal() for name in self.progress.state.of(owner).attributes)
        if isinstance(key, int) and key < 0:
            key = parts + key if owner.is_numbered and parts + key >= 0 else None
        if key is not None:
            self.progress.rebind(owner, str(key), values)
        elif is_module or self._is_container(owner):
            self.progress.rebind(owner, ANY_NAME, values)
        else:
            self.progress.state.set_attribute(owner, ANY_NAME, values)

    def change_table(
        self, owner: ObjectValue, method: str, args: list[Values], keywords: dict[str, Values]
    ) -> None:
        """Carry out a method of one of the object's own tables."""
        first = args[0][0] if args and len(args[0]) == 1 else None
        entries = dict(keywords)
        first = self.containers.now(first) if isinstance(first, ContainerValue) else first
        if isinstance(first, ContainerValue) and first.keyed and first.is_exact:
            entries |= {str(key): values for key, values in first.keyed.items()}
        elif isinstance(first, ConstantValue):
            entries[str(first.value)] = args[1] if len(args) > 1 and method != "pop" else ()
        elif args or not keywords:
            entries[ANY_NAME] = ()
        for name, values in entries.items():
            self.progress.rebind(owner, name, values)

    def take_out(self, owner: ObjectValue, args: list[Values]) -> None:
        """Carry out `container.pop(key)`: what stood behind the part gets another number."""
        held = self.progress.state.of(owner).attributes
        keys = [
            value.value
            for value in (args[0] if args else (ConstantValue(-1),))
            if isinstance(value, ConstantValue)
        ]
        parts = sorted((name for name in held if name.isdecimal()), key=int)
        if not owner.is_numbered or len(keys) != 1 or not isinstance(keys[0], int):
            self.set_item(owner, keys[0] if len(keys) == 1 else None, ())
            return
        left = [held[name] for name in parts]
        if -len(left) <= keys[0] < len(left):
            del left[keys[0]]
        for name, values in zip(parts, [*left, ()], strict=False):
            self.progress.rebind(owner, name, values)

    def _is_container(self, owner: ObjectValue) -> bool:
        return owner.module_class is not None and owner.module_class.is_container
