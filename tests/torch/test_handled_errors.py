"""What `check` says of an error that the program handles is what torch says: caught, waited for, ended by.

A program that catches the error goes on without what it asked for, so the finding stands, though it is only
`likely` to be felt; one that fails unless the error comes, as a test does, loses nothing.
"""

from __future__ import annotations

import builtins
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace
from torch import onnx
from torch._dynamo import exc
from torch.fx import proxy
from torch.fx.experimental import symbolic_shapes
from torch.jit import _trace, frontend
from torch.onnx._internal.exporter import _errors

from asked_together import Case, verdicts_together
from hookproof.evaluator.errors import BASES
from hookproof.finding import Confidence, Finding, Verdict
from hookproof.rules import registry
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

HEAD = """\
import contextlib
import sys
import unittest
import pytest
import torch
from torch import nn

X = torch.ones(1, 2)


class Net(nn.Linear):
    def __init__(self):
        super().__init__(2, 2)
        self.notes = []


def typed(module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
    print(module.notes)


def plain(module, inputs, output):
    print(len(module.notes))


def backward(module, grads, outputs):
    print("backward")


def asking(module, inputs, output):
    if output.sum() > 1000:
        print("large")


net = Net()
"""
# What torch refuses, after what stands before it.
REFUSED = {
    "a compiled hook": ("net.register_forward_hook(typed)", "net = torch.jit.script(net)", "HKP302"),
    "a trace": ("net.register_full_backward_hook(backward)", "net = torch.jit.trace(net, X)", "HKP112"),
    "a call": (
        "net = torch.jit.trace(net, X)\nnet.register_forward_hook(plain)",
        "net(X)",
        "HKP401",
    ),
    "an export": ("net.register_forward_hook(asking)", "torch.export.export(net, (X,))", "HKP605"),
}
ENTRIES = ("torch.jit.script(", "torch.jit.trace(", "torch.export.export(")
GOES_ON = {
    "by its class": "try:\n    {it}\nexcept (RuntimeError, ValueError, AttributeError):\n    pass",
    "whatever it is": "try:\n    {it}\nexcept Exception as error:\n    print(error)",
    "without a class": "try:\n    {it}\nexcept:\n    pass",
    "suppressed": "with contextlib.suppress(RuntimeError, ValueError, AttributeError):\n    {it}",
    "around the caller": "def export(net):\n    {it}\n\n\ntry:\n    export(net)\nexcept Exception:\n    pass",
    "in a function": "def export(net):\n    try:\n        {it}\n    except Exception:\n        return net\n"
    "\n\nexport(net)",
}
ENDS_BY_IT = {
    "of another class": "try:\n    {it}\nexcept (KeyError, OSError):\n    pass",
    "raised anew": "try:\n    {it}\nexcept Exception as error:\n    raise LookupError('no way') from error",
    "raised on": "try:\n    {it}\nexcept Exception as error:\n    print(error)\n    raise",
    "an exit": "try:\n    {it}\nexcept Exception as error:\n    sys.exit(f'no way: {{error}}')",
    "finally": "try:\n    {it}\nfinally:\n    print('done')",
}
WAITS_FOR_IT = {
    "pytest.raises": "with pytest.raises((RuntimeError, ValueError, AttributeError)):\n    {it}",
    "assertRaises": "class T(unittest.TestCase):\n    def test(self):\n        net = Net()\n"
    "        {before}\n        with self.assertRaises(Exception):\n            {it}\n\n\n"
    "unittest.main(argv=['t'])",
    "else": "try:\n    {it}\nexcept Exception:\n    pass\nelse:\n    raise AssertionError('accepted')",
    "assert False": "try:\n    {it}\n    assert False\nexcept (RuntimeError, ValueError, AttributeError):\n"
    "    pass",
}


class Program(NamedTuple):
    """One thing that torch refuses, and one way in which the program handles that."""

    refused: str
    way: str

    @property
    def code(self) -> str:
        return REFUSED[self.refused][2]

    @property
    def text(self) -> str:
        before, it, _ = REFUSED[self.refused]
        way = {**GOES_ON, **ENDS_BY_IT, **WAITS_FOR_IT, "not at all": "{it}"}[self.way]
        if "{before}" in way:
            return HEAD + way.format(it=it, before=before.replace("\n", "\n        ")) + "\n"
        if self.refused == "a call" or self.way != "in a function":
            return f"{HEAD}{before}\n{way.format(it=it)}\n"
        return f"{HEAD}{before}\n{way.format(it=it.replace('net = ', 'return '))}\n"


def found_in(program: Program, folder: Path) -> tuple[Path, list[Finding]]:
    path = folder / f"{program.refused}, {program.way}" / "program.py"
    path.parent.mkdir()
    (path.parent / "pyproject.toml").touch()
    path.write_text(program.text, "utf-8")
    return path, list(check_paths([str(path)], Settings()).findings)


def programs(ways: Sequence[str]) -> list[Program]:
    return [Program(refused, way) for refused in REFUSED for way in ways]


def confidences(ways: Sequence[str], folder: Path) -> dict[Program, list[tuple[str, Confidence]]]:
    found = {program: found_in(program, folder)[1] for program in programs(ways)}
    return {program: [(f.code, f.confidence) for f in findings] for program, findings in found.items()}


def test_what_goes_on_without_is_likely(tmp_path: Path) -> None:
    for program, said in confidences([*GOES_ON], tmp_path).items():
        assert said == [(program.code, "likely")], program


def test_what_ends_by_it_is_certain(tmp_path: Path) -> None:
    for program, said in confidences([*ENDS_BY_IT], tmp_path).items():
        assert said == [(program.code, "certain")], program


def test_what_is_waited_for_is_not_found(tmp_path: Path) -> None:
    for program, said in confidences([*WAITS_FOR_IT], tmp_path).items():
        assert said == [], program


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[Program, list[Verdict]]:
    folder = tmp_path_factory.mktemp("handled")
    cases = {}
    for program in programs([*GOES_ON, *ENDS_BY_IT]):
        cases[program] = Case(found_in(program, folder)[1])
    for refused in REFUSED:
        _, (unhandled,) = found_in(Program(refused, "not at all"), folder)
        for program in (Program(refused, way) for way in WAITS_FOR_IT):
            cases[program] = Case([planted(unhandled, program, found_in(program, folder)[0])])
    return verdicts_together(cases)


def planted(finding: Finding, program: Program, path: Path) -> Finding:
    """Return a finding on a program that handles its error: the lines of the definitions are the same."""
    lines = program.text.splitlines()

    def last_line(text: str) -> int:
        return max(number for number, line in enumerate(lines, 1) if text in line)

    entry = next(each for each in ENTRIES if each in program.text)
    line = finding.line if program.refused != "a trace" else last_line(".register_")
    assert finding.subject
    assert finding.hook
    subject = replace(
        finding.subject,
        registration_path=str(path),
        registration_line=last_line(".register_"),
        entry_path=str(path),
        entry_line=last_line(entry),
    )
    hook = replace(finding.hook, path=str(path))
    is_moved = line != finding.line
    column = lines[line - 1].index("net.") + 1 if is_moved else finding.column
    end = len(lines[line - 1]) + 1 if is_moved else finding.end_column
    return replace(
        finding,
        path=str(path),
        line=line,
        end_line=line,
        column=column,
        end_column=end,
        subject=subject,
        hook=hook,
        evidence=(),
    )


def test_torch_confirms_what_is_found(judged: dict[Program, list[Verdict]]) -> None:
    for program, verdicts in judged.items():
        if program.way not in WAITS_FOR_IT:
            [verdict] = verdicts
            assert (verdict.status, verdict.shown_by) == ("confirmed", "the program"), (program, verdict)
            assert ("catches the error and continues" in verdict.reason) == (program.way in GOES_ON), verdict


def test_torch_refutes_what_the_program_waits_for(judged: dict[Program, list[Verdict]]) -> None:
    for program, verdicts in judged.items():
        if program.way in WAITS_FOR_IT:
            assert [verdict.status for verdict in verdicts] == ["refuted"], (program, verdicts)


def test_the_bases_of_predicted_errors_are_those_that_torch_gives_them() -> None:
    predicted = {rule.prediction.exception for rule in registry.rules() if rule.prediction is not None}
    assert {name for name in predicted if not hasattr(builtins, name)} <= set(BASES)
    defined = (frontend, _trace, exc, symbolic_shapes, pickle, proxy, onnx, _errors)
    for name, base in BASES.items():
        (cls,) = {getattr(module, name) for module in defined if hasattr(module, name)}
        assert cls.__bases__[0].__name__ == base
