"""Whole programs made at random: `check` finds those, and only those, that torch runs unlike eager mode.

`python tests/support/differential.py COUNT SEED` is the long run, with figures by rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from choosing import T
from differential import BATCH, Answer, answers
from whole_programs import Program, whole_program


@st.composite
def chosen_programs(draw: st.DrawFn) -> Program:
    def choose(options: Sequence[T]) -> T:
        return draw(st.sampled_from(options))

    return whole_program(choose)


@hypothesis.seed(20)
@settings(
    max_examples=6,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(chosen_programs(), min_size=BATCH, max_size=BATCH))
def put_to_torch(counts: Counter[str], disagreements: list[Answer], programs: list[Program]) -> None:
    for answer in answers(programs):
        counts[answer.agreement] += 1
        if answer.agreement in ("false positive", "false negative"):
            disagreements.append(answer)


def test_torch_agrees_with_the_findings_of_whole_programs() -> None:
    counts: Counter[str] = Counter()
    disagreements: list[Answer] = []
    put_to_torch(counts, disagreements)
    judged = counts.total() - counts["not a program"] - counts["nothing differs"]
    assert judged > 150
    wrong = [str(answer) for answer in disagreements if answer.agreement == "false positive"]
    assert not wrong, wrong[0]
    assert counts["false negative"] <= 0.03 * judged, "\n".join(map(str, disagreements))
