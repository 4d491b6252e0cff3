"""The files that are known, and what their names stand for across them."""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import takewhile
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
from hookproof.semantic.effects import written_attributes
from hookproof.semantic.nested_classes import way_to
from hookproof.semantic.rests import Node, Rests, names_of, text_of
from hookproof.semantic.scope import Scope
from hookproof.semantic.search_path import search_path
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of

if TYPE_CHECKING:
    from hookproof.syntax.outline import Block
    from hookproof.syntax.source_file import SourceFile

T = TypeVar("T", bound="Knowledge")
_Order: TypeAlias = tuple[ClassDefinition | External | None, ...]

_MAX_HOPS = 16
# It starts with a literal, for that is searched at the speed of memory.
_SELF_ASSIGNMENT = re.compile(r"self\.(?<!\wself\.)(\w+)\b[^=\n]*=(?!=)")
_STAR = re.compile(r"import\s*\(?\s*\*")
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
        self._paths = {os.path.abspath(path): path for path in paths}
        self._load = load
        self.facts = facts
        self._roots = tuple(os.path.abspath(root) for root in roots)
        self._files: dict[str, SourceFile | None] = {}
        self._searched: dict[str, tuple[str, ...]] = {}
        self._imports: dict[tuple[tuple[str, ...], str], SourceFile | None] = {}
        self._bindings: dict[tuple[str, str], Definition | None] = {}
        self._methods: dict[tuple[str, int], Mapping[str, tuple[FunctionDefinition, ...]]] = {}
        self._assigning: dict[tuple[str, int], dict[str, list[str]]] = {}
        self._made: dict[object, Any] = {}
        self._mros: dict[tuple[str, int], _Order] = {}
        self.rests = Rests()
        self._ways: dict[tuple[str, str], set[Node]] = {}

    # --- files -------------------------------------------------------------------------------------

    def file(self, path: str) -> SourceFile | None:
        """Return the known file at `path`, or None."""
        absolute = os.path.abspath(path)
        if absolute not in self._files:
            known = self._paths.get(absolute)
            self._files[absolute] = None if known is None else self._load(known)
        return self._files[absolute]

    def imported_file(self, importer: SourceFile, dotted: str) -> SourceFile | None:
        """Return the project's file that `import dotted` means in `importer`, or None."""
        folders = self._searched.get(importer.path)
        if folders is None:
            folders = (_import_base(importer), *self._roots)
            # Python's own modules, by which a file says where others are, are where they always are.
            if dotted.partition(".")[0] not in sys.stdlib_module_names:
                self._searched[importer.path] = folders
                folders = self._searched[importer.path] = search_path(importer, folders, self.resolve)
        key = (folders, dotted)
        if key not in self._imports:
            self._imports[key] = self._find_module(folders, dotted)
        return self._imports[key]

    def _find_module(self, folders: tuple[str, ...], dotted: str) -> SourceFile | None:
        relative = dotted.replace(".", os.sep)
        for root in folders:
            for candidate in (f"{relative}.py", os.path.join(relative, "__init__.py")):
                path = os.path.join(root, candidate)
                if path in self._paths:
                    return self.file(path)
        return None

    def forget(self, changed: Collection[str]) -> frozenset[Node]:
        """Forget files that are other than they were, and what rests on them, which is returned.

        What `once` has made is told as well, by its `forget`.
        """
        resting = self.rests.on(changed)
        self._files = {path: file for path, file in self._files.items() if _is_apart(file, changed)}
        self._imports = {key: file for key, file in self._imports.items() if _is_apart(file, changed)}
        for path in resting:
            self._searched.pop(path, None)
        for key in [key for key, way in self._ways.items() if not way.isdisjoint(resting)]:
            self._bindings.pop(key, None)
            del self._ways[key]
        self._methods = {key: known for key, known in self._methods.items() if key[0] not in resting}
        self._assigning = {key: known for key, known in self._assigning.items() if key[0] not in resting}
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
        fallback: Definition | None = None
        for statement in reversed(found):
            definition = self._definition(scope, name, statement, hops)
            if isinstance(definition, ValueDefinition):
                fallback = fallback or definition
            elif definition is not None:
                return definition
        if not isinstance(fallback, ValueDefinition) or len(found) != 1:
            return None
        if isinstance(fallback.value, (ir.Name, ir.Attribute)):
            return self._resolve(scope, fallback.value, hops - 1) or fallback
        return fallback

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

    def methods(self, cls: ClassDefinition) -> Mapping[str, tuple[FunctionDefinition, ...]]:
        """Return a class's own methods by name, in source order (a property and its setter share one)."""
        key = (cls.scope.file.path, cls.node.at)
        if key not in self._methods:
            found: dict[str, list[FunctionDefinition]] = {}
            for define in self._defines(cls):
                name, qualname = define.function.name, f"{cls.qualname}.{define.function.name}"
                method = FunctionDefinition(name, cls.scope, qualname, cls, body=define.function)
                found.setdefault(name, []).append(method)
            for block in self._method_blocks(cls):
                qualname = f"{cls.qualname}.{block.name}"
                method = FunctionDefinition(block.name, cls.scope, qualname, cls, block=block.index)
                found.setdefault(block.name, []).append(method)
            self._methods[key] = {name: tuple(methods) for name, methods in found.items()}
        return self._methods[key]

    def method(self, cls: ClassDefinition, name: str) -> tuple[FunctionDefinition, ...]:
        """Return a class's own methods of one name, in source order."""
        return self.methods(cls).get(name, ())

    def assigning_methods(self, cls: ClassDefinition, attribute: str) -> tuple[FunctionDefinition, ...]:
        """Return a class's own methods whose source text assigns `self.attribute`."""
        key = (cls.scope.file.path, cls.node.at)
        if key not in self._assigning:
            assigning: dict[str, list[str]] = {}
            for define in self._defines(cls):
                for name in _self_attributes(define.function):
                    assigning.setdefault(name, []).append(define.function.name)
            for block in self._method_blocks(cls):
                for name in set(_SELF_ASSIGNMENT.findall(cls.scope.file.block_text(block.index))):
                    assigning.setdefault(name, []).append(block.name)
            self._assigning[key] = assigning
        names = dict.fromkeys(self._assigning[key].get(attribute, ()))
        return tuple(method for name in names for method in self.method(cls, name))

    def _defines(self, cls: ClassDefinition) -> Iterator[ir.Define]:
        """Yield the methods in a class's own facts, through compound statements, in source order."""
        for found in bindings_of(cls.node.body).values():
            yield from (statement for statement in found if isinstance(statement, ir.Define))

    def _method_blocks(self, cls: ClassDefinition) -> Iterator[Block]:
        file, index = cls.scope.file, block_of(cls.node.at)
        blocks = file.outline.blocks
        if cls.scope.functions or blocks[index].kind != "class":
            return
        behind = (blocks[number] for number in range(index + 1, len(blocks)))
        methods = list(takewhile(lambda block: block.owner == index, behind))
        within = way_to(cls.node, file.block(index)) if methods else None
        yield from (method for method in methods if method.within == within)

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


def _is_apart(file: SourceFile | None, changed: Collection[str]) -> bool:
    return file is None or file.path not in changed


def _import_base(file: SourceFile) -> str:
    """Return the folder that the file's own absolute imports start from."""
    folder = os.path.dirname(os.path.abspath(file.path))
    depth = file.module.count(".") + (1 if file.is_package else 0)
    for _ in range(depth):
        folder = os.path.dirname(folder)
    return folder


def _self_attributes(function: ir.Function) -> set[str]:
    return written_attributes(function.body, function.parameters[0].name) if function.parameters else set()


def _is_builtin(definition: Definition) -> bool:
    return isinstance(definition, External) and definition.qualname.startswith("builtins.")


def _unsubscripted(expr: ir.Expr) -> ir.Expr:
    """Return the class in `Base[T]`."""
    return expr.value if isinstance(expr, ir.Subscript) else expr
