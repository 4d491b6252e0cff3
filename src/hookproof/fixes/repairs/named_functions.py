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
    indent, name = flagged.indent_of(statement), free_name(flagged.file.text)
    if indent.strip():  # another statement stands before it on the line
        return ()
    text = definition_of(node, name, indent, "\t" if "\t" in indent else " " * 4, flagged)
    return () if text is None else (flagged.insert_before(statement, text), flagged.replace(node, name))


def _is_at_once(flagged: Flagged, statement: cst.CSTNode) -> bool:
    """Whether the lambda is made where its statement runs: once, and with the names that are known there."""
    between = flagged.nodes[flagged.nodes.index(statement) : -1]
    return not any(
        isinstance(node, cst.Lambda | cst.BaseComp | cst.IfExp | cst.BooleanOperation) for node in between
    )


def definition_of(node: cst.Lambda, name: str, indent: str, step: str, flagged: Flagged) -> str | None:
    """Return the text of a function that does what a lambda does, with what stands before the next line."""
    parameters = cst.Module([]).code_for_node(node.params)
    if "\n" in parameters or "#" in parameters:
        return None
    body = flagged.code(node.body)
    result = f"({body})" if "\n" in body or isinstance(node.body, cst.Tuple) else body
    # `print` gives nothing, and TorchScript takes no value that is nothing.
    is_print = m.matches(node.body, m.Call(func=m.Name("print")))
    is_own = is_print and not re.search(r"\bdef print\b|\bprint\s*=[^=]|import.*\bprint\b", flagged.file.text)
    line = result if is_own and "\n" not in body else f"return {result}"
    return f"def {name}({parameters}):\n{indent}{step}{line}\n\n{indent}"


def free_name(text: str, stem: str = "hook") -> str:
    """Return a name that the file does not have."""
    number = 1
    while re.search(rf"\b{(name := stem if number == 1 else f'{stem}_{number}')}\b", text):
        number += 1
    return name


REPAIRS = (
    Repair(
        codes=frozenset({"HKP201"}),
        edits=_edits,
        changes="the hook is a function with a name, which tracebacks and `repr` show",
    ),
)
