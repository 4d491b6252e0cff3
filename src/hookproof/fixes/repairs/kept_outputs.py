"""Outputs that a hook keeps, without the graph that they were computed by."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, function_at
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Detach the output wherever the hook keeps it as it is."""
    hook = flagged.finding.hook
    place = function_at(flagged, hook.path, hook.line) if hook is not None else None
    if place is None or not isinstance(place.node, cst.FunctionDef):
        return ()
    parameters = place.node.params.params
    last = parameters[-1].name.value if len(parameters) >= 3 else ""
    if not last or m.findall(place.node.body, m.AssignTarget(m.Name(last))):
        return ()
    kept = m.Name(last)
    stored = m.Assign(targets=[m.AssignTarget(m.Attribute() | m.Subscript())], value=kept)
    added = m.Call(func=m.Attribute(attr=m.Name("append")), args=[m.Arg(kept, keyword=None)])
    found = [
        each.value if isinstance(each, cst.Assign) else each.args[0].value
        for each in m.findall(place.node.body, stored | added)
        if isinstance(each, cst.Assign | cst.Call)
    ]
    return tuple(place.insert_after(node, ".detach()") for node in found)


REPAIRS = (
    Repair(
        codes=frozenset({"HKP822"}),
        edits=_edits,
        changes="no gradient flows through what the hook keeps",
    ),
)
