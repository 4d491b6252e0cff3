"""Finds how a project itself makes and calls its modules, from literals and made tensors alone."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from hookproof.source.discover import discover, neighbours, project_root

_MAXIMAL_CALLS = 4
_MAXIMAL_INPUTS = 6
_MAXIMAL_FILES = 40  # that are parsed for one class


class Literals(Struct, frozen=True):
    """The argument texts of calls of a class, and of calls of what it makes, the first ones found."""

    calls: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def find_literals(module_class: str, paths: tuple[str, ...]) -> Literals:
    """Return how the project of `paths` calls a module class (`pkg.mod:Net`), these files first.

    Calls of torch's own classes say something only where they stand near, so for these only the folders of
    `paths` are looked at.
    """
    name = module_class.replace(":", ".").rpartition(".")[2]
    calls: dict[str, None] = {}
    inputs: dict[str, None] = {}
    parsed = 0
    mention = re.compile(rb"\b%s\s*\(" % name.encode())
    for path in _files(paths, is_near=module_class.startswith("torch.")):
        said = _said_in(path) if mention.search(_data(path)) else None
        if said is None:
            continue
        calls.update(dict.fromkeys(text for called, text in said.calls if called == name))
        inputs.update(dict.fromkeys(said.inputs_of(name)))
        parsed += 1
        if parsed >= _MAXIMAL_FILES or (inputs and len(calls) >= _MAXIMAL_CALLS):
            break
    return Literals(tuple(calls)[:_MAXIMAL_CALLS], tuple(inputs)[:_MAXIMAL_INPUTS])


def _files(paths: tuple[str, ...], is_near: bool) -> list[str]:
    files = dict.fromkeys(p for p in paths if p.endswith((".py", ".pyi")))
    for path in paths:
        files.update(dict.fromkeys(neighbours(path)))
    if not is_near:
        for path in paths:
            files.update(dict.fromkeys(_project_files(os.path.dirname(path))))
    return list(files)


@lru_cache(maxsize=256)
def _project_files(folder: str) -> tuple[str, ...]:
    root = project_root(folder)
    return () if root is None else _files_below(root)


@lru_cache(maxsize=64)
def _files_below(root: str) -> tuple[str, ...]:
    return discover([root], root=root).files


@lru_cache(maxsize=8192)
def _data(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


class _Said(Struct, frozen=True):
    """The calls with literal arguments in one file, read once for all classes.

    `calls` are names and argument texts, `made` the names that a variable's value is made with, and `uses`
    the tensors that a variable is called with; those of a trace, whatever it is of, have no variable.
    """

    calls: list[tuple[str, str]] = []
    made: list[tuple[str, set[str]]] = []
    uses: list[tuple[str | None, str]] = []

    def inputs_of(self, name: str) -> Iterator[str]:
        """Yield the arguments of what the class makes is called with, or traced with."""
        variables = {variable for variable, names in self.made if name in names}
        yield from (text for variable, text in self.uses if variable is None or variable in variables)


@lru_cache(maxsize=8192)
def _said_in(path: str) -> _Said | None:
    try:
        tree = ast.parse(_data(path))
    except (ValueError, SyntaxError):
        return None
    said = _Said()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
            names = (
                {name for part in ast.walk(node.value) if (name := _last_name(part))} if targets else set()
            )
            said.made.extend((target, names) for target in targets)
        elif isinstance(node, ast.Call):
            name = _last_name(node.func)
            # A call without arguments says nothing that trying the defaults does not.
            if name and _is_literal(node) and (text := _argument_text(node)):
                said.calls.append((name, text))
            if isinstance(node.func, ast.Name) and _is_tensors(node.args):
                said.uses.append((node.func.id, ", ".join(ast.unparse(a) for a in node.args)))
            if name == "trace" and len(node.args) > 1 and _is_tensors(node.args[1:2]):
                example = node.args[1]
                parts = example.elts if isinstance(example, ast.Tuple) else [example]
                if parts:
                    said.uses.append((None, ", ".join(ast.unparse(a) for a in parts)))
    return said


def _last_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _argument_text(call: ast.Call) -> str:
    keywords = [f"{k.arg}={ast.unparse(k.value)}" for k in call.keywords]
    return ", ".join([*(ast.unparse(a) for a in call.args), *keywords])


def _is_literal(call: ast.Call) -> bool:
    if any(k.arg is None for k in call.keywords):
        return False
    try:
        for value in [*call.args, *(k.value for k in call.keywords)]:
            ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError):
        return False
    return True


_TENSOR_MAKERS = frozenset({"zeros", "ones", "rand", "randn", "randint", "arange", "tensor", "full", "empty"})


def _is_tensors(arguments: list[ast.expr]) -> bool:
    """Return whether the arguments are literals, `torch.rand(…)` and the like, and nothing else."""
    for argument in arguments:
        parts = argument.elts if isinstance(argument, ast.Tuple | ast.List) else [argument]
        for part in parts:
            is_made = (
                isinstance(part, ast.Call) and _last_name(part.func) in _TENSOR_MAKERS and _is_literal(part)
            )
            if not is_made and not isinstance(part, ast.Constant):
                return False
    return bool(arguments)
