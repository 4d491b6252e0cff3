"""What a program does to the attributes and parts of an object once that is made."""

from __future__ import annotations

from hookproof.interpreter.domain import Arguments, Frame, Values, only
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ConstantValue, ContainerValue, literal_of
from hookproof.interpreter.running import Running
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


def set_named(run: Running, owners: Values, names: Values, values: Values) -> None:
    """Carry out `setattr(owner, name, …)`, or `delattr` where there are no values."""
    known = [value.value for value in names if isinstance(value, ConstantValue)]
    name = known[0] if len(known) == 1 == len(names) and isinstance(known[0], str) else ANY_NAME
    for owner in owners:
        owner.set(run, name, values)


def set_item(run: Running, owner: ObjectValue, key: object, values: Values) -> None:
    """Carry out `owner[key] = …`, or `del owner[key]`; None where the key is not known."""
    is_module = any(isinstance(value, ObjectValue) and value.module_class for value in values)
    if isinstance(key, int) and (key < 0 or owner.is_numbered):
        names = owner.part_names(run) if owner.is_numbered else []
        key = names[key] if -len(names) <= key < len(names) else None if key < 0 else key
    if key is not None:
        run.rebind(owner, str(key), values)
    elif is_module or _is_container(owner):
        run.rebind(owner, ANY_NAME, values)
    else:
        run.keep(owner, ANY_NAME, values)


def change_table(run: Running, owner: ObjectValue, method: str, args: Arguments) -> None:
    """Carry out a method of one of the object's own tables."""
    first = only(args.value(0))
    first = first.now(run) if isinstance(first, ContainerValue) else first
    entries = dict(args.named)
    if isinstance(first, ContainerValue) and first.keyed and first.is_exact:
        entries |= {str(key): values for key, values in first.keyed.items()}
    elif isinstance(first, ConstantValue):
        entries[str(first.value)] = args.value(1) if method != "pop" else ()
    elif args.positional or not args.named:
        entries[ANY_NAME] = ()
    for name, values in entries.items():
        run.rebind(owner, name, values)


def take_out(run: Running, owner: ObjectValue, key: Values) -> None:
    """Carry out `container.pop(key)`: what stood behind the part gets another number."""
    held, location, parts = run.held(owner), literal_of(key), owner.part_names(run)
    if not owner.is_numbered or not isinstance(location, int) or not all(map(str.isdecimal, parts)):
        set_item(run, owner, location, ())
        return
    left = [held[name] for name in parts]
    if -len(left) <= location < len(left):
        del left[location]
    for name, values in zip(parts, [*left, ()], strict=False):
        run.rebind(owner, name, values)


def let_go(run: Running, values: Values, node: ir.Expr | ir.Stmt, frame: Frame) -> None:
    """Carry out `__del__` and `weakref.finalize` of what a name no longer holds.

    Whatever else holds it is not looked for.
    """
    for value in values if run.later.mortal else ():
        ending = run.later.mortal.pop(value, None)
        if ending is not None:
            ending.call(run, Arguments(ir.Call(node.at, ir.Name(node.at, "__del__"), ()), frame))


def _is_container(owner: ObjectValue) -> bool:
    return owner.module_class is not None and owner.module_class.is_container
