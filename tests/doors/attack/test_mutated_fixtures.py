"""Fixtures with tokens dropped, doubled, swapped and replaced: told or analysed, none hurts others."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from hookproof.session.pipeline import check_paths, inventory
from hookproof.settings import Settings
from hostile_texts import with_line
from places import FIXTURES
from token_mutations import Pieces, mutated, pieces

_GOOD = with_line("module.other").replace("Net", "Good")
_TREES, _FILES = 25, 20  # 500 files


@pytest.fixture(scope="module")
def fixtures() -> list[Pieces]:
    return [pieces(path) for path in sorted(FIXTURES.glob("hkp*.py"))]


@pytest.mark.slow  # by its mere number
@pytest.mark.parametrize("seed", range(_TREES))
def test_a_mutated_file_is_told_or_analysed_and_hurts_no_other(
    seed: int, fixtures: list[Pieces], tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").touch()
    good = tmp_path / "good.py"
    good.write_text(_GOOD, "utf-8")
    alone = check_paths([str(good)], Settings()).findings
    random = Random(seed)
    for number in range(_FILES):
        (tmp_path / f"mutated{number}.py").write_text(mutated(random, fixtures), "utf-8")
    checked, listed = (look([str(tmp_path)], Settings()) for look in (check_paths, inventory))
    assert alone
    assert tuple(finding for finding in checked.findings if finding.path == str(good)) == alone
    for failure in (*checked.files.failed, *listed.files.failed):
        assert failure.path in failure.reason
        assert "\n" not in failure.reason
        assert "internal error" not in failure.reason
