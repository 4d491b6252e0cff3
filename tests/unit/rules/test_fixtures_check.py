"""`check` finds in every fixture exactly what the fixture expects, and predicts what torch then says."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from fixture_programs import Expectation, Fixture, all_fixtures
from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from torch_oracle import oracle

FIXTURES = all_fixtures()


@cache
def findings(fixture: Fixture) -> tuple[Finding, ...]:
    """Return what `check` reports on a fixture that stands alone, away from this project's other files."""
    with tempfile.TemporaryDirectory() as folder:
        for path in fixture.files:
            shutil.copy(path, folder)
        report = check_paths([folder], Settings(assume_scripted=fixture.assume_scripted))
    assert report.files.checked == len(fixture.files)
    assert not report.files.failed
    return report.findings


def assert_as_expected(expectations: Iterable[Expectation], found: Iterable[Finding]) -> None:
    """Fail with the lists of what is unexpected and what is missing, if anything is."""
    expectations = set(expectations)
    wanted = {(e.path.name, e.line, e.code) for e in expectations if not e.is_missed}
    known_missed = {(e.path.name, e.line, e.code) for e in expectations if e.is_missed}
    by_location: dict[tuple[str, int, str], Finding] = {}
    for finding in found:
        by_location[(Path(finding.path).name, finding.line, finding.code)] = finding
    unexpected = [
        f"{at}: {by_location[at].message}{' (no longer missed)' if at in known_missed else ''}"
        for at in sorted(by_location.keys() - wanted)
    ]
    missing = sorted(wanted - by_location.keys())
    assert not unexpected + missing, f"unexpected: {unexpected}\nmissing: {missing}"


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_findings_are_the_expected_ones(fixture: Fixture) -> None:
    assert_as_expected(fixture.expectations, findings(fixture))


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_a_message_is_one_short_line(fixture: Fixture) -> None:
    for finding in findings(fixture):
        assert len(finding.message) <= 120, finding.message
        assert finding.message == " ".join(finding.message.split())
        assert not finding.message.endswith((".", ";", ":"))
        assert finding.message.count("`") % 2 == 0


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_a_finding_predicts_what_torch_says(fixture: Fixture) -> None:
    """The prediction of the finding itself may be more exact than its rule's, and must hold as well."""
    breaking = [program for program in fixture.programs if program.kind == "breaks"]
    outcomes = oracle().run(fixture.main, [program.name for program in breaking])
    expected = {(e.path.name, e.line, e.code) for e in fixture.expectations}
    for finding in findings(fixture):
        location = (Path(finding.path).name, finding.line, finding.code)
        if finding.outcome == "silent" or location not in expected:
            continue
        assert finding.prediction, finding
        said = [
            outcomes[program.name]
            for program in breaking
            if location in [(e.path.name, e.line, e.code) for e in program.expectations]
        ]
        assert any(
            finding.prediction.exception in outcome.exception
            and re.search(finding.prediction.message, outcome.message)
            for outcome in said
        ), f"{location} predicts {finding.prediction}; torch: {[*map(str, said)]}"
