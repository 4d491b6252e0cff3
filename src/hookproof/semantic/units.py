"""What runs from top to bottom: the statements of a file, and each function in it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.semantic.nested_classes import class_at
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile


class Unit(Struct, eq=False):
    """A function, or the statements of a file: what runs from top to bottom."""

    scope: Scope
    function: ir.Function | None = None
    owner: ClassDefinition | None = None

    @property
    def name(self) -> str:
        """The function's name, nothing for a file."""
        return self.function.name if self.function is not None else ""


class Spot(Struct, frozen=True):
    """A point in a unit, and the loops around it there."""

    unit: Unit
    at: int
    loops: tuple[int, ...] = ()

    def is_after(self, other: Spot) -> bool:
        """Whether this runs behind the other, perhaps in a later turn of a loop."""
        return self.unit is other.unit and (self.at > other.at or bool(set(self.loops) & set(other.loops)))


def units_of(file: SourceFile, project: Project) -> Iterator[Unit]:
    """Yield the statements of a file, and every function and lambda in it."""
    yield Unit(Scope(file))
    for block in file.outline.blocks:
        if block.kind == "import":
            continue
        owner = class_at(file, block.owner, block.within) if block.owner is not None else None
        yield from _within(file.block(block.index), Scope(file), owner, project)


def _within(
    body: tuple[ir.Stmt, ...], scope: Scope, owner: ClassDefinition | None, project: Project
) -> Iterator[Unit]:
    """Yield the functions that stand in statements, those in them and in their classes too."""
    for statement in body:
        if isinstance(statement, ir.Define):
            yield from _function(statement.function, scope, owner, project)
        elif isinstance(statement, ir.Class):
            qualname = project.qualname(scope, statement.name)
            cls = ClassDefinition(statement, scope, qualname)
            yield from _within(statement.body, scope, cls, project)
        else:
            for expr in statement_expressions(statement):
                yield from _lambdas(expr, scope, owner, project)
            for inner in nested_statements(statement):
                yield from _within(inner, scope, owner, project)


def _function(
    function: ir.Function, scope: Scope, owner: ClassDefinition | None, project: Project
) -> Iterator[Unit]:
    inner = Scope(scope.file, (*scope.functions, function))
    yield Unit(inner, function, owner)
    yield from _within(function.body, inner, owner, project)


def _lambdas(expr: ir.Expr, scope: Scope, owner: ClassDefinition | None, project: Project) -> Iterator[Unit]:
    if isinstance(expr, ir.Lambda):
        yield from _function(expr.function, scope, owner, project)
        return
    for child in children(expr):
        yield from _lambdas(child, scope, owner, project)


def loops_around(unit: Unit, at: int) -> tuple[int, ...] | None:
    """Return the loops around a node within a unit, None where it stands elsewhere."""
    if unit.function is not None:
        return _find(unit.function.body, at, ())
    for block in unit.scope.file.outline.blocks:
        if block.kind == "code":
            found = _find(unit.scope.file.block(block.index), at, ())
            if found is not None:
                return found
    return None


def _find(body: tuple[ir.Stmt, ...], at: int, loops: tuple[int, ...]) -> tuple[int, ...] | None:
    for statement in body:
        if statement.at == at or any(_has(expr, at) for expr in _all_expressions(statement)):
            return loops
        deeper = (*loops, statement.at) if isinstance(statement, (ir.For, ir.While)) else loops
        for inner in nested_statements(statement):
            found = _find(inner, at, deeper)
            if found is not None:
                return found
    return None


def _all_expressions(statement: ir.Stmt) -> Iterator[ir.Expr]:
    yield from statement_expressions(statement)
    if isinstance(statement, ir.Assign):
        yield from statement.targets
    if isinstance(statement, ir.Assert) and statement.message is not None:
        yield statement.message


def _has(expr: ir.Expr, at: int) -> bool:
    if getattr(expr, "at", None) == at:
        return True
    return any(_has(child, at) for child in children(expr))
