"""A compiled hook under `@torch.no_grad()`, with the context manager in its body."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, function_at
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Take the decorator away and indent the body by a `with` of the same text."""
    hook = flagged.finding.hook
    place = function_at(flagged, hook.path, hook.line) if hook is not None else None
    if place is None or not isinstance(place.node, cst.FunctionDef):
        return ()
    match place.node:
        case cst.FunctionDef(decorators=[decorator], body=cst.IndentedBlock(body=body)):
            statements = body[1:] if place.node.get_docstring() is not None else body
        case _:
            return ()
    if not statements:
        return ()
    first = statements[0]
    manager = decorator.decorator
    function = manager.func if isinstance(manager, cst.Call) else manager
    if not m.matches(function, m.Name("no_grad") | m.Attribute(attr=m.Name("no_grad"))):
        return ()
    start, end = place.ranges[first][0], place.ranges[body[-1]][2]
    above, indent = place.ranges[decorator], place.indent_of(place.node)
    inner = place.indent_of(first)
    name_line = place.ranges[place.node.name][0]
    if indent.strip() or inner.strip() or name_line != above[2] + 1 or _spans_lines(statements):
        return ()
    step = inner.removeprefix(indent)
    text = f"{inner}with {place.code(function)}():\n"
    lines = (place.file.line_text(number) for number in range(start, end + 1))
    text += "".join(f"{step}{line}\n" if line.strip() else "\n" for line in lines)
    path = place.file.path
    return (Edit(path, above[0], 1, above[2] + 1, 1, ""), Edit(path, start, 1, end + 1, 1, text))


def _spans_lines(statements: Sequence[cst.BaseStatement]) -> bool:
    """Whether a string goes over lines, which other indentation would change."""
    of_string = m.SimpleString() | m.FormattedString()
    strings = (found for each in statements for found in m.findall(each, of_string))
    return any("\n" in cst.Module(body=[]).code_for_node(each) for each in strings)


REPAIRS = (Repair(codes=frozenset({"HKP219"}), edits=_edits),)
