"""A small project, and hand-made findings on the lines that are marked in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from hookproof.finding import Finding, HookReference, Prediction, Subject

NET = """\
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width: int = 3):
        super().__init__()
        self.fc = nn.Linear(4, width)
        self.cache = []
        self.count = 0
        self.scale = 1.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


class Unscriptable(Net):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x) * len(globals())


def typed(m, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    n = m
    print(n.nope)  # breaks HKP301 n.nope
    print(n.scale)  # survives HKP301 n.scale
    n.cache.append(output)  # breaks HKP302 n.cache
    m.new = output  # breaks HKP303 m.new
    m.count = 3  # survives HKP303 m.count
    m.scale = 1  # breaks HKP304 m.scale
    if hasattr(m, "gone"):
        print(m.gone)  # survives HKP301 m.gone
    if not isinstance(m, Net):
        print(m.absent)  # survives HKP301 m.absent


def untyped(m, i, o):
    log.append(m.cache)  # breaks HKP302 m.cache
    return m.count  # survives HKP302 m.count


def make():
    seen = []

    def nested(m, i, o):
        seen.append(m.scale)  # survives HKP302 m.scale
        seen.append(m.cache)  # breaks HKP302 m.cache

    return nested


class Owner:
    def method(self, m, input, output):
        self.last = m.cache  # breaks HKP302 m.cache


hook = lambda m, i, o: m.cache  # breaks HKP302 m.cache
"""

PREDICTIONS = {
    "HKP301": Prediction("RuntimeError", "has no attribute"),
    "HKP302": Prediction("RuntimeError", "failed to convert"),
    "HKP303": Prediction("RuntimeError", "nonexistent attribute"),
    "HKP304": Prediction("RuntimeError", "Wrong type for attribute"),
}
_MARK = re.compile(r"# (breaks|survives) (HKP\d+) (\S+)$")


def marked(path: Path, module_class: str = "net:Net") -> list[tuple[str, Finding]]:
    """Return what each marked line of the file must come to (`breaks`, `survives`), and a finding on it."""
    text = path.read_text("utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if mark := _MARK.search(line):
            around = [f for f in functions if f.lineno <= number <= (f.end_lineno or 0)]
            hook = max(around, key=lambda f: f.lineno, default=None)
            column = line.index(mark[3]) + 1
            found.append(
                (
                    mark[1],
                    attribute_finding(
                        path, number, column, mark[2], mark[3], hook and hook.name, module_class
                    ),
                )
            )
    return found


def attribute_finding(
    path: Path,
    line: int,
    column: int,
    code: str,
    attribute: str,
    hook: str | None,
    module_class: str | None = "net:Net",
) -> Finding:
    """Return a finding about an attribute in a compiled hook."""
    text = path.read_text("utf-8")
    location = next((n for n, row in enumerate(text.splitlines(), 1) if f"def {hook}(" in row), line)
    return Finding(
        path=str(path),
        line=line,
        column=column,
        code=code,
        message="a message",
        rule="a-rule",
        severity="error",
        confidence="certain",
        world="compiled",
        outcome="raises",
        end_line=line,
        end_column=column + len(attribute),
        hook=HookReference(hook or "<lambda>", str(path), location),
        module_class=module_class.replace(":", ".") if module_class else None,
        attribute=attribute,
        prediction=PREDICTIONS[code],
        subject=Subject(
            api="register_forward_hook", form="function", module_class=module_class, expression=attribute
        ),
    )
