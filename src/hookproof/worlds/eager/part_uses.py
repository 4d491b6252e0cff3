"""What code does with a part of a module by its name: calls it, calls its `forward`, or reads its weight."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.by_node import by_node
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile

PartUse: TypeAlias = Literal["weight", "forward", "setting", "walk", "other"]

_TENSORS = frozenset({"weight", "bias"})
SKIPPING = ("forward", *sorted(_TENSORS))
"""The attributes of a part by which it is used without a call."""

# What goes through all parts, and may call each.
_WALKS = frozenset(
    {"children", "named_children", "modules", "named_modules", "_modules", "get_submodule", "__dict__"}
)
# What does not call a module.
_SETTING = frozenset(
    {
        *("train", "eval", "requires_grad_", "to", "cuda", "cpu", "half", "float", "double", "zero_grad"),
        *("parameters", "named_parameters", "state_dict", "load_state_dict", "in_features", "out_features"),
        *("in_channels", "out_channels", "training", "_forward_hooks", "_forward_pre_hooks"),
    }
)


class PartUses(Struct):
    """What a file does with parts of modules, by their names; whether it goes through `all` parts."""

    by_name: dict[str, set[PartUse]] = field(default_factory=dict)
    walks: bool = False

    def of(self, name: str) -> set[PartUse]:
        """Return what is done with whatever goes by this name."""
        found: set[PartUse] = {*self.by_name.get(name, ())}
        return {*found, "walk"} if self.walks else found

    def note(self, name: str, use: PartUse) -> None:
        """Note one use."""
        self.by_name.setdefault(name, set()).add(use)


@by_node
def part_uses(file: SourceFile) -> PartUses:
    """Return what the functions and the statements of a file do with parts."""
    uses = PartUses()
    for block in file.outline.blocks:
        if block.kind != "import":
            _in(file.block(block.index), uses)
    return uses


def _in(body: tuple[ir.Stmt, ...], uses: PartUses) -> None:
    for statement in body:
        for expr in statement_expressions(statement):
            _of(expr, uses)
        match statement:
            case ir.Assign(targets=targets):
                for target in targets:
                    # To set the part is no use of it, nor is to tie its weight to another's.
                    is_tied = isinstance(target, ir.Attribute) and target.attr in _TENSORS
                    _of(target.value if isinstance(target, ir.Attribute) else target, uses, is_owner=is_tied)
            case ir.Define(function=function):
                _in(function.body, uses)
            case ir.Class(body=inner):
                _in(inner, uses)
        for inner in nested_statements(statement):
            _in(inner, uses)


def _of(expr: ir.Expr, uses: PartUses, *, is_owner: bool = False) -> None:
    """Note what an expression does; as the owner of an attribute, it says of itself by which it is used."""
    if isinstance(expr, ir.Attribute):
        owner, attr = expr.value, expr.attr
        uses.walks = uses.walks or attr in _WALKS
        if not is_owner:
            uses.note(attr, "other")
        if isinstance(owner, ir.Attribute):
            uses.note(owner.attr, _use(attr))
            _of(owner, uses, is_owner=True)
            return
    elif isinstance(expr, ir.Call) and isinstance(expr.func, ir.Name):
        uses.walks = uses.walks or expr.func.id in {"getattr", "vars"}
    for child in children(expr):
        _of(child, uses)


def _use(attr: str) -> PartUse:
    if attr in _TENSORS:
        return "weight"
    if attr == "forward":
        return "forward"
    return "setting" if attr in _SETTING or "register_" in attr else "other"
