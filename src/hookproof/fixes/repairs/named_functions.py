"""A lambda that is registered, as a function with a name and a place for annotations."""

from __future__ import annotations

import re

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Define a function before the statement that has the lambda, and give its name in the lambda's place."""
    node, statement = flagged.node, flagged.statement
    if not isinstance(node, cst.Lambda) or not isinstance(statement, cst.SimpleStatementLine):
        return ()
    if not _is_at_once(flagged, statement) or m.findall(node, m.NamedExpr() | m.Yield() | m.Await()):
        return ()
    indent, name = flagged.indent_of(statement), _free_name(flagged.file.text)
    if indent.strip():  # another statement stands before it on the line
        return ()
    step = "\t" if "\t" in indent else " " * 4
    parameters = cst.Module([]).code_for_node(node.params)
    if "\n" in parameters or "#" in parameters:
        return ()
    body = flagged.code(node.body)
    result = f"({body})" if "\n" in body else body
    text = f"def {name}({parameters}):\n{indent}{step}return {result}\n\n{indent}"
    return (flagged.insert_before(statement, text), flagged.replace(node, name))


def _is_at_once(flagged: Flagged, statement: cst.CSTNode) -> bool:
    """Whether the lambda is made where its statement runs: once, and with the names that are known there."""
    between = flagged.nodes[flagged.nodes.index(statement) : -1]
    return not any(
        isinstance(node, cst.Lambda | cst.BaseComp | cst.IfExp | cst.BooleanOperation) for node in between
    )


def _free_name(text: str) -> str:
    """Return a name that the file does not have."""
    number = 1
    while re.search(rf"\b{(name := 'hook' if number == 1 else f'hook_{number}')}\b", text):
        number += 1
    return name


REPAIRS = (
    Repair(
        codes=frozenset({"HKP201"}),
        edits=_edits,
        changes="the hook is a function with a name, which tracebacks and `repr` show",
    ),
)
