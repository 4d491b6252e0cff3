"""Statements that change places with the one that leaves eager mode, where nothing in between asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, Statement


def statements_beside(place: Flagged) -> tuple[Sequence[Statement], int] | None:
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


def names(statement: Statement) -> frozenset[str]:
    """Return the names that a statement speaks of, attributes among them."""
    return frozenset(
        found.value for found in m.findall(statement, m.Name()) if isinstance(found, cst.Name)
    ) - {"torch", "jit", "remove"}


def bound(statement: Statement) -> frozenset[str]:
    """Return the names that a statement assigns to, those of loops among them."""
    targets = m.findall(statement, m.AssignTarget() | m.For())
    return frozenset(
        name
        for each in targets
        if isinstance(each, cst.AssignTarget | cst.For)
        for name in _names_bound(each.target)
    )


def _names_bound(target: cst.BaseExpression) -> Iterator[str]:
    match target:
        case cst.Name(name):
            yield name
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                yield from _names_bound(element.value)


def lines_before(statement: Statement, place: Flagged) -> str | None:
    """Return a statement's lines as they stand, with the indentation of the one that comes after."""
    indent = place.indent_of(statement)
    line, _, end_line, _ = place.ranges[statement]
    text = "\n".join(place.file.line_text(number) for number in range(line, end_line + 1))
    return None if indent.strip() else f"{text.removeprefix(indent)}\n{indent}"


def taken_out(statement: Statement, place: Flagged) -> Edit:
    """Return the edit that takes a statement's lines away, those of a comment before it left alone."""
    line, _, end_line, _ = place.ranges[statement]
    return Edit(place.file.path, line, 1, end_line + 1, 1, "")
