"""A hook on a container of modules, which nothing calls, put on each module in it."""

from __future__ import annotations

import libcst as cst

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.repair import Repair
from hookproof.fixes.repairs.named_functions import free_name

_THROUGH = {"torch.nn.ModuleList": "", "torch.nn.ModuleDict": ".values()"}


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Write a loop where nobody keeps the handle."""
    through = _THROUGH.get(flagged.finding.module_class or "")
    match flagged.statement:
        case (
            cst.SimpleStatementLine(
                body=[cst.Expr(value=cst.Call(func=cst.Attribute(value=container)) as call)]
            ) as statement
        ) if call in flagged.nodes:
            pass
        case _:
            return ()
    indent = flagged.indent_of(statement)
    if through is None or indent.strip() or not isinstance(container, cst.Name | cst.Attribute):
        return ()
    part = free_name(flagged.file.text, "part")
    loop = f"for {part} in {flagged.code(container)}{through}:\n{indent}    {part}"
    return (flagged.replace(container, loop),)


REPAIRS = (
    Repair(
        codes=frozenset({"HKP901"}),
        edits=_edits,
        changes="the hook runs, once for each module in the container",
    ),
)
