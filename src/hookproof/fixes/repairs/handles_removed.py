"""A hook that is taken off once its module has left eager mode, taken off before that."""

from __future__ import annotations

import libcst as cst

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, Statement, in_whole_file
from hookproof.fixes.moving import bound, lines_before, names, statements_beside, taken_out
from hookproof.fixes.repair import Repair


def _moved(flagged: Flagged) -> tuple[Edit, ...]:
    """Move the statement that takes the hook off before the entry point, where nothing in between asks."""
    place = in_whole_file(flagged)
    found = statements_beside(place) if place is not None else None
    if place is None or found is None:
        return ()
    suite, entry = found
    later = [number for number in range(entry + 1, len(suite)) if _takes_off(suite[number], place)]
    if not later:
        return ()
    removal, between = suite[later[0]], suite[entry + 1 : later[0]]
    asked = names(suite[entry]) | names(removal)
    if any(asked & names(statement) for statement in between) or names(removal) & bound(suite[entry]):
        return ()
    text = lines_before(removal, place)
    return () if text is None else (taken_out(removal, place), place.insert_before(suite[entry], text))


def _inserted(flagged: Flagged) -> tuple[Edit, ...]:
    """Take the hook off in front of the entry point, by the handle that the registration gives."""
    place = in_whole_file(flagged)
    found = statements_beside(place) if place is not None else None
    handle = _handle(place) if place is not None else None
    if place is None or found is None or handle is None:
        return ()
    suite, entry = found
    return (place.insert_before(suite[entry], f"{handle}.remove()\n{place.indent_of(suite[entry])}"),)


def _takes_off(statement: Statement, place: Flagged) -> bool:
    """Whether a statement does nothing but take the flagged hook off, by its handle or each of several."""
    handle = _handle(place)
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=call)]):
            removed = _removed(call)
            return removed is not None and (statement in place.nodes or removed == handle)
        case cst.For(body=cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Expr(value=call)])])):
            return statement in place.nodes and _removed(call) is not None
    return False


def _removed(call: cst.BaseExpression) -> str | None:
    match call:
        case cst.Call(func=cst.Attribute(value=cst.Name(name), attr=cst.Name("remove")), args=[]):
            return name
    return None


def _handle(place: Flagged) -> str | None:
    """Return the name that the flagged registration is assigned to."""
    match place.parent:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]):
            return name
    return None


REPAIRS = (
    Repair(codes=frozenset({"HKP108", "HKP112", "HKP608"}), edits=_moved),
    Repair(
        codes=frozenset({"HKP112"}),
        edits=_inserted,
        changes="the eager model has no hook from there on",
    ),
)
