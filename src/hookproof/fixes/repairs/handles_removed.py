"""A hook that is taken off once its module has left eager mode, taken off before that."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, Statement, in_whole_file
from hookproof.fixes.repair import Repair


def _moved(flagged: Flagged) -> tuple[Edit, ...]:
    """Move the statement that takes the hook off before the entry point, where nothing in between asks."""
    place = in_whole_file(flagged)
    found = _statements(place) if place is not None else None
    if place is None or found is None:
        return ()
    suite, entry = found
    later = [number for number in range(entry + 1, len(suite)) if _takes_off(suite[number], place)]
    if not later:
        return ()
    removal, between = suite[later[0]], suite[entry + 1 : later[0]]
    asked = _names(suite[entry]) | _names(removal)
    if any(asked & _names(statement) for statement in between) or _names(removal) & _bound(suite[entry]):
        return ()
    text = _lines(removal, place)
    return () if text is None else (_out(removal, place), place.insert_before(suite[entry], text))


def _inserted(flagged: Flagged) -> tuple[Edit, ...]:
    """Take the hook off in front of the entry point, by the handle that the registration gives."""
    place = in_whole_file(flagged)
    found = _statements(place) if place is not None else None
    handle = _handle(place) if place is not None else None
    if place is None or found is None or handle is None:
        return ()
    suite, entry = found
    return (place.insert_before(suite[entry], f"{handle}.remove()\n{place.indent_of(suite[entry])}"),)


def _statements(place: Flagged) -> tuple[Sequence[Statement], int] | None:
    """Return the statements beside the one that leaves eager mode, and which of them it is.

    That is where the finding stands in one of them as well.
    """
    subject = place.finding.subject
    if subject is None or subject.entry_path != place.file.path:
        return None
    for node in reversed(place.nodes):
        if isinstance(node, cst.Module | cst.IndentedBlock):
            suite = [each for each in node.body if isinstance(each, Statement)]
            for number, each in enumerate(suite):
                line, _, end_line, _ = place.ranges[each]
                if line <= subject.entry_line <= end_line and isinstance(each, cst.SimpleStatementLine):
                    return suite, number
    return None


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


def _names(statement: Statement) -> frozenset[str]:
    return frozenset(
        found.value for found in m.findall(statement, m.Name()) if isinstance(found, cst.Name)
    ) - {"torch", "jit", "remove"}


def _bound(statement: Statement) -> frozenset[str]:
    targets = m.findall(statement, m.AssignTarget(target=m.Name()))
    return frozenset(
        found.target.value
        for found in targets
        if isinstance(found, cst.AssignTarget) and isinstance(found.target, cst.Name)
    )


def _lines(statement: Statement, place: Flagged) -> str | None:
    """Return a statement's lines as they stand, with the indentation of the one that comes after."""
    indent = place.indent_of(statement)
    line, _, end_line, _ = place.ranges[statement]
    text = "\n".join(place.file.line_text(number) for number in range(line, end_line + 1))
    return None if indent.strip() else f"{text.removeprefix(indent)}\n{indent}"


def _out(statement: Statement, place: Flagged) -> Edit:
    """Return the edit that takes a statement's lines away, those of a comment before it left alone."""
    line, _, end_line, _ = place.ranges[statement]
    return Edit(place.file.path, line, 1, end_line + 1, 1, "")


REPAIRS = (
    Repair(codes=frozenset({"HKP108", "HKP112"}), edits=_moved),
    Repair(
        codes=frozenset({"HKP112"}),
        edits=_inserted,
        changes="the eager model has no hook from there on",
    ),
)
