"""Plain constants of a file that a compiled hook uses, as variables of the hook."""

from __future__ import annotations

import re

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.function_copies import own_names
from hookproof.fixes.hook_functions import Flagged, function_at
from hookproof.fixes.repair import Repair
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile

_USED = re.compile(r"`(\w+)` is used here")
_PLAIN = frozenset({"int", "float", "str", "bool", "None"})


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Assign each constant to a variable of its name, before all else that the hook does."""
    hook = flagged.finding.hook
    place = function_at(flagged, hook.path, hook.line) if hook is not None else None
    if place is None or not isinstance(place.node, cst.FunctionDef):
        return ()
    body = place.node.body
    if not isinstance(body, cst.IndentedBlock):
        return ()
    used = [found[1] for each in flagged.finding.evidence if (found := _USED.fullmatch(each.note))]
    texts = {name: _value(place, name) for name in dict.fromkeys(used)}
    first = body.body[1 if place.node.get_docstring() is not None and len(body.body) > 1 else 0]
    indent = place.indent_of(first)
    if not texts or None in texts.values() or indent.strip() or isinstance(first, cst.FunctionDef):
        return ()
    # Torch reads branches as well that the finding says nothing of.
    others = {name: text for name in own_names(body) if (text := _value(place, name)) is not None}
    lines = (f"{name} = {text}\n{indent}" for name, text in {**texts, **others}.items())
    return (place.insert_before(first, "".join(lines)),)


def _value(place: Flagged, name: str) -> str | None:
    """Return the text of a plain value that a file gives a name once, where the hook means that one."""
    rebinds = m.Param(name=m.Name(name)) | m.AssignTarget(target=m.Name(name)) | m.NameItem(m.Name(name))
    functions = [place.node, *place.around(cst.FunctionDef)]
    if any(m.findall(each, rebinds) for each in functions):
        return None
    file = place.file
    if re.search(rf"\bglobal\b.*\b{re.escape(name)}\b", file.text):
        return None
    try:
        statements = [each for index in file.names.blocks(name) for each in file.block(index)]
    except SourceError:
        return None
    match statements:
        case [ir.Assign(targets=(ir.Name(),), value=ir.Constant(kind=kind) as value)] if kind in _PLAIN:
            return _text(file, value)
    return None


def _text(file: SourceFile, value: ir.Constant) -> str | None:
    line, column, end_line, end_column = file.location(value.at)
    return file.line_text(line)[column - 1 : end_column - 1] if line == end_line else None


REPAIRS = (
    Repair(
        codes=frozenset({"HKP213"}),
        edits=_edits,
        changes="the hook does not see it where something sets the constant anew",
    ),
)
