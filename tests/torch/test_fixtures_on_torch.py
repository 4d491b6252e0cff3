"""Torch is the oracle: every program of every fixture does on the installed torch what the fixture says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fixture_programs import Expectation, Fixture, Program, all_fixtures
from hookproof.finding import Prediction
from hookproof.rules import registry
from test_fixtures_check import findings
from torch_oracle import Outcome, oracle

FIXTURES = all_fixtures()
PROGRAMS = [
    pytest.param(fixture, program, id=f"{fixture}-{program.name}")
    for fixture in FIXTURES
    for program in fixture.programs
]


@cache
def outcomes(path: Fixture) -> dict[str | None, Outcome]:
    """Return what every program of a fixture did, run once."""
    return oracle().run(path.main, [program.name for program in path.programs])


def of_outcome(program: Program, outcome: str) -> list[Expectation]:
    """Return the expectations of `program` whose rules raise, or are silent."""
    return [e for e in program.expectations if registry.rule(e.code).outcome == outcome]


def is_predicted(fixture: Fixture, expectation: Expectation, outcome: Outcome) -> bool:
    """Tell whether this exception is predicted by the rule, or more exactly by the finding that is there."""
    if expectation.says:
        return expectation.says in outcome.message or expectation.says in outcome.exception
    if _predicts(registry.rule(expectation.code).prediction, outcome):
        return True
    location = (expectation.path.name, expectation.line, expectation.code)
    return not expectation.is_missed and any(
        (Path(finding.path).name, finding.line, finding.code) == location
        and _predicts(finding.prediction, outcome)
        for finding in findings(fixture)
    )


def _predicts(prediction: Prediction | None, outcome: Outcome) -> bool:
    return (
        prediction is not None
        and prediction.exception in outcome.exception
        and re.search(prediction.message, outcome.message) is not None
    )


def locations(fixture: Fixture, program: Program, outcome: Outcome) -> Iterator[tuple[str, int]]:
    """Yield the lines of the fixture that torch blames: in its message, or where a Python hook raised."""
    files = {str(path) for path in fixture.files}
    yield from (location for location in outcome.excerpts if location[0] in files)
    inner = [frame for frame in outcome.frames if frame[0] in files]
    # A frame of the program itself is the entry point or the call, not the hook.
    if inner and inner[-1][2] != program.name:
        yield inner[-1][:2]


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_a_fixture_has_programs_and_expectations(fixture: Fixture) -> None:
    assert fixture.programs
    assert fixture.expectations or fixture.path.stem == "forward_missing_claim"
    names = [program.name for program in fixture.programs]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("fixture", "program"), PROGRAMS)
def test_a_program_does_what_its_name_says(fixture: Fixture, program: Program) -> None:
    outcome = outcomes(fixture)[program.name]
    if program.kind == "survives":
        assert not program.expectations, "a surviving program must reach no expectation"
        assert not outcome.raised, outcome
        assert not outcome.differs, outcome
    elif program.kind == "differs":
        assert not outcome.raised, outcome
        assert outcome.differs, f"eager and TorchScript agree: {outcome}"
        assert of_outcome(program, "silent"), "no silent expectation within reach"
    else:
        assert outcome.raised, outcome
        _assert_is_expected(fixture, program, outcome)


def _assert_is_expected(fixture: Fixture, program: Program, outcome: Outcome) -> None:
    expected = of_outcome(program, "raises")
    assert expected, f"no raising expectation within reach; torch {outcome}"
    predicted = [e for e in expected if is_predicted(fixture, e, outcome)]
    predictions = [registry.rule(e.code).prediction for e in expected]
    assert predicted, f"torch {outcome}\n\nnone of {[*map(str, expected)]} predicts that: {predictions}"
    # Findings about signatures and life cycle (1xx, 2xx) stand where a person edits; torch names other lines.
    blamed = set(locations(fixture, program, outcome))
    # An unscriptable method or function is blamed itself, the finding stands at its call.
    if blamed and all(e.code[3] in "345" and e.code not in {"HKP309", "HKP503"} for e in predicted):
        lines = {(str(e.path), e.line) for e in predicted}
        assert lines & blamed, f"torch blames {blamed}, the fixture {lines}: {outcome}"
    else:
        assert len({(e.path, e.line) for e in predicted}) == 1, "which line is it? give each cause a program"


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_every_expectation_is_shown_by_a_program(fixture: Fixture) -> None:
    shown: set[Expectation] = set()
    for program in fixture.programs:
        outcome = outcomes(fixture)[program.name]
        if program.kind == "differs" and outcome.differs:
            shown.update(of_outcome(program, "silent"))
        elif program.kind == "breaks" and outcome.raised:
            shown.update(e for e in of_outcome(program, "raises") if is_predicted(fixture, e, outcome))
    assert not [str(e) for e in fixture.expectations if e not in shown]


PLANTED = {
    "no_such_error": "def breaks_it():\n    raise RuntimeError('something else')  # HKP101\n",
    "nothing_raised": "def breaks_it():\n    print('fine')  # HKP101\n",
    "no_expectation": "def breaks_it():\n    raise RuntimeError('something else')\n",
    "no_difference": "def differs_it():\n    return 1, 1  # HKP107\n",
    "raising_rule_differs": "def differs_it():\n    return 1, 2  # HKP101\n",
    "says_something_else": "def breaks_it():\n    raise RuntimeError('else')  # missed: HKP301 (other)\n",
    "survivor_raises": "def survives_it():\n    raise ValueError\n",
    "survivor_differs": "def survives_it():\n    return 1, 2\n",
    "survivor_reaches": "def hook():\n    pass  # HKP101\n\n\ndef survives_it():\n    hook()\n",
    "crash": "import os\n\n\ndef survives_it():\n    os.abort()\n",
    "other_line": (
        "def hook(module):\n    name = 1  # HKP301\n"
        "    raise RuntimeError(\"Module 'N' has no attribute 'a'\")\n\n\n"
        "def breaks_it():\n    hook(None)\n"
    ),
}


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED.keys())
def test_a_wrong_fixture_is_found_out(text: str, tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(text, "utf-8")
    fixture = Fixture(tmp_path / "planted.py")
    assert len(fixture.programs) == 1
    with pytest.raises(AssertionError):
        test_a_program_does_what_its_name_says(fixture, fixture.programs[0])


def test_an_expectation_that_no_program_shows_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(
        "x = 1  # HKP101\n\n\ndef survives_it():\n    return None\n", "utf-8"
    )
    with pytest.raises(AssertionError):
        test_every_expectation_is_shown_by_a_program(Fixture(tmp_path / "planted.py"))
