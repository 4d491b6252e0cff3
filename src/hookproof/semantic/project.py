"""What names stand for, across the files that are known."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from msgspec.structs import replace

from hookproof.facts.atlas import Facts
from hookproof.facts.public_names import is_public_torch, registers_in_torch
from hookproof.semantic.bases import merged
from hookproof.semantic.bindings import bindings_of, function_bindings
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FileDefinition,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.known_files import KnownFiles
from hookproof.semantic.own_methods import OwnMethods
from hookproof.semantic.rests import Node, Rests, names_of, text_of
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.syntax.source_file import SourceFile

T = TypeVar("T", bound="Knowledge")
_Order: TypeAlias = tuple[ClassDefinition | External | None, ...]

_MAX_HOPS = 16
_STAR = re.compile(r"import\s*\(?\s*\*")
_DEFINING = frozenset({ir.Define, ir.Class, ir.Import})
_BUILTINS, _CHANGING = frozenset(dir(builtins)), frozenset({"setter", "deleter"})


class Knowledge(Protocol):
    """What others know of a project beyond names."""

    def forget(self, resting: Collection[str]) -> None:
        """Forget what is known of these files."""


class Project:
    """Every file the analysis may consult, read only when a name leads there.

    `paths` are the known files; `load` gives the `SourceFile` of one of them, or None where it cannot be
    read or parsed (the failure is the loader's to report); `facts` are those of torch. `roots` are folders
    that imports start from, besides the folder above each file's outermost package.
    """

    def __init__(
        self,
        paths: Iterable[str],
        load: Callable[[str], SourceFile | None],
        facts: Facts,
        roots: Iterable[str] = (),
    ) -> None:
        self.facts = facts
        self._known, self._own = KnownFiles(paths, load, roots, self.resolve), OwnMethods()
        self.file = self._known.file
        self.methods, self.method = self._own.methods, self._own.method
        self.assigning_methods = self._own.assigning
        self._bindings: dict[tuple[str, str], Definition | None] = {}
        self._made: dict[object, Any] = {}
        self._mros: dict[tuple[str, int], _Order] = {}
        self.rests = Rests()
        self._ways: dict[tuple[str, str], set[Node]] = {}

    def imported_file(self, importer: SourceFile, dotted: str) -> SourceFile | None:
        """Return the project's file that `import dotted` means in `importer`, or None.

        Whoever asks rests on the text of one that cannot be read, too.
        """
        file = self._known.imported_file(importer, dotted)
        unread = self._known.unread(importer, dotted) if file is None else None
        if unread is not None and self.rests.now is not None:
            self.rests.now.add(text_of(unread))
        elif unread is not None:
            self.rests.note(importer.path, text_of(unread))
        return file

    def forget(self, changed: Collection[str]) -> frozenset[Node]:
        """Forget files that are other than they were, and what rests on them, which is returned.

        What `once` has made is told as well, by its `forget`.
        """
        resting = self.rests.on(changed)
        self._known.forget(changed, resting)
        self._own.forget(resting)
        for key in [key for key, way in self._ways.items() if not way.isdisjoint(resting)]:
            self._bindings.pop(key, None)
            del self._ways[key]
        for key, bound in list(self._bindings.items()):
            if isinstance(bound, FileDefinition) and bound.file.path in changed:
                del self._bindings[key]
        self._mros = {key: known for key, known in self._mros.items() if key[0] not in resting}
        for made in self._made.values():
            made.forget(resting)
        self.rests.forget(changed)
        return resting

    # --- names -------------------------------------------------------------------------------------

    def resolve(self, scope: Scope, expr: ir.Expr) -> Definition | None:
        """Return what a (dotted) name stands for in `scope`, or None where that cannot be said.

        Follows imports, re-exports, star imports and `X = Y`; a name of Python itself is
        `External("builtins.…")`.
        """
        outer = self.rests.asking(scope.file.path)
        try:
            return self.rests.told(self._resolve(scope, expr, _MAX_HOPS))
        finally:
            self.rests.end(outer)

    def lookup(self, scope: Scope, name: str) -> Definition | None:
        """Return what a bare name stands for in `scope`, or None where that cannot be said."""
        outer = self.rests.asking(scope.file.path)
        try:
            return self.rests.told(self._lookup(scope, name, _MAX_HOPS))
        finally:
            self.rests.end(outer)

    def member(self, owner: Definition, name: str, asker: SourceFile | None = None) -> Definition | None:
        """Return what `owner.name` stands for: a name of a file, a class's own attribute, an external.

        The file of the `asker` rests on what a file has under that name.
        """
        if isinstance(owner, External):
            return self._member(owner, name, _MAX_HOPS)
        if isinstance(owner, FileDefinition):
            node = asker.path if asker is not None else names_of(owner.file.path)
        else:
            node = owner.scope.file.path
        outer = self.rests.asking(node)
        try:
            return self.rests.told(self._member(owner, name, _MAX_HOPS))
        finally:
            self.rests.end(outer)

    def _resolve(self, scope: Scope, expr: ir.Expr, hops: int) -> Definition | None:
        if hops <= 0:
            return None
        match expr:
            case ir.Name(id=name):
                return self._lookup(scope, name, hops)
            case ir.Attribute(value=value, attr=attr):
                owner = self._resolve(scope, value, hops - 1)
                return None if owner is None else self._member(owner, attr, hops - 1)
        return None

    def _lookup(self, scope: Scope, name: str, hops: int) -> Definition | None:
        for depth in range(len(scope.functions), 0, -1):
            function = scope.functions[depth - 1]
            inner = Scope(scope.file, scope.functions[:depth])
            found = function_bindings(function).get(name)
            if found is not None:
                return self._choose(inner, name, found, hops)
        return self._global(scope.file, name, hops)

    def _global(self, file: SourceFile, name: str, hops: int) -> Definition | None:
        key, rests = (file.path, name), self.rests
        if key not in self._bindings:
            self._bindings[key] = None
            outer = rests.now
            rests.now = way = self._ways[key] = {text_of(file.path)}
            try:
                self._bindings[key] = rests.told(self._find_global(file, name, hops))
            finally:
                rests.now = outer
        else:
            way = self._ways[key]
        if rests.now is not None:
            rests.now |= way
        return self._bindings[key]

    def _find_global(self, file: SourceFile, name: str, hops: int) -> Definition | None:
        if registers_in_torch(f"{file.module}.{name}", self.facts):
            return External(f"{file.module}.{name}")
        own = External(f"builtins.{name}") if name in _BUILTINS else None
        if not file.is_outlined and name not in file.text and not _STAR.search(file.text):
            return own  # most files that a star import leads to need not be cut
        scope = Scope(file)
        blocks = file.names.blocks(name)
        if len(blocks) == 1 and file.outline.blocks[blocks[0]].kind == "def":
            return FunctionDefinition(name, scope, self.qualname(scope, name), block=blocks[0])
        found = [statement for block in blocks for statement in bindings_of(file.block(block)).get(name, ())]
        if found:
            return self._choose(scope, name, tuple(found), hops)
        for star in self._star_imports(file):
            target = self.imported_module(file, star)
            if isinstance(target, FileDefinition) and target.file is not file:
                definition = self._global(target.file, name, hops - 1)
                if definition is not None and not _is_builtin(definition):
                    return definition
        return own

    def _star_imports(self, file: SourceFile) -> Iterator[ir.Import]:
        for block in file.names.blocks("*"):
            for statement in bindings_of(file.block(block)).get("*", ()):
                if isinstance(statement, ir.Import):
                    yield statement

    def _choose(
        self, scope: Scope, name: str, found: tuple[ir.Stmt | ir.Parameter, ...], hops: int
    ) -> Definition | None:
        """Of several bindings of one name, prefer the last that is a definition or an import."""
        for statement in reversed(found):
            if type(statement) in _DEFINING:  # a name may be assigned to any number of times
                definition = self._definition(scope, name, statement, hops)
                if definition is not None:
                    return definition
        value = self._definition(scope, name, found[0], hops) if len(found) == 1 else None
        if isinstance(value, ValueDefinition) and isinstance(value.value, (ir.Name, ir.Attribute)):
            return self._resolve(scope, value.value, hops - 1) or value
        return value

    def _definition(
        self, scope: Scope, name: str, statement: ir.Stmt | ir.Parameter, hops: int
    ) -> Definition | None:
        match statement:
            case ir.Define(function=function):
                return FunctionDefinition(name, scope, self.qualname(scope, name), body=function)
            case ir.Class():
                return ClassDefinition(statement, scope, self.qualname(scope, name))
            case ir.Import():
                return self._imported_name(scope.file, statement, name, hops)
            case ir.Assign(targets=targets, value=value, annotation=annotation):
                if any(isinstance(target, ir.Name) and target.id == name for target in targets):
                    return ValueDefinition(value, scope, annotation, name)
        return None

    # --- imports -----------------------------------------------------------------------------------

    def _imported_name(self, file: SourceFile, node: ir.Import, name: str, hops: int) -> Definition | None:
        for alias in node.names:
            if node.module is None and node.level == 0:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    dotted = alias.name if alias.asname else name
                    return self.module(file, dotted)
            elif (alias.asname or alias.name) == name:
                target = self.imported_module(file, node)
                return None if target is None else self._member(target, alias.name, hops - 1)
        return None

    def imported_module(self, file: SourceFile, node: ir.Import) -> Definition | None:
        """Return what `from … import` in a file takes its names from."""
        if node.level == 0:
            return self.module(file, node.module or "")
        parts = file.module.split(".")
        up = node.level - (1 if file.is_package else 0)
        if up > len(parts):
            return None
        package = parts[: len(parts) - up]
        dotted = ".".join([*package, *([node.module] if node.module else [])])
        return self.module(file, dotted) if dotted else None

    def module(self, importer: SourceFile, dotted: str) -> Definition:
        """Return the file that `import dotted` means in `importer`, else the external of that name."""
        file = self.imported_file(importer, dotted)
        if file is None:
            return External(dotted)
        if self.rests.now is None:
            self.rests.note(importer.path, names_of(file.path))
        return FileDefinition(file)

    def _member(self, owner: Definition, name: str, hops: int) -> Definition | None:
        if hops <= 0:
            return None
        match owner:
            case External(qualname=qualname):
                return External(f"{qualname}.{name}")
            case FileDefinition(file=file):
                public = f"{file.module}.{name}"
                if is_public_torch(public, self.facts):
                    return External(public)
                definition = self._global(file, name, hops - 1)
                if definition is not None and not _is_builtin(definition):
                    return definition
                submodule = self.imported_file(file, public)
                return None if submodule is None else FileDefinition(submodule)
            case ClassDefinition():
                return self._member_among(self.mro(owner), name)
            case ValueDefinition(value=value, scope=scope) if value is not None:
                inner = self._resolve(scope, value, hops - 1)
                return None if inner is None else self._member(inner, name, hops - 1)
        return None

    def inherited(self, cls: ClassDefinition, after: ClassDefinition | None, name: str) -> Definition | None:
        """Return what an object of class `cls` has under a name in its classes behind `after`."""
        outer = self.rests.asking(cls.scope.file.path)
        try:
            order = self.mro(cls)
            behind = order[order.index(after) + 1 if after in order else 0 :]
            return self.rests.told(self._member_among(behind, name))
        finally:
            self.rests.end(outer)

    def _member_among(self, order: _Order, name: str) -> Definition | None:
        for definition in order:
            if not isinstance(definition, ClassDefinition):
                return None if definition is None else External(f"{definition.qualname}.{name}")
            methods = self.method(definition, name)
            if methods:  # a property and its setter share one name
                read = (each for each in reversed(methods) if each.decorator_names.isdisjoint(_CHANGING))
                return next(read, methods[-1])
            for statement in reversed(bindings_of(definition.node.body).get(name, ())):
                scope = definition.scope
                found = self._definition(scope, name, statement, _MAX_HOPS)
                if isinstance(found, ClassDefinition):
                    return ClassDefinition(found.node, scope, f"{definition.qualname}.{name}")
                return self._other_name(definition, name, found) or found
        return None

    def _other_name(self, cls: ClassDefinition, name: str, found: Definition | None) -> Definition | None:
        """Return the function that `name = function` or `name = staticmethod(function)` in a class means."""
        if not isinstance(found, ValueDefinition) or found.annotation is not None:  # a field of a dataclass
            return None
        value, wrapped = found.value, frozenset[str]()
        match value:
            case ir.Call(func=ir.Name(id="staticmethod" | "classmethod" as kind), args=(inner,)):
                value, wrapped = inner.value, frozenset({kind})
        if not isinstance(value, (ir.Name, ir.Attribute)):
            return None
        methods = self.method(cls, value.id) if isinstance(value, ir.Name) else ()
        outer = methods[-1] if methods else self.resolve(cls.scope, value)
        return replace(outer, wrapped=wrapped) if isinstance(outer, FunctionDefinition) else None

    # --- classes -----------------------------------------------------------------------------------

    def bases(self, cls: ClassDefinition) -> tuple[Definition | None, ...]:
        """Return what each base of a class stands for, None where that cannot be said."""
        return tuple(self.resolve(cls.scope, _unsubscripted(base)) for base in cls.node.bases)

    def mro(self, cls: ClassDefinition) -> _Order:
        """Return the class and its bases in method resolution order; None stands for an unknown base.

        What an external class derives from is not known here.
        """
        if self.rests.now is not None:
            self.rests.now.add(cls.scope.file.path)
        if (key := (cls.scope.file.path, cls.node.at)) not in self._mros:
            self._mros[key] = ()  # a class that derives from itself
            bases = [b if isinstance(b, (ClassDefinition, External)) else None for b in self.bases(cls)]
            orders = [self.mro(base) if isinstance(base, ClassDefinition) else (base,) for base in bases]
            self._mros[key] = merged(cls, bases, orders)
        return self._mros[key]

    def once(self, make: Callable[[Project], T]) -> T:
        """Return what `make` makes of this project, made once: what others know of it beyond names."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def qualname(self, scope: Scope, name: str) -> str:
        """Return the dotted name of `name` defined in `scope`, functions as Python spells them."""
        inner = "".join(f"{function.name}.<locals>." for function in scope.functions)
        return f"{scope.file.module}.{inner}{name}"


def _is_builtin(definition: Definition) -> bool:
    return isinstance(definition, External) and definition.qualname.startswith("builtins.")


def _unsubscripted(expr: ir.Expr) -> ir.Expr:
    """Return the class in `Base[T]`."""
    return expr.value if isinstance(expr, ir.Subscript) else expr
