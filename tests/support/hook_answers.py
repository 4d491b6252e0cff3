"""Programs that script one hook each, and what torch and the rules say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hookproof.facts.atlas import Facts
from hookproof.finding import Finding
from hookproof.outcomes.roots import interpret
from hookproof.semantic.project import Project
from hookproof.session.judge import judge
from hookproof.settings import Settings
from hookproof.syntax.source_file import SourceFile
from torch_oracle import Outcome, oracle

FACTS = Facts()
PRELUDE = """\
import contextlib, functools, math, time, warnings
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Alias = Tuple[Tensor]


class One(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class Two(nn.Module):
    def forward(self, x: Tensor, y: int = 1) -> Tuple[Tensor, int]:
        return x, y


class Maybe(nn.Module):
    def forward(self, x: Tensor, y: Optional[Tensor] = None) -> Optional[Tensor]:
        return x


class Nested(nn.Module):
    def forward(self, x: Tuple[Tensor, int]) -> Tensor:
        return x[0]


class Inferred(nn.Module):
    def forward(self, x):
        return x, 1


class Nothing(nn.Module):
    def forward(self, x) -> None:
        print(x)


class Instance:
    def __init__(self):
        self.n = 1


def helper(x: Tensor) -> Tensor:
    return x * 2


"""


@dataclass(frozen=True)
class Answer:
    """What torch and the rules say of one program."""

    source: str
    outcome: Outcome
    findings: tuple[Finding, ...]

    @property
    def predicted(self) -> bool:
        """Whether a finding predicts what torch raised."""
        return any(
            finding.prediction is not None
            and finding.prediction.exception in self.outcome.exception
            and re.search(finding.prediction.message, self.outcome.message)
            for finding in self.findings
        )

    def __str__(self) -> str:
        found = [f"{finding.code} {finding.message}" for finding in self.findings]
        return f"{self.source}\ntorch {self.outcome}\nfound {found}"


def findings_of(text: str, path: Path) -> list[Finding]:
    """Return what the rules find in one file."""
    path.write_text(text, "utf-8")
    file = SourceFile(str(path), path.stem, text.encode())
    project = Project([str(path)], lambda _: file, FACTS)

    def fail(*failure: object) -> None:
        raise AssertionError(failure)

    return judge(interpret(project, [file], on_failure=fail).outcomes, Settings())


def answers(programs: Iterable[str], folder: Path) -> list[Answer]:
    """Run programs, each the body of a function, and check the file that holds them all."""
    sources = list(programs)
    text, spans = PRELUDE, []
    for index, source in enumerate(sources):
        first = text.count("\n") + 1
        lines = "".join(f"    {line}\n" for line in source.splitlines())
        text += f"def program_{index}():\n{lines}\n\n"
        spans.append((first, text.count("\n")))
    path = folder / "programs.py"
    found = [finding for finding in findings_of(text, path) if finding.outcome == "raises"]
    outcomes = oracle().run(path, [f"program_{index}" for index in range(len(sources))])
    return [
        Answer(
            source,
            outcomes[f"program_{index}"],
            tuple(finding for finding in found if first <= finding.line <= last),
        )
        for index, (source, (first, last)) in enumerate(zip(sources, spans, strict=True))
    ]


def assert_agreement(given: list[Answer], breaking: int, surviving: int) -> None:
    """Fail with every program of which torch and the rules say different things."""
    false_alarms = [a for a in given if a.findings and not a.outcome.raised]
    missed_alarms = [a for a in given if a.outcome.raised and not a.findings]
    wrong_cause = [a for a in given if a.outcome.raised and a.findings and not a.predicted]
    assert not false_alarms, "\n\n".join(map(str, false_alarms))
    assert not missed_alarms, "\n\n".join(map(str, missed_alarms))
    assert not wrong_cause, "\n\n".join(map(str, wrong_cause))
    assert sum(a.outcome.raised for a in given) >= breaking
    assert sum(not a.outcome.raised for a in given) >= surviving
