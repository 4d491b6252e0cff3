"""Loops over `_parameters`, `_buffers` and `_modules`, so that a ScriptModule's can be gone through."""

from __future__ import annotations

import libcst as cst

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Go through the keys, which is what a loop over a dict does; a ScriptModule's wrapper has `keys()`."""
    match flagged.node:
        case cst.Attribute(attr=cst.Name("_parameters" | "_buffers" | "_modules"), lpar=[]):
            return (flagged.insert_after(flagged.node, ".keys()"),)
    return ()


REPAIRS = (Repair(codes=frozenset({"HKP414"}), edits=_edits),)
