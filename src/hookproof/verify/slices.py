"""Cuts out of source files what a few names need, so that it runs by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path


def slice_source(path: str, names: Iterable[str], roots: Sequence[str] = ()) -> str:
    """Return the top-level statements of a file that define `names`, and what these need, in source order.

    Imports of the project's own modules (found under `roots`) are replaced by what they bring. Returns the
    empty text where the file defines none of the names.
    """
    return "\n".join(_slice(Path(path), set(names), tuple(roots), set()))


def _slice(path: Path, names: set[str], roots: tuple[str, ...], done: set[Path]) -> list[str]:
    try:
        text = path.read_text("utf-8-sig")
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError):
        return []
    done = done | {path}
    wanted, chosen = set(names), dict[int, ast.stmt]()
    changed = True
    while changed:
        changed = False
        for index, node in enumerate(tree.body):
            if index not in chosen and _bound(node) & wanted:
                chosen[index] = node
                wanted |= _used(node)
                changed = True
    lines = text.splitlines()
    parts: list[str] = []
    for index in sorted(chosen):
        node = chosen[index]
        parts += _import(node, path, roots, wanted, done) or [_text(node, lines)]
    return parts


def _text(node: ast.stmt, lines: list[str]) -> str:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    gap = "\n\n" if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
    return gap + "\n".join(lines[first - 1 : node.end_lineno])


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _used(node: ast.stmt) -> set[str]:
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str) and child.value.isidentifier():
            used.add(child.value)  # an annotation in quotes
    return used


def _import(
    node: ast.stmt, path: Path, roots: tuple[str, ...], wanted: set[str], done: set[Path]
) -> list[str]:
    """Return what an import from the project brings, empty for any other statement."""
    if not isinstance(node, ast.ImportFrom):
        return []
    other = _find(node, path, roots)
    if other is None or other in done:
        return []
    names = {alias.name for alias in node.names if (alias.asname or alias.name) in wanted}
    parts = _slice(other, names, roots, done)
    renamed = [
        f"{a.asname} = {a.name}" for a in node.names if a.asname and a.asname != a.name and a.name in names
    ]
    return [*parts, *renamed]


def _find(node: ast.ImportFrom, path: Path, roots: tuple[str, ...]) -> Path | None:
    parts = node.module.split(".") if node.module else []
    bases = [path.parents[node.level - 1]] if node.level else [Path(root) for root in roots]
    for base in bases:
        for candidate in (base.joinpath(*parts).with_suffix(".py"), base.joinpath(*parts, "__init__.py")):
            if parts and candidate.is_file():
                return candidate
    return None
