"""A hook that is registered once its module was scripted or exported, registered before that."""

from __future__ import annotations

import libcst as cst

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, Statement, in_whole_file
from hookproof.fixes.moving import bound, lines_before, names, statements_beside, taken_out
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Move the statement that registers before the entry point, where nothing in between is about it."""
    place = in_whole_file(flagged)
    found = statements_beside(place) if place is not None else None
    if place is None or found is None:
        return ()
    suite, entry = found
    own = next((number for number, each in enumerate(suite) if each in place.nodes), entry)
    registration = suite[own]
    if own <= entry or not _only_registers(registration):
        return ()
    asked = names(registration)
    made = frozenset[str]().union(*(bound(each) for each in suite[entry:own]))
    # What calls the module meanwhile would run the hook.
    if asked & made or any(asked & names(each) for each in suite[entry + 1 : own]):
        return ()
    if bound(registration) & names(suite[entry]):
        return ()
    text = lines_before(registration, place)
    return () if text is None else (taken_out(registration, place), place.insert_before(suite[entry], text))


def _only_registers(statement: Statement) -> bool:
    """Whether a statement is one expression or assignment, or a loop with nothing but one in it."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr() | cst.Assign()]):
            return True
        case cst.For(orelse=None, body=cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Expr()])])):
            return True
    return False


REPAIRS = (
    Repair(
        codes=frozenset({"HKP107"}),
        edits=_edits,
        changes="what is scripted calls the hook as well",
    ),
    Repair(
        codes=frozenset({"HKP604"}),
        edits=_edits,
        changes="the hook runs while the module is exported as well",
    ),
)
