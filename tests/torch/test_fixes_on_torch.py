"""Torch accepts what was fixed, and an eager run does not notice a fix that is called safe."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from fixture_programs import Fixture, Program, all_fixtures
from form_programs import form_files
from hookproof.mended import Mended
from hookproof.settings import Settings
from mended_programs import BATCH, compared, mended, random_texts
from torch_oracle import Outcome, oracle

FIXTURES = [fixture for fixture in all_fixtures() if not fixture.path.is_dir()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the fixtures, each to a folder of its own, with all fixes carried out."""
    return tmp_path_factory.mktemp("mended")


@cache
def mended_fixture(fixture: Fixture, folder: Path) -> tuple[Path, Mended]:
    own = folder / fixture.path.stem
    own.mkdir()
    path = Path(shutil.copy(fixture.path, own))
    return path, mended(own, Settings(assume_scripted=fixture.assume_scripted), takes_unsafe=True)


def mended_outcomes(fixture: Fixture, folder: Path) -> dict[Program, Outcome]:
    """Run the programs of a fixture all of whose findings were fixed."""
    path, done = mended_fixture(fixture, folder)
    fixed = {(finding.line, finding.code) for finding in done.fixed}
    wanted = [
        program
        for program in fixture.programs
        if program.expectations and all((each.line, each.code) in fixed for each in program.expectations)
    ]
    outcomes = oracle().run(path, [program.name for program in wanted]) if wanted else {}
    return {program: outcomes[program.name] for program in wanted}


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_torch_accepts_what_was_mended(fixture: Fixture, folder: Path) -> None:
    for program, outcome in mended_outcomes(fixture, folder).items():
        assert not outcome.raised, f"{program.name}: {outcome}"
        assert not outcome.differs, f"{program.name}: {outcome}"


def test_programs_were_mended(folder: Path) -> None:
    mended_ones = [program for fixture in FIXTURES for program in mended_outcomes(fixture, folder)]
    assert len(mended_ones) > 40


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_nothing_is_left_to_mend(fixture: Fixture, folder: Path) -> None:
    path, done = mended_fixture(fixture, folder)
    again = mended(path.parent, Settings(assume_scripted=fixture.assume_scripted), takes_unsafe=True)
    assert not again.fixed
    assert len(again.dropped) == len(done.dropped)


def test_eager_mode_does_not_notice_a_safe_fix_of_a_form() -> None:
    texts = [form.main.read_text("utf-8") for form in form_files() if not form.path.is_dir()]
    runs = [each for start in range(0, len(texts), BATCH) for each in compared(texts[start : start + BATCH])]
    assert sum(each.is_compared for each in runs) > 10
    noticed = [str(each) for each in runs if each.is_compared and not each.is_same]
    assert not noticed, noticed[0]


def test_eager_mode_does_not_notice_a_safe_fix_of_a_random_program() -> None:
    runs = [each for each in compared(random_texts(BATCH, 510_000)) if each.is_compared]
    assert sum(len(each.codes) for each in runs) > 20
    noticed = [str(each) for each in runs if not each.is_same]
    assert not noticed, noticed[0]
