"""Whole programs made at random: `check` finds those, and only those, that `torch.compile` runs otherwise.

`python tests/support/compiled_differential.py COUNT SEED` is the long run.
"""

from __future__ import annotations

from collections import Counter

from compiled_differential import judged, seeded


def test_torch_agrees_with_the_findings_of_compiled_programs() -> None:
    answers = list(judged([seeded(number) for number in range(3000, 3020)]))
    counts = Counter(answer.agreement for answer in answers)
    wrong = [str(answer) for answer in answers if answer.agreement.startswith("false")]
    assert not wrong, wrong[0]
    assert counts["found"] >= 3
    assert counts["survives"] >= 8
