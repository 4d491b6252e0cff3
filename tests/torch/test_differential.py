"""Whole programs made at random: `check` finds those, and only those, that torch runs unlike eager mode.

`python tests/support/differential.py COUNT SEED [FAMILY]` is the long run, with figures by rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from choosing import T
from differential import BATCH, FAMILIES, Answer, answers
from torch_oracle import oracle
from whole_programs import Program


@st.composite
def chosen_programs(draw: st.DrawFn, family: str) -> Program:
    def choose(options: Sequence[T]) -> T:
        return draw(st.sampled_from(options))

    return FAMILIES[family].make(choose)


def put_to_torch(family: str, batches: int) -> tuple[Counter[str], list[Answer]]:
    """Return how many programs of a family came to what, and the answers that disagree."""
    counts: Counter[str] = Counter()
    disagreements: list[Answer] = []

    @hypothesis.seed(20)
    @settings(
        max_examples=batches,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(chosen_programs(family), min_size=BATCH, max_size=BATCH))
    def put(programs: list[Program]) -> None:
        for answer in answers(programs, FAMILIES[family].modes):
            counts[answer.agreement] += 1
            if answer.agreement in ("false positive", "false negative"):
                disagreements.append(answer)

    put()
    return counts, disagreements


def test_torch_agrees_with_the_findings_of_whole_programs() -> None:
    counts, disagreements = put_to_torch("torchscript", 6)
    judged = counts.total() - counts["not a program"] - counts["nothing differs"]
    assert judged > 150
    wrong = [str(answer) for answer in disagreements if answer.agreement == "false positive"]
    assert not wrong, wrong[0]
    assert counts["false negative"] <= 0.03 * judged, "\n".join(map(str, disagreements))


def test_torch_agrees_with_the_findings_of_exported_programs() -> None:
    oracle().prepare_exports()
    counts, disagreements = put_to_torch("export", 3)
    judged = counts.total() - counts["not a program"]
    assert judged > 60
    wrong = [str(answer) for answer in disagreements if answer.agreement == "false positive"]
    assert not wrong, wrong[0]
    assert counts["false negative"] <= 0.05 * judged, "\n".join(map(str, disagreements))
    assert counts["nothing differs"] <= 0.05 * judged
