"""A hook reduced to one statement is Python, and binds what it needs where the hook binds it."""

from __future__ import annotations

import argparse
import ast
import inspect
import subprocess
import tarfile
import textwrap
import typing
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from hookproof.verify.target.hook_files import write_function
from hookproof.verify.target.reduce import Reduction
from hookproof.verify.target.sources import Source

FOUND = {
    "in a loop": (
        """\
        def hook(m, input, output):
            total = 0
            for i in range(m.layers):
                weight = m.get(i)
                if i == 0:
                    size = 1
                else:
                    size = 2
                total = total + flagged(m, weight, size)
        """,
        """\
        for i in (range(m.layers)):
            weight = m.get(i)
            size = 1
            size = 2
            (flagged(m, weight, size))
        """,
    ),
    "in another branch": (
        """\
        def hook(m, input, output):
            if m.training:
                kept = input
            else:
                kept = output
                flagged(m, kept)
        """,
        """\
        if not (m.training):
            kept = output
            (flagged(m, kept))
        """,
    ),
    "in a with in a try": (
        """\
        def hook(m, input, output):
            try:
                with m.lock:
                    held = output
                    flagged(m, held)
            finally:
                m.done = held
        """,
        """\
        try:
            with m.lock:
                held = output
                (flagged(m, held))
        finally: pass
        """,
    ),
    "in a loop beside the flagged one": (
        """\
        def hook(m, input, output):
            for part in m.parts:
                last = part
            while m.busy:
                flagged(m, last)
        """,
        """\
        for part in (m.parts): pass
        last = part
        while (m.busy):
            (flagged(m, last))
            break
        """,
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_bound_stands_where_the_hook_binds_it(name: str, tmp_path: Path) -> None:
    text, expected = map(textwrap.dedent, FOUND[name])
    path = tmp_path / "hook.py"
    path.write_text(text, "utf-8")
    source = Source(str(path))
    function = source.tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    flagged = next(c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "flagged")
    reduction = Reduction(source, function, in_python=True).add(flagged)
    assert _text(reduction) == expected


@pytest.mark.parametrize("in_python", [False, True], ids=["compiled", "in Python"])
@pytest.mark.parametrize(
    "module", [argparse, inspect, subprocess, tarfile, typing, zipfile], ids=lambda module: module.__name__
)
def test_every_statement_reduces_to_python(module: ModuleType, in_python: bool, tmp_path: Path) -> None:
    source = Source(str(module.__file__))
    functions = [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]
    count = 0
    for function in functions:
        nested = {n for f in ast.walk(function) if f is not function and _is_scope(f) for n in ast.walk(f)}
        for node in ast.walk(function):
            if isinstance(node, (ast.Expr, ast.Assign)) and node not in nested:
                rows = Reduction(source, function, in_python=in_python).add(node).rows
                line = min(function.lineno, max(rows[0][0] - 1, 1))
                path = Path(write_function("def hook(m):", line, rows, str(tmp_path), "hook"))
                compile(path.read_text("utf-8"), f"{function.name}:{node.lineno}", "exec")
                path.unlink()
                count += 1
    assert count > 200


def _is_scope(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda))


def _text(reduction: Reduction) -> str:
    return "".join("    " * depth + text + "\n" for _, depth, text in reduction.rows)
