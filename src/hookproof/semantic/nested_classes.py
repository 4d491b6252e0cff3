"""Classes within classes: their methods are blocks of the outermost one, found by the names on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.syntax.source_file import SourceFile


def class_at(file: SourceFile, index: int, within: str = "") -> ClassDefinition | None:
    """Return the class of a block, or the one in it that `within` names, as `Block.within` does."""
    found: ClassDefinition | None = None
    statements = file.block(index)
    for name in (file.outline.blocks[index].name, *filter(None, within.split("."))):
        node = next((each for each in statements if isinstance(each, ir.Class) and each.name == name), None)
        if node is None:
            return None
        found = ClassDefinition(node, Scope(file), f"{found.qualname if found else file.module}.{name}")
        statements = node.body
    return found


def way_to(cls: ir.Class, statements: tuple[ir.Stmt, ...]) -> str | None:
    """Return what `Block.within` is for a class of a block's `statements`, None for one that has none."""
    for outer in statements:
        if isinstance(outer, ir.Class):
            return "" if outer.at == cls.at else _way_down(cls, outer)
    return None


def _way_down(cls: ir.Class, outer: ir.Class) -> str | None:
    for inner in outer.body:
        if isinstance(inner, ir.Class):
            if inner.at == cls.at:
                return inner.name
            way = _way_down(cls, inner)
            if way is not None:
                return f"{inner.name}.{way}"
    return None
