"""A rule predicts its own cause: an error that torch really raised matches the rules found there, no other.

What torch says in the same words of two causes is listed with what tells them apart.
"""

from __future__ import annotations

import re
from functools import cache

import pytest

from fixture_programs import Fixture, Program, all_fixtures
from hookproof.finding import Prediction
from hookproof.rules import registry
from test_fixtures_check import findings
from test_fixtures_on_torch import outcomes
from torch_oracle import Outcome

FIXTURES = all_fixtures()

REFUSED = "a ScriptModule refuses every registration; how it was come by tells them apart"
COUNTED = "torch counts the parameters, whatever makes them too many or too few"
TUPLE = "torch says the same of a missing and of another annotation"
UNNAMED = "torch asks every hook for its name first, those of a traced model and of torch itself included"
NO_FORWARD = "torch looks for `forward` alike, whatever keeps the class from having one"
FRONTEND = (
    "torch's frontend refuses syntax wherever it stands; the line and the function it quotes tell where"
)
TYPE_NAME = "torch does not know a type's name, wherever it stands; the line tells where"
SAME_NAME = "an attribute of that name is lost; the line and what made the module tell why"
VALUE = "compiled code has no such value; the line tells which"
ONE_GRAPH = "a strict export and a full graph are read alike; the entry point tells which it was"
BODY = "what the compiled body is told by its types; the line tells where"

# (who would match, who was found there): what tells them apart.
SHARED: dict[tuple[str, str], str] = {
    **{
        (first, second): REFUSED
        for first in ("HKP101", "HKP102", "HKP103", "HKP120", "HKP408")
        for second in ("HKP101", "HKP102", "HKP103", "HKP120", "HKP408")
    },
    **{
        (f, s): ONE_GRAPH
        for f in ("HKP605", "HKP607", "HKP609", "HKP705")
        for s in ("HKP605", "HKP607", "HKP609", "HKP705")
    },
    **{(f, s): COUNTED for f in ("HKP203", "HKP208", "HKP214") for s in ("HKP203", "HKP208", "HKP214")},
    **{
        (f, s): TUPLE
        for f in ("HKP204", "HKP205", "HKP210", "HKP214")
        for s in ("HKP204", "HKP205", "HKP210", "HKP214")
    },
    **{(f, s): UNNAMED for f in ("HKP122", "HKP202") for s in ("HKP116", "HKP122", "HKP202", "HKP411")},
    **{
        (f, s): NO_FORWARD for f in ("HKP122", "HKP217", "HKP218") for s in ("HKP122", "HKP217", "HKP218")
    },
    **{
        (f, s): FRONTEND
        for f in (
            "HKP122", "HKP123", "HKP201", "HKP209", "HKP214", "HKP307", "HKP309", "HKP310", "HKP501",
            "HKP503",
        )
        for s in (
            "HKP117", "HKP122", "HKP123", "HKP201", "HKP209", "HKP214", "HKP302", "HKP305", "HKP306",
            "HKP307", "HKP309", "HKP310", "HKP501", "HKP503",
        )
    },
    **{
        (f, s): TYPE_NAME
        for f in ("HKP210", "HKP219", "HKP305", "HKP307", "HKP309")
        for s in ("HKP210", "HKP219", "HKP302", "HKP305", "HKP307")
    },
    **{
        (f, s): SAME_NAME
        for f in ("HKP301", "HKP302", "HKP309", "HKP401", "HKP402", "HKP408", "HKP413")
        for s in ("HKP301", "HKP302", "HKP309", "HKP401", "HKP402", "HKP413")
    },
    **{
        (f, s): VALUE
        for f in ("HKP213", "HKP219", "HKP305", "HKP309", "HKP313", "HKP501", "HKP503")
        for s in ("HKP213", "HKP219", "HKP305", "HKP308", "HKP309", "HKP313", "HKP503", "HKP504")
    },
    **{
        (f, s): BODY
        for f in ("HKP216", "HKP220", "HKP304", "HKP305", "HKP307", "HKP309", "HKP314", "HKP503", "HKP504")
        for s in (
            "HKP115", "HKP216", "HKP220", "HKP304", "HKP305",
            "HKP306", "HKP309", "HKP311", "HKP313", "HKP314", "HKP501", "HKP503", "HKP504",
        )
    },
    ("HKP407", "HKP408"): "a ScriptModule takes no new parameter, by assignment or by a method",
    ("HKP408", "HKP407"): "a ScriptModule takes no new parameter, by assignment or by a method",
}  # fmt: skip


@cache
def predictions() -> dict[str, set[Prediction]]:
    """Return what the findings of each rule predict, over all fixtures."""
    found: dict[str, set[Prediction]] = {code: set() for code in registry.codes()}
    for fixture in FIXTURES:
        for finding in findings(fixture):
            if finding.prediction is not None:
                found[finding.code].add(finding.prediction)
    return found


def matching(outcome: Outcome) -> set[str]:
    """Return the rules of which some finding predicts this error."""
    return {code for code, known in predictions().items() if any(_predicts(p, outcome) for p in known)}


def _predicts(prediction: Prediction, outcome: Outcome) -> bool:
    is_class = prediction.exception in outcome.exception
    return is_class and re.search(prediction.message, outcome.message) is not None


@cache
def raised(fixture: Fixture) -> tuple[tuple[Program, Outcome], ...]:
    """Return the programs of a fixture that end in an error, with it."""
    run = outcomes(fixture)
    return tuple((p, run[p.name]) for p in fixture.programs if run[p.name].raised)


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_an_error_is_predicted_by_its_own_rule_alone(fixture: Fixture) -> None:
    for program, outcome in raised(fixture):
        own = {e.code for e in program.expectations if not e.is_missed}
        for code in matching(outcome) - own:
            shared = {other for other in own if (code, other) in SHARED}
            assert shared or not own, f"{program.name}: {code} predicts {outcome.message[:300]}"


def test_every_shared_word_is_met() -> None:
    met = {
        (code, other)
        for fixture in FIXTURES
        for program, outcome in raised(fixture)
        for code in matching(outcome)
        for other in (e.code for e in program.expectations)
    }
    reasons = {SHARED[pair] for pair in met if pair in SHARED}
    assert reasons == set(SHARED.values()), "a reason that no two rules need any more"
