"""What an assignment binds, sets and unpacks."""

from __future__ import annotations

from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Evaluator, Value, Written, agreed
from hookproof.evaluator.expressions import index
from hookproof.evaluator.made_containers import new_list
from hookproof.evaluator.tracked import ModuleValue
from hookproof.evaluator.values import TupleValue, in_python
from hookproof.syntax import ir


def bind(run: Evaluator, target: ir.Expr, value: Value | None, written: Written) -> None:
    """Let an assignment target stand for a value."""
    frame = written.frame
    match target:
        case ir.Name(id=name):
            home = frame.shared.get(name, frame)
            is_nonlocal = home is not frame and home.function is not None
            run.state.names[home, name] = in_python(value) if is_nonlocal else value
        case ir.Attribute(value=base, attr=attr):
            owner = run.evaluate(base, frame)
            _keep(run, value, written)
            if owner is not None:
                owner.set(run, attr, value, written)
        case ir.Subscript(value=base):
            owner = run.evaluate(base, frame)
            key = index(run, target, owner, frame)
            _keep(run, value, written)
            if owner is not None:
                owner.set_item(run, key, value, written)
        case ir.Sequence(items=items):
            _unpack(run, items, value, written)
        case ir.Starred(value=inner):
            run.bind(inner, value, Written(inner, inner, frame))


def _keep(run: Evaluator, value: Value | None, written: Written) -> None:
    if value is not None:
        value.stored(run, Access(written.source, written.frame))


def _unpack(run: Evaluator, items: tuple[ir.Expr, ...], value: Value | None, written: Written) -> None:
    frame, source = written.frame, written.source
    is_module = isinstance(value, ModuleValue)
    content = None if value is None or is_module else value.iterate(run, Access(source, frame))
    sources = source.items if isinstance(source, ir.Sequence) else ()
    is_exact = not any(isinstance(item, ir.Starred) for item in (*items, *sources))
    for position, item in enumerate(items):
        part = _part_at(run, content, items, position)
        # An unpacked value's own expression is unknown: the `Name` of the target stands in for it.
        expr = sources[position] if is_exact and len(sources) == len(items) else item
        run.bind(item, part, Written(item, expr, frame, written.operator))


def _part_at(
    run: Evaluator, content: Items[Value | None] | None, items: tuple[ir.Expr, ...], position: int
) -> Value | None:
    """Return what one of several targets gets of what is unpacked."""
    if content is None:
        return None
    star = next((at for at, item in enumerate(items) if isinstance(item, ir.Starred)), len(items))
    behind = max(0, len(items) - star - 1)
    if content.is_open:
        is_rest = position >= star
        return (
            (TupleValue(Items((), True)) if position == star else None)
            if is_rest
            else content.at(position, agreed)
        )
    if len(content.items) < len(items) - (star < len(items)) or (
        star == len(items) and len(content.items) != len(items)
    ):
        return None
    if position < star:
        return content.items[position]
    if position == star:
        return new_list(run, Items(content.items[star : len(content.items) - behind]))
    return content.items[position - len(items)]
