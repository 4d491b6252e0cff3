"""What decides whether a hook comes to the flagged line stays in the experiment, whatever it tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pytest

from hookproof.engine import check_paths
from hookproof.finding import Finding, HookReference, Verdict
from hookproof.settings import Settings
from test_verify_worker import verdicts

PYTHON = """\
import contextlib

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)

    def twice(self):
        return 2


class Wide(Net):
    pass


def is_eager(module):
    return not isinstance(module, torch.jit.ScriptModule)


IS_EAGER = lambda module: isinstance(module, Net)
NAMES = ("RecursiveScriptModule", "TopLevelTracedModule")


def plain(x, i, o):
    x.twice()


{hooks}

def main():
    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, plain)
    scripted(torch.rand(2, 4))
"""
# Each is true of the eager module, and false of what torch.jit.script makes of it.
TESTS = [
    "isinstance(x, Net)",
    "isinstance(x, Wide) or isinstance(x, Net)",
    "any(isinstance(x, c) for c in (Wide, Net))",
    'x._get_name() == "Net"',
    "type(x).__name__ not in NAMES",
    'x.__class__.__name__ == "Net"',
    "is_eager(x)",
    "IS_EAGER(x)",
    "issubclass(type(x), Net)",
    'hasattr(x, "twice")',
    'getattr(x, "twice", None) is not None',
    "not isinstance(x, torch.jit.ScriptModule)",
    "(name := type(x).__name__) and name not in NAMES",
]
FORMS = [
    "if {test}:\n    {use}",
    "if not ({test}):\n    return\n{use}",
    "if not ({test}):\n    pass\nelse:\n    {use}",
    "if o is None:\n    pass\nelif {test}:\n    {use}",
    "flag = {test}\nif flag:\n    {use}",
    "while {test}:\n    {use}\n    break",
    "for _ in range(2):\n    if not ({test}):\n        continue\n    {use}",
    "print({use} if {test} else 0)",
    "print(({test}) and {use})",
    "print(not ({test}) or {use})",
    "if i is not None:\n    if not ({test}):\n        return None\n{use}",
]
WHOLE = {
    "match": "match x:\n    case Net():\n        {use}",
    "another case": "match x:\n    case torch.jit.ScriptModule():\n        pass\n    case _:\n        {use}",
    "caught": "try:\n    {use}\nexcept AttributeError:\n    pass",
    "suppressed": "with contextlib.suppress(AttributeError):\n    {use}",
    "caught before": "try:\n    x.twice\nexcept AttributeError:\n    return\n{use}",
    "of the children": "print([{use} for c in x.children() if isinstance(c, Net)])",
}
PYTHON_ONLY = pytest.mark.skipif(sys.version_info < (3, 10), reason="`match` is Python 3.10")


def planted(tmp_path: Path, template: str, bodies: Sequence[str]) -> list[Finding]:
    """Return the finding on `plain`, put on the same use in a hook of each body."""
    hooks = [
        f"def hook_{n}(x, i, o):\n" + "".join(f"    {line}\n" for line in body.split("\n")) + "\n"
        for n, body in enumerate(bodies)
    ]
    path = tmp_path / "guarded.py"
    text = template.replace("{hooks}", "\n".join(hooks))
    path.write_text(text, "utf-8")
    (found,) = check_paths([str(path)], Settings()).findings
    lines = text.splitlines()
    assert found.attribute
    findings = []
    for number, _ in enumerate(bodies):
        start = lines.index(f"def hook_{number}(x, i, o):") + 1
        line = next(n for n in range(len(lines), start, -1) if n in _own(lines, start) and _use(lines[n - 1]))
        column = lines[line - 1].rindex(found.attribute) + 1
        findings.append(
            msgspec.structs.replace(
                found,
                line=line,
                end_line=line,
                column=column,
                end_column=column + len(found.attribute),
                hook=HookReference(f"hook_{number}", str(path), start),
            )
        )
    return findings


def _own(lines: Sequence[str], start: int) -> Iterable[int]:
    end = next((n for n, row in enumerate(lines[start:], start + 1) if row and row[0] != " "), len(lines))
    return range(start + 1, end)


def _use(line: str) -> bool:
    return "x.twice()" in line or "x.nope" in line


def shown(bodies: Sequence[str], found: Sequence[Verdict]) -> str:
    pairs = zip(bodies, found, strict=True)
    return "\n\n".join(f"{body}\n-> {v.status}: {v.reason} {v.error}" for body, v in pairs)


@pytest.mark.parametrize("form", FORMS)
def test_a_python_hook_runs_its_guard(form: str, tmp_path: Path) -> None:
    kept_off = [form.format(test=test, use="x.twice()") for test in TESTS]
    reached = [form.format(test=f"not ({test})", use="x.twice()") for test in TESTS]
    found = verdicts(planted(tmp_path, PYTHON, kept_off + reached))
    half = len(TESTS)
    assert {v.status for v in found[:half]} == {"refuted"}, shown(kept_off, found[:half])
    assert {v.status for v in found[half:]} == {"confirmed"}, shown(reached, found[half:])


@PYTHON_ONLY
def test_a_python_hook_runs_what_is_around_the_use(tmp_path: Path) -> None:
    bodies = [body.format(use="x.twice()") for body in WHOLE.values()]
    found = verdicts(planted(tmp_path, PYTHON, bodies))
    assert {v.status for v in found} == {"refuted"}, shown(bodies, found)


MADE_UP = {
    "the data": "if o.sum() > 1e9:\n    x.twice()",
    "a value that is not there": "if CONFIGURED:\n    x.twice()",
}


def test_a_guard_whose_value_cannot_be_had_leaves_it_open(tmp_path: Path) -> None:
    template = PYTHON.replace("NAMES =", "del_me = CONFIGURED = 1\ndel CONFIGURED\nNAMES =")
    template = template.replace("scripted(torch.rand(2, 4))", "return scripted")
    found = verdicts(planted(tmp_path, template, list(MADE_UP.values())))
    assert [v.status for v in found] == ["inconclusive"] * 2, shown(list(MADE_UP.values()), found)
    assert "depends on o, which was made up" in found[0].reason
    assert "depends on CONFIGURED, which could not be had" in found[1].reason


COMPILED = """\
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def plain(x, i: Tuple[torch.Tensor], o: torch.Tensor) -> None:
    print(x.nope)


{hooks}

def main():
    model = Net()
    model.register_forward_hook(plain)
    torch.jit.script(model)
"""
# False while torch compiles, which it knows then.
COMPILED_TESTS = [
    'hasattr(x, "nope")',
    "not torch.jit.is_scripting()",
    'hasattr(x, "nope") and x.training',
]
COMPILED_FORMS = [
    "if {test}:\n    print({use})",
    "if not ({test}):\n    pass\nelse:\n    print({use})",
    "if i is None:\n    pass\nelif {test}:\n    print({use})",
    "if o.dim() == 2:\n    if {test}:\n        print({use})",
    "for part in x.children():\n    if {test}:\n        print({use})",
    "print({use} if {test} else 0)",
]


@pytest.mark.parametrize("form", COMPILED_FORMS)
def test_a_compiled_hook_keeps_its_guard(form: str, tmp_path: Path) -> None:
    kept_off = [form.format(test=test, use="x.nope") for test in COMPILED_TESTS]
    reached = [form.format(test=f"not ({test})", use="x.nope") for test in COMPILED_TESTS[:2]]
    found = verdicts(planted(tmp_path, COMPILED, kept_off + reached))
    half = len(kept_off)
    assert {v.status for v in found[:half]} == {"refuted"}, shown(kept_off, found[:half])
    assert {v.status for v in found[half:]} == {"confirmed"}, shown(reached, found[half:])


def test_a_guard_that_does_not_compile_is_left_out_and_that_is_told(tmp_path: Path) -> None:
    bodies = [
        'if type(x).__name__ == "Net":\n    print(x.nope)',
        "if len(x._modules) > 5:\n    return\nprint(x.nope)",
    ]
    found = verdicts(planted(tmp_path, COMPILED, bodies))
    assert [v.status for v in found] == ["confirmed"] * 2, shown(bodies, found)
    assert all("taken as in eager mode, for it fails itself" in v.reason for v in found)


def test_a_guard_that_does_not_compile_and_keeps_eager_mode_off_leaves_it_open(tmp_path: Path) -> None:
    bodies = [
        'if type(x).__name__ != "Net":\n    print(x.nope)',
        "if isinstance(x, nn.Conv2d):\n    print(x.nope)",
    ]
    found = verdicts(planted(tmp_path, COMPILED, bodies))
    assert [v.status for v in found] == ["inconclusive"] * 2, shown(bodies, found)
