"""Whole programs made at random: `check` finds those, and only those, that torch runs unlike eager mode.

Each is run twice as a script, under a witness and in eager mode, and judged by what can be observed: the
error it ends in and where, and what it prints, results and what it reads afterwards included.

`python tests/support/differential.py COUNT SEED [FAMILY]`
is the long run: it prints every disagreement, and figures.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from choosing import Choose
from export_programs import export_program
from hookproof.finding import Finding
from hookproof.rules import registry
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from program_hooks import CONDITION
from torch_oracle import Mode, Outcome, oracle
from whole_programs import Program, whole_program

Agreement = Literal["agreed", "false positive", "false negative", "not a program", "nothing differs"]


@dataclass(frozen=True)
class Answer:
    """What torch did with a program, what eager mode did, and what `check` finds in it.

    `aside` is what eager mode did where an export does not run the module, None where that was not asked.
    `otherwise` is what torch does where the conditions of the program turn out the other way, None where that
    makes no difference to what was found.
    """

    program: Program
    torch: Outcome
    eager: Outcome
    findings: tuple[Finding, ...]
    otherwise: Outcome | None = None
    aside: Outcome | None = None

    @property
    def agreement(self) -> Agreement:
        """Whether the findings tell what torch did; a program that fails in eager mode as well is none."""
        if self.eager.raised:
            return "not a program"
        judged = {judgement for _, judgement in self.judged}
        order: tuple[Agreement, ...] = ("false positive", "false negative", "nothing differs")
        return next((each for each in order if each in judged), "agreed")

    @property
    def judged(self) -> list[tuple[str, str]]:
        """What came of each finding, as (code, judgement), and of a loss that none tells of.

        Judgements are `real`, `false positive`, `nothing differs` (silent, and the program does not show it),
        `hidden` (the program ends before) and `false negative`.
        """
        shown = [finding for finding in self.findings if finding.confidence != "possible"]
        judged = [(finding.code, self._judgement(finding)) for finding in shown]
        if not any(judgement == "real" for _, judgement in judged):
            if self.torch.raised:
                judged.append((_rule_of(self.torch), "false negative"))
            elif all(self._differing) and not self.program.keeps_off:
                judged.append((_fates(self.torch), "false negative"))
        return judged

    @property
    def _differing(self) -> list[bool]:
        """Whether the program differs from eager mode, in either way of seeing that."""
        return [self.torch.printed != each.printed for each in (self.eager, self.aside) if each is not None]

    def _judgement(self, finding: Finding) -> str:
        if finding.outcome == "silent":
            if self.torch.raised:
                return "real" if self._is_felt(finding) else "hidden"
            return "real" if any(self._differing) else "nothing differs"
        if self.torch.raised:
            return "real" if is_predicted(finding, self.torch) else "hidden"
        if self.otherwise and is_predicted(finding, self.otherwise):
            return "real"
        handled = {entry.error for entry in self.torch.entries}
        is_handled = finding.code[3] == "6" and finding.prediction and finding.prediction.exception in handled
        return "real" if is_handled else "false positive"

    def _is_felt(self, finding: Finding) -> bool:
        """Return whether the program fails on what a silent finding says is something else by now.

        A hook of an exported module is not at fault there: what it keeps is, and whoever reads that fails.
        """
        if finding.code[3] == "6" and not any(entry.error for entry in self.torch.entries):
            return True
        return any(
            Path(file).name == Path(finding.path).name and line == finding.line
            for file, line, _ in self.torch.frames
        )

    def __str__(self) -> str:
        found = "\n".join(f"  {f.line}: {f.code} {f.confidence} {f.message}" for f in self.findings)
        printed = f"printed {self.torch.printed!r}, eager {self.eager.printed!r}"
        entered = "\n".join(f"  {e.line}: {e.api} {e.error or '-'} {e.fates}" for e in self.torch.entries)
        said = f"torch {self.torch}\neager {self.eager}\n{printed}\nentered\n{entered}\nfound\n{found}\n"
        return (
            f"### {self.agreement} ({self.program.life}; {self.program.layout})\n{self.program.text}\n{said}"
        )


def is_predicted(finding: Finding, outcome: Outcome) -> bool:
    """Tell whether torch raised what a finding says: its kind, its message, and the line if torch names any.

    Findings on registrations and on whole hooks stand where a person edits them, torch names other lines.
    """
    assert finding.prediction
    is_kind = finding.prediction.exception in outcome.exception
    if not is_kind or not re.search(finding.prediction.message, outcome.message):
        return False
    file = Path(finding.path).name
    named = [(Path(path).name, line) for path, line in outcome.excerpts] or [
        (Path(path).name, line) for path, line, _ in outcome.frames
    ]
    locations = {line for path, line in named if path == file}
    experiment = registry.rule(finding.code).experiment
    is_of_export = finding.code[3] == "6" and experiment is not None and not experiment.is_at_line
    elsewhere = (
        finding.code[3] in "12" or finding.code in {"HKP309", "HKP503"} or is_of_export or not locations
    )
    return (
        elsewhere or finding.line in locations or any(finding.line < n <= finding.end_line for n in locations)
    )


def _rule_of(outcome: Outcome) -> str:
    """Return the code of a rule that speaks of an error like this."""
    for rule in registry.rules():
        said = rule.prediction
        if said and said.exception in outcome.exception and re.search(said.message, outcome.message):
            return rule.code
    return "no rule"


def _fates(outcome: Outcome) -> str:
    """Return what the witness saw become of the hooks."""
    fates = sorted({fate for entry in outcome.entries for _, fate in entry.fates})
    return ", ".join(fates) or "no hook"


def answers(programs: Sequence[Program], modes: Sequence[Mode] = ("as it is", "eager")) -> Iterator[Answer]:
    """Run programs in these modes, and `check` them, all in one folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        paths = [folder / f"program_{index}.py" for index in range(len(programs))]
        for path, program in zip(paths, programs, strict=True):
            path.write_text(program.text, "utf-8")
        report = check_paths([str(folder)], Settings())
        assert not report.files.failed
        outcomes = oracle().watch(paths, modes)
        for path, program, (torch, eager, *more) in zip(paths, programs, outcomes, strict=True):
            found = tuple(f for f in report.findings if Path(f.path).name == path.name)
            answer = Answer(program, torch, eager, found, aside=more[0] if more else None)
            if answer.agreement == "false positive" and CONDITION in program.text:
                ((otherwise,),) = oracle().watch([path], ["otherwise"])
                answer = replace(answer, otherwise=otherwise)
            yield answer


BATCH = 40


@dataclass(frozen=True)
class Family:
    """Programs of one kind: how they are made, and how they are run."""

    make: Callable[[Choose], Program]
    modes: tuple[Mode, ...] = ("as it is", "eager")

    def seeded(self, number: int) -> Program:
        """Return the program that a number stands for."""
        chosen = random.Random(number)
        return self.make(lambda options: chosen.choice(options))


FAMILIES = {
    "torchscript": Family(whole_program),
    "export": Family(export_program, ("as it is", "eager", "not exported")),
}


def main(count: int, first: int, name: str = "torchscript") -> None:
    """Print every disagreement of `count` programs, then how many there were of each kind and by rule."""
    family = FAMILIES[name]
    if name == "export":
        oracle().prepare_exports()
    counts: Counter[str] = Counter()
    rules: dict[str, Counter[str]] = defaultdict(Counter)
    for start in range(first, first + count, BATCH):
        seeds = range(start, min(start + BATCH, first + count))
        for seed, answer in zip(
            seeds, answers([family.seeded(seed) for seed in seeds], family.modes), strict=True
        ):
            counts[answer.agreement] += 1
            if answer.agreement != "not a program":
                for code, judgement in answer.judged:
                    rules[code][judgement] += 1
            if answer.agreement not in ("agreed", "not a program"):
                print(f"seed {seed}\n{answer}", flush=True)
    judgements = ("real", "hidden", "false positive", "nothing differs", "false negative")
    print("| | " + " | ".join(judgements) + " |\n|---|" + "---:|" * len(judgements))
    for code, row in sorted(rules.items()):
        print(f"| {code} | " + " | ".join(str(row[judgement]) for judgement in judgements) + " |")
    judged = counts.total() - counts["not a program"]
    for kind in ("false negative", "false positive", "nothing differs"):
        print(f"{kind}: {counts[kind]} of {judged} programs ({counts[kind] / judged:.2%})")
    print(dict(counts))


def seeded(number: int) -> Program:
    """Return the whole program that a number stands for."""
    return FAMILIES["torchscript"].seeded(number)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
