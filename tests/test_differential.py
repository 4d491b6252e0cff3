"""Whole programs made at random: `check` finds those, and only those, that torch runs unlike eager mode.

`python tests/test_differential.py COUNT SEED` is the long run: it prints every disagreement and the figures.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from choosing import T
from hookproof.engine import check_paths
from hookproof.finding import Finding
from hookproof.settings import Settings
from program_hooks import CONDITION
from torch_oracle import Outcome, oracle
from whole_programs import Program, whole_program

Agreement = Literal["agreed", "false alarm", "missed", "not a program", "not visible"]


@dataclass(frozen=True)
class Answer:
    """What torch did with a program, what eager mode did, and what `check` finds in it.

    `otherwise` is what torch does where the conditions of the program turn out the other way, None where that
    makes no difference to what was found.
    """

    program: Program
    torch: Outcome
    eager: Outcome
    findings: tuple[Finding, ...]
    otherwise: Outcome | None = None

    @property
    def agreement(self) -> Agreement:
        """Whether the findings tell what torch did; a program that fails in eager mode as well is none."""
        if self.eager.raised:
            return "not a program"
        raising = [f for f in self.findings if f.outcome == "raises" and f.confidence != "possible"]
        silent = [f for f in self.findings if f.outcome == "silent" and f.confidence != "possible"]
        if self.torch.raised:
            foretold = any(is_foretold(finding, self.torch) for finding in raising)
            return "agreed" if foretold or any(map(self._is_felt, silent)) else "missed"
        if raising and not (self.otherwise and any(is_foretold(f, self.otherwise) for f in raising)):
            return "false alarm"
        if (self.torch.values, self.torch.printed) != (self.eager.values, self.eager.printed):
            return "agreed" if silent or self.program.keeps_off else "missed"
        return "not visible" if silent else "agreed"

    def _is_felt(self, finding: Finding) -> bool:
        """Tell whether the program fails on what a silent finding says is something else by now."""
        return any(
            Path(file).name == Path(finding.path).name and line == finding.line
            for file, line, _ in self.torch.frames
        )

    def __str__(self) -> str:
        found = "\n".join(f"  {f.line}: {f.code} {f.confidence} {f.message}" for f in self.findings)
        seen = f"torch {self.torch}\nprinted {self.torch.printed!r}, eager {self.eager.printed!r}"
        return f"### {self.agreement}\n{self.program.text}\n{seen}; {self.eager}\n{found}\n"


def is_foretold(finding: Finding, outcome: Outcome) -> bool:
    """Tell whether torch raised what a finding says."""
    assert finding.prediction
    is_kind = finding.prediction.exception in outcome.exception
    return is_kind and re.search(finding.prediction.message, outcome.message) is not None


def answers(programs: Sequence[Program]) -> Iterator[Answer]:
    """Put programs to torch and to `check`, all in one folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        paths = [folder / f"program_{index}.py" for index in range(len(programs))]
        for path, program in zip(paths, programs, strict=True):
            path.write_text(program.text, "utf-8")
        report = check_paths([str(folder)], Settings())
        assert not report.files.failed
        for path, program in zip(paths, programs, strict=True):
            found = tuple(f for f in report.findings if Path(f.path).name == path.name)
            answer = Answer(program, *oracle().watch(path, "main"), found)
            if answer.agreement == "false alarm" and CONDITION in program.text:
                answer = replace(answer, otherwise=oracle().otherwise(path, "main"))
            yield answer


@st.composite
def chosen_programs(draw: st.DrawFn) -> Program:
    def choose(options: Sequence[T]) -> T:
        return draw(st.sampled_from(options))

    return whole_program(choose)


BATCH = 40


@hypothesis.seed(20)
@settings(
    max_examples=8,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(chosen_programs(), min_size=BATCH, max_size=BATCH))
def put_to_torch(counts: Counter[str], disagreements: list[Answer], programs: list[Program]) -> None:
    for answer in answers(programs):
        counts[answer.agreement] += 1
        if answer.agreement in ("false alarm", "missed"):
            disagreements.append(answer)


def test_torch_agrees_with_the_findings_of_whole_programs() -> None:
    counts: Counter[str] = Counter()
    disagreements: list[Answer] = []
    put_to_torch(counts, disagreements)
    judged = counts.total() - counts["not a program"] - counts["not visible"]
    assert judged > 150
    alarms = [str(answer) for answer in disagreements if answer.agreement == "false alarm"]
    assert not alarms, alarms[0]
    assert counts["missed"] <= 0.03 * judged, "\n".join(map(str, disagreements))


def main(count: int, first: int) -> None:
    """Print every disagreement of `count` programs, then how many there were of each kind."""
    counts: Counter[str] = Counter()
    for start in range(first, first + count, BATCH):
        seeds = range(start, min(start + BATCH, first + count))
        for seed, answer in zip(seeds, answers([seeded(seed) for seed in seeds]), strict=True):
            counts[answer.agreement] += 1
            if answer.agreement in ("false alarm", "missed"):
                print(f"seed {seed}\n{answer}", flush=True)
    judged = counts["agreed"] + counts["missed"] + counts["false alarm"]
    for kind in ("missed", "false alarm"):
        print(f"{kind}: {counts[kind]} of {judged} ({counts[kind] / judged:.2%})")
    print(dict(counts))


def seeded(number: int) -> Program:
    chosen = random.Random(number)
    return whole_program(lambda options: chosen.choice(options))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
