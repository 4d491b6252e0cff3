"""The expression that a constructor stores, as far as what is given to it decides which."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domain import Evaluator, Frame, Value
from hookproof.evaluator.made_containers import ContainerValue
from hookproof.evaluator.values import Const, TupleValue, truth_of
from hookproof.modules.given import Literal
from hookproof.semantic.effects import changed_names
from hookproof.syntax import ir

# Functions that make a container of what is in another one.
_COPIES = frozenset({"dict", "list"})
_MAX_NESTED = 3


def chosen(run: Evaluator, value: ir.Expr | None, frame: Frame) -> ir.Expr | None:
    """Return the arm of a conditional that is taken, and the literal that a name stands for.

    None where anything may have been bound to the name.
    """
    while True:
        match value:
            case ir.Conditional(test=test, body=if_true, orelse=if_false):
                pass
            case ir.Operation(op="or" | "and" as op, operands=(test, *others)) if others:
                rest = others[0] if len(others) == 1 else replace(value, operands=tuple(others))
                if_true, if_false = (test, rest) if op == "or" else (rest, test)
            case _:
                break
        tested = run.peek(test, frame)
        shown = _display(run, tested, test.at)
        truth = truth_of(tested) if shown is None else bool(_parts(shown))
        if truth is None:
            return value
        value = if_true if truth else if_false
    match value:
        case ir.Call(func=ir.Name(id=name), args=(ir.Argument(value=ir.Name() as copied, star=""),)) if (
            name in _COPIES
        ):
            given = _literal_named(run, copied, frame)
            return value if given is None else replace(value, args=(ir.Argument(given),))
        case ir.Name():
            # What an inner function binds anew, the text around it does not tell.
            is_rebound = any(name == value.id for _, name in run.rebindable)
            return _literal_named(run, value, frame) or (None if is_rebound else value)
    return value


def _literal_named(run: Evaluator, name: ir.Name, frame: Frame) -> Literal | None:
    """Return the literal that a name stands for; nothing of a container that the function changes."""
    known = run.peek(name, frame)
    if isinstance(known, Const):
        return _literal(known, name.at)
    shown = _display(run, known, name.at)
    if shown is None or frame.function is None or name.id in changed_names(frame.function.body):
        return None
    return shown


def _parts(shown: ir.Sequence | ir.Mapping) -> tuple[ir.Expr, ...]:
    return shown.items if isinstance(shown, ir.Sequence) else shown.values


def _display(run: Evaluator, value: Value | None, at: int, depth: int = 0) -> ir.Sequence | ir.Mapping | None:
    """Return what a list, tuple or dict of literals is written as."""
    content: Items[Value | None] | Entries[Value | None] | None = None
    if isinstance(value, TupleValue):
        content, kind = value.content, "tuple"
    elif isinstance(value, ContainerValue) and value.kind in {"list", "dict"}:
        content, kind = (value.items(run) or value.entries(run)), value.kind
    if content is None or content.is_open or depth == _MAX_NESTED:
        return None

    def shown(part: Value | None) -> Literal | None:
        return _literal(part, at) if isinstance(part, Const) else _display(run, part, at, depth + 1)

    parts = [
        shown(part) for part in (content.items if isinstance(content, Items) else content.known.values())
    ]
    known = tuple(part for part in parts if part is not None)
    if len(known) < len(parts):
        return None
    if isinstance(content, Items):
        return ir.Sequence(at, "tuple" if kind == "tuple" else "list", known)
    return ir.Mapping(at, tuple(_literal(Const(key), at) for key in content.known), known)


def _literal(value: Const, at: int) -> ir.Constant:
    """Return what a value is written as."""
    kinds: dict[type, str] = {bool: "bool", int: "int", float: "float", str: "str"}
    return ir.Constant(at, kinds.get(type(value.value), "None"), value.value)  # type: ignore[arg-type]
