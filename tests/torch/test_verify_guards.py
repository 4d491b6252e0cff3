"""What decides whether a hook comes to the flagged line stays in the experiment, whatever it tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pytest

from asked_together import asked_together
from hookproof.finding import Finding, HookReference, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

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


def planted(folder: Path, template: str, bodies: Sequence[str]) -> list[Finding]:
    """Return the finding on `plain`, put on the same use in a hook of each body."""
    hooks = [
        f"def hook_{n}(x, i, o):\n" + "".join(f"    {line}\n" for line in body.split("\n")) + "\n"
        for n, body in enumerate(bodies)
    ]
    path = folder / "guarded.py"
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


MADE_UP = {
    "the data": "if o.sum() > 1e9:\n    x.twice()",
    "a value that is not there": "if CONFIGURED:\n    x.twice()",
}
WITHOUT_INPUTS = PYTHON.replace("NAMES =", "del_me = CONFIGURED = 1\ndel CONFIGURED\nNAMES =").replace(
    "scripted(torch.rand(2, 4))", "return scripted"
)

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


# Guards that do not compile themselves: those that eager mode passes, and those that keep it off.
UNCOMPILED = [
    'if type(x).__name__ == "Net":\n    print(x.nope)',
    "if len(x._modules) > 5:\n    return\nprint(x.nope)",
]
UNCOMPILED_AND_SHUT = [
    'if type(x).__name__ != "Net":\n    print(x.nope)',
    "if isinstance(x, nn.Conv2d):\n    print(x.nope)",
]
PYTHON_BODIES = {
    form: [form.format(test=test, use="x.twice()") for test in TESTS]
    + [form.format(test=f"not ({test})", use="x.twice()") for test in TESTS]
    for form in FORMS
}
COMPILED_BODIES = {
    form: [form.format(test=test, use="x.nope") for test in COMPILED_TESTS]
    + [form.format(test=f"not ({test})", use="x.nope") for test in COMPILED_TESTS[:2]]
    for form in COMPILED_FORMS
}
PROGRAMS = {
    **{("python", form): (PYTHON, bodies) for form, bodies in PYTHON_BODIES.items()},
    **{("compiled", form): (COMPILED, bodies) for form, bodies in COMPILED_BODIES.items()},
    "whole": (PYTHON, [body.format(use="x.twice()") for body in WHOLE.values()]),
    "made up": (WITHOUT_INPUTS, list(MADE_UP.values())),
    "uncompiled": (COMPILED, UNCOMPILED),
    "uncompiled and shut": (COMPILED, UNCOMPILED_AND_SHUT),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[object, list[Verdict]]:
    """Return the verdicts on the hooks of every program, all of which one worker was asked about."""
    findings = {
        key: planted(tmp_path_factory.mktemp("program"), template, bodies)
        for key, (template, bodies) in PROGRAMS.items()
    }
    return {
        key: [finding.verdict for finding in group if finding.verdict]
        for key, (group, _) in asked_together(findings).items()
    }


def assert_kept_off_and_reached(bodies: Sequence[str], found: Sequence[Verdict], kept_off: int) -> None:
    """Assert that what a guard keeps off is refuted, and that what comes after is confirmed."""
    assert {v.status for v in found[:kept_off]} == {"refuted"}, shown(bodies[:kept_off], found[:kept_off])
    assert {v.status for v in found[kept_off:]} == {"confirmed"}, shown(bodies[kept_off:], found[kept_off:])


@pytest.mark.parametrize("form", FORMS)
def test_a_python_hook_runs_its_guard(form: str, judged: dict[object, list[Verdict]]) -> None:
    assert_kept_off_and_reached(PYTHON_BODIES[form], judged["python", form], len(TESTS))


def test_a_python_hook_runs_what_is_around_the_use(judged: dict[object, list[Verdict]]) -> None:
    bodies, found = PROGRAMS["whole"][1], judged["whole"]
    assert {v.status for v in found} == {"refuted"}, shown(bodies, found)


def test_a_guard_whose_value_cannot_be_had_leaves_it_open(judged: dict[object, list[Verdict]]) -> None:
    found = judged["made up"]
    assert [v.status for v in found] == ["inconclusive"] * 2, shown(list(MADE_UP.values()), found)
    assert "depends on o, which was made up" in found[0].reason
    assert "depends on CONFIGURED, which could not be had" in found[1].reason


@pytest.mark.parametrize("form", COMPILED_FORMS)
def test_a_compiled_hook_keeps_its_guard(form: str, judged: dict[object, list[Verdict]]) -> None:
    assert_kept_off_and_reached(COMPILED_BODIES[form], judged["compiled", form], len(COMPILED_TESTS))


def test_a_guard_that_does_not_compile_is_left_out_and_that_is_told(
    judged: dict[object, list[Verdict]],
) -> None:
    found = judged["uncompiled"]
    assert [v.status for v in found] == ["confirmed"] * 2, shown(UNCOMPILED, found)
    assert all("taken as in eager mode, for it fails itself" in v.reason for v in found)


def test_a_guard_that_does_not_compile_and_keeps_eager_mode_off_leaves_it_open(
    judged: dict[object, list[Verdict]],
) -> None:
    found = judged["uncompiled and shut"]
    assert [v.status for v in found] == ["inconclusive"] * 2, shown(UNCOMPILED_AND_SHUT, found)
