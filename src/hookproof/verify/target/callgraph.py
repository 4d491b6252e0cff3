"""Which code of a project runs which other, by name, across files: what a script or a function can reach."""

from __future__ import annotations

import ast
import contextlib
import os
from functools import cached_property, lru_cache
from typing import Any, Iterable, Iterator

from .outcome import InconclusiveError
from .sources import Source, parameters, source_of

IMPORTED, RUN = "<imported>", "<run>"  # the top level of a file, without and with its main guard

Node = (
    "tuple[str, str]"  # a file, and the name of a function or class of its top level, or one of the two above
)
_Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class File:
    """One file of the project: its top-level definitions, and what its names are imported from."""

    def __init__(self, source: Source, roots: tuple[str, ...]) -> None:
        self.path = source.path
        self.source = source
        self.roots = roots
        self.definitions: dict[str, Any] = {n.name: n for n in self._top() if isinstance(n, _Definition)}
        # What a decorator hands to something of the file, as `@watch.register(Net)` does, by that name.
        self._handed: dict[str, list[str]] = {}
        self._handed_nodes: dict[str, Any] = {}
        for node in self._top():
            self._note_handed(node)
        self._next: dict[str, set[tuple[str, str]]] = {}

    def _top(self) -> Iterator[ast.stmt]:
        """Yield the statements of the top level, those under `if`, `try`, `with` and loops among them."""
        waiting = list(reversed(self.source.tree.body))
        while waiting:
            node = waiting.pop()
            yield node
            if not isinstance(node, _Definition):
                waiting += [n for n in reversed(list(_inside(node))) if isinstance(n, ast.stmt)]

    def _note_handed(self, node: ast.stmt) -> None:
        """Note what the decorators of a definition may call it through, under a name no other has."""
        if not isinstance(node, _Definition):
            return
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            owner = dotted(called).split(".")
            if len(owner) > 1:
                name = "{} on line {}".format(node.name, node.lineno)
                self._handed_nodes[name] = node
                self._handed.setdefault(owner[0], []).append(name)

    @cached_property
    def imports(self) -> dict[str, tuple[str, str | None]]:
        """What each imported name of the project stands for: a file, and a name in it (None: the module)."""
        found: dict[str, tuple[str, str | None]] = {}
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    path = self._find(0, alias.name)
                    if path:
                        found[alias.asname or alias.name] = (path, None)
            elif isinstance(node, ast.ImportFrom):
                found.update(self._imported_from(node))
        return found

    def _imported_from(self, node: ast.ImportFrom) -> Iterator[tuple[str, tuple[str, str | None]]]:
        base = self._find(node.level, node.module or "")
        for alias in node.names:
            submodule = self._find(node.level, ".".join(filter(None, [node.module, alias.name])))
            if alias.name == "*":
                if base:
                    yield from ((name, (base, name)) for name in file_of(base, self.roots).definitions)
            elif submodule:
                yield alias.asname or alias.name, (submodule, None)
            elif base:
                yield alias.asname or alias.name, (base, alias.name)

    def _find(self, level: int, name: str) -> str | None:
        """Return the file of a module of the project."""
        folders = [*self.roots, os.path.dirname(self.path)]
        if level:
            folder = os.path.dirname(self.path)
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            folders = [folder]
        for folder in folders:
            if not level and self._is_installed_apart(folder, name):
                continue
            base = os.path.join(folder, *name.split(".")) if name else folder
            for path in (base + ".py", os.path.join(base, "__init__.py")):
                if os.path.isfile(path):
                    return path
        return None

    def _is_installed_apart(self, folder: str, name: str) -> bool:
        """Tell whether a module belongs to another package that is installed beside that of this file."""
        if os.path.basename(folder) not in _INSTALLED:
            return False
        own = os.path.relpath(self.path, folder).split(os.sep)[0]
        return name.split(".")[0] != os.path.splitext(own)[0]

    def statements(self, name: str) -> list[ast.stmt]:
        """Return the code that runs for a definition, or for the file itself."""
        if name not in (IMPORTED, RUN):
            return [self._handed_nodes[name] if name in self._handed_nodes else self.definitions[name]]
        body = [n for n in self.source.tree.body if not isinstance(n, _Definition)]
        return body if name == RUN else [n for n in body if not is_main_guard(n)]

    def covers(self, name: str, line: int) -> bool:
        """Tell whether `line` is part of the code of `name`."""
        return any(first_line(n) <= line <= (n.end_lineno or n.lineno) for n in self.statements(name))

    def next_to(self, name: str) -> set[tuple[str, str]]:
        """Return what the code of `name` may run: what it names of this file and of the project's others."""
        if name not in self._next:
            self._next[name] = self._find_next(name)
        return self._next[name]

    def _find_next(self, name: str) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        if name in (IMPORTED, RUN):
            found |= {(path, IMPORTED) for path, _ in self.imports.values()}
        for statement in self.statements(name):
            found |= self._fixtures_of(statement)
            for node in ast.walk(statement):
                if isinstance(node, ast.Name):
                    found |= self._meant(node.id)
                elif isinstance(node, ast.Attribute) and dotted(node) in _RUN_TESTS:
                    classes = [n for n, made in self.definitions.items() if isinstance(made, ast.ClassDef)]
                    found |= {(self.path, each) for each in classes}
                elif isinstance(node, ast.Attribute):
                    owner = self.imports.get(dotted(node.value))
                    if owner and owner[1] is None:
                        found |= file_of(owner[0], self.roots)._meant(node.attr)
        return found

    def _fixtures_of(self, node: ast.stmt) -> set[tuple[str, str]]:
        """Return the pytest fixtures that tests, and other fixtures, ask for by their parameters."""
        functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
        asking = [f for f in functions if f.name.startswith("test") or is_fixture(f)]
        names = {parameter.arg for function in asking for parameter in parameters(function)} - {"self"}
        return {
            (file.path, name) for name in names for file in self._fixture_files() if file.has_fixture(name)
        }

    def _fixture_files(self) -> Iterator[File]:
        """Yield this file, then each `conftest.py` around it."""
        yield self
        folder = os.path.dirname(self.path)
        while True:
            path = os.path.join(folder, "conftest.py")
            if os.path.isfile(path) and path != self.path:
                with contextlib.suppress(InconclusiveError):
                    yield file_of(path, self.roots)
            if is_top(folder):
                return
            folder = os.path.dirname(folder)

    def has_fixture(self, name: str) -> bool:
        """Tell whether a fixture of that name is defined here."""
        return is_fixture(self.definitions.get(name))

    def _meant(self, name: str, depth: int = 0) -> set[tuple[str, str]]:
        found = {(self.path, handed) for handed in self._handed.get(name, ())}
        if name in self.definitions:
            return {(self.path, name), *found}
        path, original = self.imports.get(name, (None, None))
        if path is None or original is None or depth > 5:
            return found
        return found | file_of(path, self.roots)._meant(original, depth + 1)


_RUN_TESTS = ("unittest.main", "absltest.main")  # these find the tests of the file by themselves
_INSTALLED = ("site-packages", "dist-packages")  # where each package is a project of its own

_files: dict[tuple[str, tuple[str, ...]], File] = {}


def file_of(path: str, roots: Iterable[str]) -> File:
    """Return a file of the project, which is parsed once. Raises `InconclusiveError`."""
    key = (path, tuple(roots))
    if key not in _files:
        _files[key] = File(source_of(path), key[1])
    return _files[key]


def distances(path: str, name: str, roots: Iterable[str]) -> dict[tuple[str, str], int]:
    """Return all that may run once `name` of the file at `path` does, and how many names lie between."""
    return _distances(path, name, tuple(roots))


@lru_cache(maxsize=None)
def _distances(path: str, name: str, roots: tuple[str, ...]) -> dict[tuple[str, str], int]:
    reached = {(path, name): 0}
    waiting = [(path, name)]
    while waiting:
        current = waiting.pop(0)
        try:
            following = file_of(current[0], roots).next_to(current[1])
        except InconclusiveError:
            continue
        for node in sorted(following):
            if node not in reached:
                reached[node] = reached[current] + 1
                waiting.append(node)
    return reached


def distance_to(
    reached: dict[tuple[str, str], int], path: str, line: int, roots: Iterable[str]
) -> int | None:
    """Return how far the code on a line is, None where it is not among what is `reached`."""
    found = [
        count
        for (file, name), count in reached.items()
        if file == path and file_of(file, roots).covers(name, line)
    ]
    return min(found, default=None)


def is_top(folder: str) -> bool:
    """Tell whether a folder is the top of a project, or of everything."""
    marks = ("pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", "tox.ini", ".git")
    is_marked = any(os.path.exists(os.path.join(folder, mark)) for mark in marks)
    return is_marked or folder == os.path.dirname(folder)


def is_fixture(node: Any) -> bool:
    """Tell whether a definition is a fixture of pytest's."""
    decorators = getattr(node, "decorator_list", ())
    called = [d.func if isinstance(d, ast.Call) else d for d in decorators]
    return any(dotted(each).rpartition(".")[2] == "fixture" for each in called)


def is_main_guard(node: ast.stmt) -> bool:
    """Tell whether a statement is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and any(
        isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(node.test)
    )


def takes_no_arguments(node: Any) -> bool:
    """Tell whether every parameter of a function has a default."""
    required = len(parameters(node)) - len(node.args.defaults)
    return required <= 0 and all(d is not None for d in node.args.kw_defaults)


def first_line(node: Any) -> int:
    """Return the line a statement starts on, its decorators included."""
    return int(min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))]))


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for such an expression, the empty text for any other."""
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return owner and "{}.{}".format(owner, node.attr)
    return node.id if isinstance(node, ast.Name) else ""


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a compound statement, those of its handlers included."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler):
            yield from child.body
        else:
            yield child
