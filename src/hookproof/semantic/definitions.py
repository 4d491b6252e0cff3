"""What a name can stand for: a function, class or value of the project, a file, or something outside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of

if TYPE_CHECKING:
    from hookproof.syntax.source_file import SourceFile


class External(Struct, frozen=True):
    """Something outside the project, by its dotted name as imported (`torch.jit.script`, `builtins.len`)."""

    qualname: str


class FileDefinition(Struct, frozen=True):
    """A file of the project, as an imported module."""

    file: SourceFile


_BEFORE_DEF = re.compile(r"(?:(?!\s*(?:async\s+)?def\b).*\n)+")
_DECORATOR = re.compile(r"^\s*@(?:\w+\.)*(\w+)", re.MULTILINE)


def _last_name(expr: ir.Expr) -> str:
    match expr:
        case ir.Name(id=name) | ir.Attribute(attr=name):
            return name
        case ir.Call(func=func):
            return _last_name(func)
    return ""


class FunctionDefinition(Struct, frozen=True, eq=False):
    """A function of the project; `scope` is where its free names live, `owner` its class if it has one.

    A function that is a `block` of its own is lowered when somebody asks for it: most are only named.
    `wrapped` names what a class has put around it: `setup = staticmethod(function)`.
    """

    name: str
    scope: Scope
    qualname: str
    owner: ClassDefinition | None = None
    body: ir.Function | None = None
    block: int | None = None
    wrapped: frozenset[str] = frozenset()

    @property
    def function(self) -> ir.Function:
        """The function's facts. Raises `SourceError` where its block does not parse."""
        if self.body is not None:
            return self.body
        assert self.block is not None
        for statement in self.scope.file.block(self.block):
            if isinstance(statement, ir.Define):
                return statement.function
        raise SourceError(f"cannot read {self.qualname}: no function stands where one is defined")

    @property
    def block_index(self) -> int:
        """The block the function stands in."""
        return self.block if self.block is not None else block_of(self.function.at)

    @property
    def decorators(self) -> tuple[ir.Expr, ...]:
        """The decorators, known to be none without lowering where the text starts with the `def`."""
        if self.block is not None and not self.scope.file.block_text(self.block).lstrip().startswith("@"):
            return ()
        return self.function.decorators

    @property
    def decorator_names(self) -> frozenset[str]:
        """The last names of the decorators, read from the text where the function is not lowered."""
        if self.block is None:
            return self.wrapped.union(name for name in map(_last_name, self.function.decorators) if name)
        head = _BEFORE_DEF.match(self.scope.file.block_text(self.block))
        return self.wrapped.union(_DECORATOR.findall(head[0])) if head else self.wrapped

    @property
    def location(self) -> Location:
        """The `def`."""
        return Location(self.scope.file, self.function.at)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FunctionDefinition) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, str, int | None, int | None]:
        at = None if self.body is None else self.body.at
        return (self.scope.file.path, self.qualname, self.block, at)


class ClassDefinition(Struct, frozen=True):
    """A class of the project. Its methods are read with `Project.methods`, for they may be blocks apart."""

    node: ir.Class
    scope: Scope
    qualname: str

    @property
    def location(self) -> Location:
        """The `class` line."""
        return Location(self.scope.file, self.node.at)

    def __hash__(self) -> int:
        return hash((self.scope.file.path, self.qualname))


class ValueDefinition(Struct, frozen=True):
    """A name bound to an expression, with its annotation if it has one; `value` None if only annotated."""

    value: ir.Expr | None
    scope: Scope
    annotation: ir.Expr | None = None
    name: str = ""


Definition: TypeAlias = External | FileDefinition | FunctionDefinition | ClassDefinition | ValueDefinition
