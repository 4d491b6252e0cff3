"""What `weight_norm`, `spectral_norm`, pruning and parametrizations put on, taken off before scripting."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, Statement, in_whole_file
from hookproof.fixes.imports import spelled
from hookproof.fixes.moving import bound, statements_beside
from hookproof.fixes.repair import Repair

_NORMS = {"weight_norm": "remove_weight_norm", "spectral_norm": "remove_spectral_norm"}
_PLAIN = m.Name() | m.SimpleString() | m.Attribute(value=m.Name())


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Undo it in front of the entry point, where it stands beside it and the module has a name there."""
    place = in_whole_file(flagged)
    found = statements_beside(place) if place is not None else None
    if place is None or found is None or not isinstance(place.node, cst.Call):
        return ()
    suite, entry = found
    own = next((number for number, each in enumerate(suite) if each in place.nodes), entry)
    module = _module(place, suite[own])
    undone = _undone(place, place.node)
    if own >= entry or module is None or undone is None:
        return ()
    holder = module.split(".")[0].split("[")[0]
    indent = place.indent_of(suite[entry])
    if indent.strip() or any(holder in bound(each) for each in suite[own + 1 : entry]):
        return ()
    call, edits = undone
    return (place.insert_before(suite[entry], f"{call.format(module)}\n{indent}"), *edits)


def _module(place: Flagged, statement: Statement) -> str | None:
    """Return how the module can be written behind the statement that changes it."""
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=value)]
        ) if value is place.node:
            return name
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call(args=[first, *_]) as call)]):
            is_plain = m.matches(first.value, _PLAIN | m.Subscript(value=_PLAIN))
            is_module = first.keyword is None or first.keyword.value == "module"
            return place.code(first.value) if call is place.node and is_plain and is_module else None
    return None


def _undone(place: Flagged, call: cst.Call) -> tuple[str, tuple[Edit, ...]] | None:
    """Return the call that undoes one, with a place for the module, and what its name takes."""
    written = place.code(call.func)
    holder, _, function = written.rpartition(".")
    arguments = [each for each in call.args[1:] if each.keyword is None]
    names = [each.value for each in call.args if each.keyword is not None and each.keyword.value == "name"]
    name = names[0] if names else arguments[0].value if arguments else None
    if name is not None and not m.matches(name, m.SimpleString()):
        return None
    if place.finding.code == "HKP117":
        given = place.code(name) if name is not None else '"weight"'
        found = spelled("torch.nn.utils.parametrize.remove_parametrizations", place)
        return (f"{found.text}({{}}, {given})", found.edits) if found is not None else None
    if function in _NORMS:
        package, remove, more = "torch.nn.utils.", _NORMS[function], f", {place.code(name)}" if name else ""
    elif name is not None:
        package, remove, more = "torch.nn.utils.prune.", "remove", f", {place.code(name)}"
    else:
        return None
    if holder:
        return f"{holder}.{remove}({{}}{more})", ()
    found = spelled(f"{package}{remove}", place)
    return (f"{found.text}({{}}{more})", found.edits) if found is not None else None


REPAIRS = (
    Repair(
        codes=frozenset({"HKP116", "HKP117"}),
        edits=_edits,
        changes="from there on the weight is a plain parameter, which training no longer normalises or masks",
    ),
)
