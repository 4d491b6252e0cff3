"""A method that a Python hook calls on its ScriptModule, compiled with it."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, function_at
from hookproof.fixes.imports import spelled
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Mark the method with `torch.jit.export`; what tracing leaves has no methods."""
    subject, evidence = flagged.finding.subject, flagged.finding.evidence
    if subject is None or subject.entry != "torch.jit.script" or not evidence:
        return ()
    if not isinstance(flagged.node, cst.Attribute) or evidence[0].note != "defined here":
        return ()
    method = function_at(flagged, evidence[0].path, evidence[0].line)
    if method is None or not isinstance(method.node, cst.FunctionDef):
        return ()
    if method.node.name.value != flagged.node.attr.value or method.node.decorators:
        return ()
    indent = method.indent_of(method.node)
    export = spelled("torch.jit.export", method)
    # Compiled methods have their defaults, but none of these.
    own = method.node.params
    has_more = bool(own.kwonly_params or own.star_kwarg) or isinstance(own.star_arg, cst.Param)
    if export is None or indent.strip() or has_more or m.findall(method.node.body, m.Yield() | m.Await()):
        return ()
    return (method.insert_before(method.node, f"@{export.text}\n{indent}"), *export.edits)


REPAIRS = (
    Repair(
        codes=frozenset({"HKP403"}),
        edits=_edits,
        changes="the method is compiled with its module, so it must be TorchScript",
    ),
)
