"""A `forward` that is called by its name, past the hooks of its module, called through the module."""

from __future__ import annotations

import libcst as cst

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Take `.forward` out of the call, if nothing is written between the dot and the name."""
    method = flagged.node.func if isinstance(flagged.node, cst.Call) else flagged.node
    if not isinstance(method, cst.Attribute) or method.attr.value != "forward":
        return ()
    call = next((node for node in flagged.nodes if isinstance(node, cst.Call) and node.func is method), None)
    _, _, line, column = flagged.ranges[method.value]
    _, _, end_line, end_column = flagged.ranges[method]
    if call is None or flagged.code(method) != f"{flagged.code(method.value)}.forward":
        return ()
    return (Edit(flagged.file.path, line, column, end_line, end_column, ""),)


REPAIRS = (
    Repair(
        codes=frozenset({"HKP114", "HKP903"}),
        edits=_edits,
        changes="all hooks of the module run, in eager mode too",
    ),
)
