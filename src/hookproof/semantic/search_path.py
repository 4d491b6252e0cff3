"""The folders that a file itself puts on `sys.path`, where its text says which."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from hookproof.semantic.definitions import Definition, External, ValueDefinition
from hookproof.semantic.effects import statements_of
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.syntax.source_file import SourceFile

Resolve: TypeAlias = Callable[[Scope, ir.Expr], Definition | None]

_MAX_DEPTH = 16


def _same(*parts: str) -> str:
    return parts[0]


# What a call gives of the paths it is given, the one that its method is called on first.
_CALLS: Mapping[str, Callable[..., str]] = {
    "os.path.dirname": os.path.dirname,
    "os.path.join": os.path.join,
    "pathlib.Path": os.path.join,
    "os.getcwd": lambda: os.curdir,
    "pathlib.Path.cwd": lambda: os.curdir,
    **dict.fromkeys(
        ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "builtins.str"), _same
    ),
}
_METHODS: Mapping[str, Callable[..., str]] = {
    "joinpath": os.path.join,
    **dict.fromkeys(("resolve", "absolute", "as_posix", "__str__"), _same),
}
_OPERATIONS: Mapping[str, Callable[[str, str], str]] = {"/": os.path.join, "+": str.__add__}
_NAMES = {"os.pardir": os.pardir, "os.curdir": os.curdir, "os.sep": os.sep}


def search_path(file: SourceFile, folders: tuple[str, ...], resolve: Resolve) -> tuple[str, ...]:
    """Return the folders that a file's imports are looked for in: these, and what it puts on `sys.path`.

    A relative one may start from anywhere: it is taken from the file's own folder.
    """
    if "sys.path" not in file.text and "sys import" not in file.text:
        return folders
    folder, scope = os.path.dirname(os.path.abspath(file.path)), Scope(file)
    for block in file.outline.blocks:
        if block.kind in {"class", "import"} or file.text.find("path", block.start, block.end) < 0:
            continue
        for statement, inner in _statements(file.block(block.index), scope):
            for added, is_first in _added(statement, inner, resolve):
                value = _folded(added, inner, resolve, _MAX_DEPTH)
                found = os.path.normpath(os.path.join(folder, value)) if value is not None else None
                if found is not None:
                    folders = (found, *folders) if is_first else (*folders, found)
    return folders


def _statements(body: tuple[ir.Stmt, ...], scope: Scope) -> Iterator[tuple[ir.Stmt, Scope]]:
    """Yield the statements of a body and of the functions in it, each with where its names are."""
    for statement in statements_of(body):
        yield statement, scope
        if isinstance(statement, ir.Define):
            function = statement.function
            yield from _statements(function.body, Scope(scope.file, (*scope.functions, function)))


def _added(statement: ir.Stmt, scope: Scope, resolve: Resolve) -> Iterator[tuple[ir.Expr, bool]]:
    match statement:
        case ir.Expression(value=ir.Call(func=ir.Attribute(value=owner, attr=attr), args=args)):
            pass
        case ir.AugAssign(target=owner, value=value):
            attr, args = "extend", (ir.Argument(value),)
        case ir.Assign(targets=(owner,), value=ir.Sequence() | ir.Operation() as value):
            sides = value.operands if isinstance(value, ir.Operation) else (value,)
            given = next((side for side in sides if isinstance(side, ir.Sequence)), value)
            attr, args = "extend", (ir.Argument(given),)
        case _:
            return
    found = resolve(scope, owner)
    if not isinstance(found, External) or found.qualname != "sys.path":
        return
    match attr, args:
        case ("append", (each,)) | ("insert", (_, each)):
            yield each.value, attr == "insert"
        case "extend", (ir.Argument(value=ir.Sequence(items=items)),):
            yield from ((item, False) for item in items)


def _folded(expr: ir.Expr, scope: Scope, resolve: Resolve, depth: int) -> str | None:
    """Return the path that an expression comes to, None where that is not known."""
    if depth <= 0:
        return None

    def each(*parts: ir.Expr) -> list[str] | None:
        found = [_folded(part, scope, resolve, depth - 1) for part in parts]
        return None if None in found else [part for part in found if part is not None]

    match expr:
        case ir.Constant(value=str(text)):
            return text
        case ir.Name(id="__file__"):
            return os.path.abspath(scope.file.path)
        case ir.Attribute(value=inner, attr="parent"):
            above = each(inner)
            return os.path.dirname(above[0]) if above else None
        case ir.Subscript(value=ir.Attribute(value=inner, attr="parents"), index=ir.Constant(value=int(up))):
            above = each(inner)
            return os.path.normpath(os.path.join(above[0], *[os.pardir] * (up + 1))) if above else None
        case ir.Operation(op=op, operands=(left, right)) if op in _OPERATIONS:
            sides = each(left, right)
            return _OPERATIONS[op](*sides) if sides else None
        case ir.Call(func=func, args=args):
            found, given = resolve(scope, func), tuple(argument.value for argument in args)
            made = _CALLS.get(found.qualname) if isinstance(found, External) else None
            if made is None and isinstance(func, ir.Attribute) and found is None:
                made, given = _METHODS.get(func.attr), (func.value, *given)
            parts = each(*given)
            return made(*parts) if made is not None and parts is not None and (parts or not given) else None
        case ir.Name() | ir.Attribute():
            match resolve(scope, expr):
                case External(qualname=name):
                    return _NAMES.get(name)
                case ValueDefinition(value=value, scope=inner_scope) if value is not None:
                    return _folded(value, inner_scope, resolve, depth - 1)
    return None
