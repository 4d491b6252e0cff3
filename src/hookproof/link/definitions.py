"""What a name can stand for: a function, class or value of the project, a file, or something outside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from hookproof.collect import ir
from hookproof.link.case import Scope
from hookproof.link.place import Place

if TYPE_CHECKING:
    from hookproof.collect.source_file import SourceFile


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the project, by its dotted name as imported (`torch.jit.script`, `builtins.len`)."""

    qualname: str


@dataclass(frozen=True, slots=True)
class FileDefinition:
    """A file of the project, as an imported module."""

    file: SourceFile


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function of the project; `scope` is where its free names live, `owner` its class if it has one."""

    function: ir.Function
    scope: Scope
    qualname: str
    owner: ClassDefinition | None = None

    @property
    def place(self) -> Place:
        """The `def`."""
        return Place(self.scope.file, self.function.at)


@dataclass(frozen=True, slots=True)
class ClassDefinition:
    """A class of the project. Its methods are read with `Project.methods`, for they may be blocks apart."""

    node: ir.Class
    scope: Scope
    qualname: str

    @property
    def place(self) -> Place:
        """The `class` line."""
        return Place(self.scope.file, self.node.at)


@dataclass(frozen=True, slots=True)
class ValueDefinition:
    """A name bound to an expression, with its annotation if it has one; `value` None if only annotated."""

    value: ir.Expr | None
    scope: Scope
    annotation: ir.Expr | None = None


Definition: TypeAlias = External | FileDefinition | FunctionDefinition | ClassDefinition | ValueDefinition
