"""Gives the statements of a text with their comments, the names they bind and use, and edits of them."""

from __future__ import annotations

import ast
import io
import re
import symtable
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_KNOWN = 4096  # most statements are in many programs: what is read of a text is kept


def statements(text: str) -> list[str]:
    """Return the statements of `text` with the comments above them; those on one line stay together."""
    lines = text.splitlines(keepends=True)
    chunks, done = [], 0
    for node in ast.parse(text).body:
        end = node.end_lineno or node.lineno
        if end <= done:
            continue
        chunks.append("".join(lines[done:end]).strip("\n") + "\n")
        done = end
    return chunks


def body_of(text: str, function: ast.FunctionDef) -> list[str]:
    """Return the statements of a function's body, not indented."""
    lines = text.splitlines(keepends=True)
    first = function.body[0].lineno
    while lines[first - 2].strip().startswith("#"):
        first -= 1
    return statements(shifted("".join(lines[first - 1 : function.end_lineno]), -function.body[0].col_offset))


def shifted(text: str, columns: int) -> str:
    """Return `text` so many columns to the right, or to the left; what is inside strings stays."""
    inside = set(_inside_strings(text))
    lines = text.splitlines(keepends=True)
    return "".join(
        line if number in inside or not line.strip() else " " * columns + line[max(0, -columns) :]
        for number, line in enumerate(lines, 1)
    )


def _inside_strings(text: str) -> Iterator[int]:
    """Yield the numbers of the lines that start inside a string."""
    depth = start = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name == "STRING":
            yield from range(token.start[0] + 1, token.end[0] + 1)
        elif name == "FSTRING_START":
            start = start if depth else token.start[0]
            depth += 1
        elif name == "FSTRING_END":
            depth -= 1
            if not depth:
                yield from range(start + 1, token.end[0] + 1)


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in `node` and in no function or class inside it; such a definition itself is yielded."""
    yield node
    if isinstance(node, _SCOPES):
        return
    for child in ast.iter_child_nodes(node):
        yield from own_nodes(child)


def bound(chunks: Iterable[str]) -> set[str]:
    """Return the names that statements bind in the scope that they stand in."""
    return set().union(*map(_bound, chunks))


@lru_cache(_KNOWN)
def _bound(chunk: str) -> frozenset[str]:
    names: set[str] = set()
    for statement in _parsed([chunk]):
        for node in own_nodes(statement):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    names.add(name)
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    names.add(name)
                case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                    names |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
                case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                    names.add(name)
                case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                    names.add(name)
    return frozenset(names - _of_comprehensions(chunk))


def _of_comprehensions(chunk: str) -> set[str]:
    """Return the names that only comprehensions bind, for themselves."""
    own, others = set(), set()
    for statement in _parsed([chunk]):
        inner = {
            id(name)
            for node in own_nodes(statement)
            if isinstance(node, _COMPREHENSIONS)
            for generator in node.generators
            for name in ast.walk(generator.target)
        }
        for node in own_nodes(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                (own if id(node) in inner else others).add(node.id)
    return own - others


def used(chunks: Iterable[str]) -> set[str]:
    """Return every name that statements speak of, in whatever scope."""
    return set().union(*map(_used, chunks))


@lru_cache(_KNOWN)
def _used(chunk: str) -> frozenset[str]:
    return frozenset(n.id for s in _parsed([chunk]) for n in ast.walk(s) if isinstance(n, ast.Name))


def used_in_scopes(chunks: Iterable[str]) -> set[str]:
    """Return the names that functions, classes, comprehensions and f-strings in statements speak of."""
    inner = (*_SCOPES, *_COMPREHENSIONS, ast.JoinedStr)
    return {
        node.id
        for statement in _parsed(chunks)
        for scope in ast.walk(statement)
        if isinstance(scope, inner)
        for node in ast.walk(scope)
        if isinstance(node, ast.Name)
    }


def global_names(text: str) -> set[str]:
    """Return the names that the functions and classes of a file read from, or write to, its top level."""
    found: set[str] = set()
    waiting = symtable.symtable(text, "text", "exec").get_children()
    while waiting:
        table = waiting.pop()
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        waiting += table.get_children()
    return found


def declared(chunks: Iterable[str], kind: type[ast.Global] | type[ast.Nonlocal]) -> set[str]:
    """Return the names that statements declare `global` or `nonlocal`."""
    return {name for s in _parsed(chunks) for n in ast.walk(s) if isinstance(n, kind) for name in n.names}


def edited(text: str, replacement: Callable[[ast.AST], str | None]) -> str:
    """Return `text` with each outermost node for which `replacement` gives a text replaced by it."""
    edits: list[tuple[int, int, str]] = []
    data = text.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def visit(node: ast.AST) -> None:
        new = replacement(node)
        if new is None:
            for child in ast.iter_child_nodes(node):
                visit(child)
        else:
            first = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
            last = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
            edits.append((first, last, new))

    visit(ast.parse(text))
    for first, last, new in sorted(edits, reverse=True):
        data = data[:first] + new.encode() + data[last:]
    return data.decode()


def renamed(text: str, names: dict[str, str]) -> str:
    """Return `text` with names, parameters and definitions too, replaced by other names or attributes."""

    def new(node: ast.AST) -> str | None:
        if isinstance(node, ast.Name):
            return names.get(node.id)
        if isinstance(node, ast.arg) and node.annotation is None:
            return names.get(node.arg)
        if isinstance(node, ast.Global | ast.Nonlocal) and names.keys() & set(node.names):
            kind = type(node).__name__.lower()
            return f"{kind} {', '.join(names.get(name, name) for name in node.names)}"
        return None

    definition = re.compile(
        rf"^([ \t]*(?:async )?(?:def|class) )({'|'.join(map(re.escape, names)) or '(?!)'})\b", re.M
    )
    return definition.sub(lambda match: match[1] + names[match[2]], edited(text, new))


def _parsed(chunks: Iterable[str]) -> list[ast.stmt]:
    return [node for chunk in chunks for node in _tree(chunk).body]


@lru_cache(_KNOWN)
def _tree(chunk: str) -> ast.Module:
    return ast.parse(chunk)  # nobody changes it
