"""Assignments in all their forms: what a name, an attribute or an entry stands for from now on."""

from __future__ import annotations

from hookproof.evaluator.contents import Items
from hookproof.interpreter.domain import Access, Frame, Values, union
from hookproof.interpreter.guards import is_script_annotation
from hookproof.interpreter.members import let_go, table_owner
from hookproof.interpreter.names import file_frame
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.operators import concatenated, extend
from hookproof.interpreter.plain import ConstantValue, ContainerValue, exact_items, some
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue
from hookproof.syntax import ir

_IN_PLACE = {"+": "__iadd__", "|": "__ior__", "-": "__isub__"}


def assign(run: Running, node: ir.Assign, frame: Frame) -> bool:
    """Carry out `targets = value`; an annotation alone binds nothing."""
    if node.value is None:
        return False
    values = run.evaluate(node.value, frame)
    is_script = any(isinstance(found, ScriptValue) for found in values)
    if not is_script and is_script_annotation(node.annotation, frame.scope, run.project):
        said = run.listener.declared(frame.location(node.value))
        values = values if said is None else (said,)
    for target in node.targets:
        bind(run, target, values, frame)
        if isinstance(target, ir.Name):
            _note_optional(run, target.id, node.value, frame)
    return False


def _note_optional(run: Running, name: str, value: ir.Expr, frame: Frame) -> None:
    if isinstance(value, ir.Constant) and value.kind == "None":
        frame.optional[name] = False
    elif run.progress.guards:
        frame.optional[name] = True
    else:
        frame.optional.pop(name, None)


def bind(run: Running, target: ir.Expr, values: Values, frame: Frame) -> None:
    """Bind an assignment target, unpacking tuples."""
    match target:
        case ir.Name(id=name) if name in frame.shared:
            owner = frame.shared[name]
            before = () if _is_running(run, owner) else owner.locals.get(name, ())
            owner.locals[name] = union(before, values)
        case ir.Name(id=name):
            before, frame.locals[name] = frame.locals.get(name, ()), values
            let_go(run, tuple(value for value in before if value not in values), target, frame)
        case ir.Attribute(value=owner, attr=attr):
            for found in run.evaluate(owner, frame):
                found.assign(run, attr, values, Access(target, frame))
        case ir.Subscript(value=owner, index=index):
            owners = run.evaluate(table_owner(owner) or owner, frame)
            key = run.evaluate(index, frame)
            for found in owners:
                found.assign_item(run, key, values, Access(index, frame))
        case ir.Sequence(items=items):
            _unpack(run, items, values, frame)
        case ir.Starred(value=inner):
            bind(run, inner, (some("list", run.elements(values)),), frame)


def _unpack(run: Running, targets: tuple[ir.Expr, ...], values: Values, frame: Frame) -> None:
    starred = next((n for n, target in enumerate(targets) if isinstance(target, ir.Starred)), None)
    items = exact_items(run, values) if starred is not None else None
    if starred is None or items is None or len(items) < len(targets) - 1:
        for position, target in enumerate(targets):
            bind(run, target, _item(run, values, position), frame)
        return
    behind = len(items) - (len(targets) - 1 - starred)
    for target, held in zip(targets[:starred], items, strict=False):
        bind(run, target, held, frame)
    middle = ContainerValue("list", Items(items[starred:behind]))
    starred_target = targets[starred]
    if isinstance(starred_target, ir.Starred):
        bind(run, starred_target.value, (middle,), frame)
    for target, held in zip(targets[starred + 1 :], items[behind:], strict=True):
        bind(run, target, held, frame)


def _is_running(run: Running, frame: Frame) -> bool:
    """Return whether a frame is being run, and certainly gets to where its statements are now."""
    is_on_stack = any(body is frame.function for body in run.calls.stack)
    is_level = frame.function is None and run.calls.outermost is None
    return run.progress.choices == 0 and (is_on_stack or is_level)


def _item(run: Running, values: Values, index: int) -> Values:
    found = []
    for value in values:
        if part := value.part(run, index):
            found.append(part)
        elif isinstance(value, (ContainerValue, ObjectValue)):
            found.append(value.elements(run))
    return union(*found)


def augment(run: Running, node: ir.AugAssign, frame: Frame) -> bool:
    """Carry out `target += values`, which fills a container."""
    values, target = run.evaluate(node.value, frame), node.target
    if not isinstance(target, (ir.Name, ir.Attribute)):
        return False
    held = run.evaluate(target, frame)
    if isinstance(target, ir.Name) and any(isinstance(value, ConstantValue) for value in held):
        bind(run, target, concatenated(run, node.op, [held, values], Access(target, frame)), frame)
    access = Access(target, frame)
    for owner in held:
        if isinstance(owner, ContainerValue):
            extend(run, owner, values, access)
        elif isinstance(owner, ObjectValue):
            name = _IN_PLACE.get(node.op)
            made = owner.special(run, name, access.calling(values)) if name is not None else None
            if made and isinstance(target, ir.Name) and held == (owner,):
                bind(run, target, made, frame)
    return False


def delete(run: Running, node: ir.Delete, frame: Frame) -> bool:
    """Carry out `del`: takes hooks off with what they are on, or by their entry in a table."""
    for target in node.targets:
        match target:
            case ir.Name(id=name):
                let_go(run, frame.locals.pop(name, ()), target, frame)
            case ir.Attribute(value=value, attr=attr):
                for owner in run.evaluate(value, frame):
                    owner.set(run, attr, ())
            case ir.Subscript(value=value, index=index):
                owners = run.evaluate(table_owner(value) or value, frame)
                key = run.evaluate(index, frame)
                for owner in owners:
                    owner.delete_item(run, key, Access(target, frame))
    return False


def share(run: Running, node: ir.Jump, frame: Frame) -> None:
    """Carry out `global name` or `nonlocal name`."""
    for name in node.names:
        outer = frame.parent if node.kind == "nonlocal" else None
        while outer is not None and name not in outer.locals:
            outer = outer.parent
        frame.shared[name] = outer or file_frame(run, frame.file)
