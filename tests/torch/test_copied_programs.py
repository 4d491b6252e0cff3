"""Random programs in which models with hooks are copied or pickled: `check` says of them what torch does."""

from __future__ import annotations

from copied_programs import disagreements


def test_check_says_what_torch_does() -> None:
    differing, said = disagreements(range(60))
    assert not [(number, torch, found) for number, torch, found, _ in differing]
    assert min(said["differs"], said["HKP822"], said["HKP830"]) >= 1
    assert said[""] >= 20
