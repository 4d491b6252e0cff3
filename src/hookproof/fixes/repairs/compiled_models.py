"""A hook on what `torch.compile` returns, put on the model inside."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Register on `_orig_mod`, the model inside (`OptimizedModule` in torch/_dynamo/eval_frame.py)."""
    call = flagged.node if isinstance(flagged.node, cst.Call) else flagged.parent
    match call:
        case cst.Call(func=cst.Attribute(value=(cst.Name() | cst.Attribute()) as wrapper)):
            of_caller = m.Param(name=m.Name(flagged.code(wrapper)))
            if not any(m.findall(function, of_caller) for function in flagged.around(cst.FunctionDef)):
                return (flagged.insert_after(wrapper, "._orig_mod"),)
    return ()  # and others may hand in what is not compiled


REPAIRS = (
    Repair(
        codes=frozenset({"HKP702", "HKP703"}),
        edits=_edits,
        changes="the hook is compiled with the model, and runs at calls of the model itself too",
    ),
)
