"""Random programs that fx traces, or in which nothing calls a hooked module: torch and `check` agree.

`python tests/support/fx_programs.py COUNT SEED` is the long run.
"""

from __future__ import annotations

from fx_programs import disagreements, made


def test_torch_and_check_agree_on_random_programs() -> None:
    counts, wrong = disagreements(made(60, 20))
    assert not wrong, "\n".join(f"{kind} {found}\n{text}" for kind, text, found in wrong)
    assert counts["broken"] >= 10
    assert counts["survives"] >= 10
