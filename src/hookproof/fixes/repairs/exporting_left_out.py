"""A hook that keeps what it sees, left out while its module is exported on fake tensors."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, function_at, in_whole_file
from hookproof.fixes.imports import spelled
from hookproof.fixes.moving import statements_beside
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Return at once while exporting, from a hook that gives nothing back and was called before."""
    hook = flagged.finding.hook
    place = function_at(flagged, hook.path, hook.line) if hook is not None else None
    if place is None or not isinstance(place.node, cst.FunctionDef) or not _was_called(flagged):
        return ()
    body = place.node.body
    given_back = m.Return(value=m.MatchIfTrue(lambda value: value is not None)) | m.Yield()
    if not isinstance(body, cst.IndentedBlock) or m.findall(body, given_back):
        return ()
    statements = body.body[1:] if place.node.get_docstring() is not None else body.body
    question = spelled("torch.compiler.is_exporting", place)
    if question is None or not statements:
        return ()
    first = statements[0]
    indent = place.indent_of(first)
    if indent.strip():
        return ()
    step = indent.removeprefix(place.indent_of(place.node)) or "    "
    text = f"if {question.text}():\n{indent}{step}return\n{indent}"
    return (place.insert_before(first, text), *question.edits)


def _was_called(flagged: Flagged) -> bool:
    """Whether what is exported was called since the hook is on it, so that something real is kept already."""
    place = in_whole_file(flagged)
    found = statements_beside(place) if place is not None else None
    if place is None or found is None:
        return False
    suite, entry = found
    registered = next((number for number, each in enumerate(suite) if each in place.nodes), entry)
    exported = {
        call.args[0].value.value
        for call in m.findall(suite[entry], m.Call(args=[m.Arg(m.Name()), m.ZeroOrMore()]))
        if isinstance(call, cst.Call) and isinstance(call.args[0].value, cst.Name)
    }
    called = m.Call(func=m.Name(m.MatchIfTrue(exported.__contains__)))
    return any(m.findall(statement, called) for statement in suite[registered + 1 : entry])


REPAIRS = (
    Repair(
        codes=frozenset({"HKP602"}),
        edits=_edits,
        changes="the hook does nothing while its module is exported",
    ),
)
