"""Reads fixtures: their programs, the findings they expect, and which expectations each program reaches.

A fixture is a file `fixtures/hkpNNN_name.py`, or a folder of that name whose programs are in `programs.py`.
Nothing here runs a fixture or imports torch.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from places import ROOT

FIXTURES = ROOT / "fixtures"

Kind = Literal["breaks", "differs", "survives"]
_PROGRAM = re.compile(r"(breaks|differs|survives)_\w+")
_EXPECTATION = re.compile(
    r"#\s*(?P<missed>missed:\s*)?(?P<codes>HKP(?:\d{3}|\?{3})(?:[ ,]+HKP\d{3})*)\s*"
    r"(?(missed)(?:\((?P<says>.+)\))?)$"
)
_ASSUME_SCRIPTED = re.compile(r"#\s*hookproof:\s*assume-scripted\s*$")


@dataclass(frozen=True, order=True)
class Expectation:
    """One finding that must stand at `path:line`, or one that is known to be missed there.

    `says` is what torch says in a missed case that the rule of that code does not speak of so far.
    """

    path: Path
    line: int
    code: str
    is_missed: bool = False
    says: str = ""

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line} {'missed ' if self.is_missed else ''}{self.code}"


@dataclass(frozen=True)
class Program:
    """A function of a fixture that is run on torch, with the expectations that it can reach."""

    name: str
    kind: Kind
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class Fixture:
    """A file, or a folder of files, with programs and expectations."""

    path: Path

    def __str__(self) -> str:
        return self.path.stem

    @property
    def main(self) -> Path:
        """The file that holds the programs."""
        return self.path / "programs.py" if self.path.is_dir() else self.path

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every Python file of the fixture."""
        return tuple(sorted(self.path.rglob("*.py"))) if self.path.is_dir() else (self.path,)

    @cached_property
    def expectations(self) -> tuple[Expectation, ...]:
        """The expectations of all files, in order."""
        found = [e for path in self.files for e in read_expectations(path.read_text("utf-8"), path)]
        return tuple(sorted(found))

    @cached_property
    def assume_scripted(self) -> bool:
        """Whether the fixture is checked in library mode."""
        return any(_ASSUME_SCRIPTED.match(line) for line in self.main.read_text("utf-8").splitlines())

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """The programs in source order."""
        reach = _Reach({path: ast.parse(path.read_text("utf-8")) for path in self.files}, self.main)
        return tuple(
            Program(name, _kind(name), tuple(e for e in self.expectations if reach.covers(name, e)))
            for name in reach.functions
            if _PROGRAM.fullmatch(name)
        )


def all_fixtures() -> list[Fixture]:
    """Return every fixture of the project, sorted by name: the same ones each time, which read once."""
    return list(_fixtures())


@cache
def _fixtures() -> tuple[Fixture, ...]:
    return tuple(
        Fixture(path)
        for path in sorted(FIXTURES.iterdir())
        if path.suffix == ".py" or (path.is_dir() and (path / "programs.py").exists())
    )


def read_expectations(text: str, path: Path) -> list[Expectation]:
    """Return what the comments at the ends of the lines of `text` expect."""
    expectations = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match = _EXPECTATION.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            codes = re.split(r"[ ,]+", match["codes"])
            line, is_missed, says = token.start[0], bool(match["missed"]), match["says"] or ""
            expectations += [Expectation(path, line, code, is_missed, says) for code in codes]
    return expectations


def reached_lines(fixture: Fixture, program: str) -> set[int]:
    """Return the lines of the main file of a fixture that one of its programs reaches by name."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in fixture.files}
    ranges = _Reach(trees, fixture.main).ranges(program)
    return {line for path, first, last in ranges if path == fixture.main for line in range(first, last + 1)}


def _kind(name: str) -> Kind:
    match = _PROGRAM.fullmatch(name)
    assert match
    return match[1]  # type: ignore[return-value]  # the pattern only lets these through


class _Reach:
    """What each program can reach by name, over the top-level definitions of the fixture's files."""

    def __init__(self, trees: dict[Path, ast.Module], main: Path) -> None:
        self._main = main
        self._files = {path.stem: path for path in trees}
        self._bindings = {path: _top_level_bindings(tree) for path, tree in trees.items()}
        self.functions = [node.name for node in trees[main].body if isinstance(node, ast.FunctionDef)]
        self._ranges: dict[str, set[tuple[Path, int, int]]] = {}
        self._used: dict[tuple[Path, str], set[tuple[Path, str]]] = {}

    def covers(self, program: str, expectation: Expectation) -> bool:
        """Return whether the line of `expectation` belongs to something that `program` reaches."""
        return any(
            path == expectation.path and first <= expectation.line <= last
            for path, first, last in self.ranges(program)
        )

    def ranges(self, program: str) -> set[tuple[Path, int, int]]:
        """Return the definitions that `program` reaches, as (file, first line, last line)."""
        if program not in self._ranges:
            self._ranges[program] = self._find_ranges(program)
        return self._ranges[program]

    def _find_ranges(self, program: str) -> set[tuple[Path, int, int]]:
        ranges: set[tuple[Path, int, int]] = set()
        seen: set[tuple[Path, str]] = set()
        waiting = [(self._main, program)]
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            path, name = key
            for node in self._bindings[path].get(name, []):
                ranges.add((path, _first_line(node), node.end_lineno or node.lineno))
            waiting += self._uses_of(key)
        return ranges

    def _uses_of(self, key: tuple[Path, str]) -> set[tuple[Path, str]]:
        """Return what the definitions of a name speak of, among what the fixture's files define."""
        if key not in self._used:
            path, name = key
            nodes = self._bindings[path].get(name, [])
            used = {use for node in nodes for use in self._uses(path, node, name)}
            self._used[key] = {use for use in used if use[1] in self._bindings[use[0]]}
        return self._used[key]

    def _uses(self, path: Path, node: ast.stmt, name: str) -> Iterator[tuple[Path, str]]:
        """Yield what `node`, reached as `name`, speaks of: names of its file and of the files it imports."""
        for child in ast.walk(node):
            if isinstance(child, ast.Name):
                yield path, child.id
            elif isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
                other = self._imported_file(path, child.value.id)
                if other is not None:
                    yield other, child.attr
            elif isinstance(child, ast.ImportFrom) and (child.module or "").split(".")[-1] in self._files:
                other = self._files[(child.module or "").split(".")[-1]]
                for alias in child.names:
                    if child is not node or (alias.asname or alias.name) == name:
                        yield other, alias.name

    def _imported_file(self, path: Path, name: str) -> Path | None:
        """Return the file of the fixture that `name` stands for in `path`, if it is one imported whole."""
        for node in self._bindings[path].get(name, []):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name.split(".")[0]) == name:
                        return self._files.get(alias.name.split(".")[-1])
        return None


def _top_level_bindings(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    bindings: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in _bound_names(node):
            bindings.setdefault(name, []).append(node)
    return bindings


def _bound_names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            names.add(child.name)
    return names


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])
