"""What hooks no longer do is confirmed, what only looks lost is refuted, in every layout."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hookproof.finding import Finding, HookReference, Subject, Verdict
from hookproof.rules.registry import rule
from places import DATA
from test_verify_worker import verdicts

PROGRAMS = DATA / "lost_hooks.txt"
HEADER = """\
from typing import Tuple

import torch
from torch import nn

X = torch.ones(2, 4)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.fc(x))


"""
LAYOUTS = {
    "a function": "\n\ndef export():\n{inner}    return None\n",
    "the top level of a script": "\n\n{outer}",
    "a main guard": '\n\nif __name__ == "__main__":\n{inner}',
    "a method": "\n\nclass Job:\n    def run(self):\n{deeper}\n\ndef main():\n    Job().run()\n",
}


@dataclass(frozen=True)
class Case:
    """A program in two parts, the code of the finding that is put on its marked line, and the verdict."""

    title: str
    code: str
    expected: str
    definitions: str
    body: str

    def text(self, layout: str) -> str:
        """Return the program in a layout."""
        parts = {"outer": 0, "inner": 4, "deeper": 8}
        placed = {name: textwrap.indent(self.body, " " * width) for name, width in parts.items()}
        return HEADER + self.definitions + LAYOUTS[layout].format(**placed)


def cases() -> Iterator[Case]:
    text = PROGRAMS.read_text("utf-8")
    starts = [n for n, line in enumerate(text.splitlines()) if line.startswith("HKP")]
    lines = text.splitlines(keepends=True)
    for start, following in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        code, expected = lines[start].split()
        definitions, _, body = "".join(lines[start + 1 : following - 1]).partition("---\n")
        yield Case(lines[start - 1].strip(), code, expected, definitions, body.strip() + "\n")


def planted(path: Path, code: str) -> Finding:
    """Return a finding of that code on the marked line."""
    lines = path.read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.endswith("# here"))
    flagged = lines[number - 1].partition("  #")[0]
    api = flagged.partition("register_")[2].partition("(")[0]
    hook = next((n for n in range(number, 0, -1) if lines[n - 1].lstrip().startswith("def ")), number)
    column = len(flagged) - len(flagged.lstrip()) + 1
    told = rule(code)
    if told.asks == "use":  # on the expression: `isinstance(…)`
        column = flagged.index("isinstance") + 1
    return Finding(
        path=str(path),
        line=number,
        column=column,
        code=code,
        message="a message",
        rule=told.name,
        severity="warning",
        confidence="certain",
        world=sorted(told.worlds)[0] if "traced" not in told.worlds else "traced",
        outcome="silent",
        end_line=number,
        end_column=len(flagged) + 1,
        hook=HookReference(lines[hook - 1].split()[1].partition("(")[0], str(path), hook),
        subject=Subject(api=api and "register_" + api, form="function"),
    )


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Verdict]:
    """Return the verdicts on all cases in all layouts."""
    findings, keys = [], []
    for number, case in enumerate(cases()):
        for location, layout in enumerate(LAYOUTS):
            folder = tmp_path_factory.mktemp(f"of_{number}_{location}")
            path = folder / "program.py"
            path.write_text(case.text(layout), "utf-8")
            findings.append(planted(path, case.code))
            keys.append((case.title, layout))
    return dict(zip(keys, verdicts(findings), strict=True))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", [pytest.param(c, id=c.title) for c in cases()])
def test_the_program_itself_decides(case: Case, layout: str, judged: dict[tuple[str, str], Verdict]) -> None:
    found = judged[case.title, layout]
    assert found.status == case.expected, found.reason
