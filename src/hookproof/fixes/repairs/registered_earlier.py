"""A hook that is registered once its module was scripted or exported, registered before that."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, Statement, in_whole_file
from hookproof.fixes.moving import bound, lines_before, names, statements_beside, taken_out
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Move the statement that registers before the entry point, where nothing in between is about it."""
    place = in_whole_file(flagged)
    found = statements_beside(place) if place is not None else None
    if place is None or found is None:
        return ()
    suite, entry = found
    own = next((number for number, each in enumerate(suite) if each in place.nodes), entry)
    registration = suite[own]
    if own <= entry or not _only_registers(registration):
        return ()
    asked = names(registration)
    made = frozenset[str]().union(*(bound(each) for each in suite[entry:own]))
    # What calls the module meanwhile would run the hook.
    if asked & made or any(asked & names(each) for each in suite[entry + 1 : own]):
        return ()
    if bound(registration) & names(suite[entry]):
        return ()
    text = lines_before(registration, place)
    return () if text is None else (taken_out(registration, place), place.insert_before(suite[entry], text))


def _on_eager(flagged: Flagged) -> tuple[Edit, ...]:
    """Register on the module that is scripted, before that, where nothing in between is about either."""
    place = in_whole_file(flagged)
    found = statements_beside(place) if place is not None else None
    subject = flagged.finding.subject
    if place is None or found is None or subject is None or subject.entry != "torch.jit.script":
        return ()
    suite, entry = found
    own = next((number for number, each in enumerate(suite) if each in place.nodes), entry)
    registration, scripted = suite[own], _scripted(suite[entry])
    root = _receiver(place.node)
    if own <= entry or scripted is None or root is None or root.value != scripted[0]:
        return ()
    others = names(registration) - {root.value}
    is_plain = m.matches(registration, m.SimpleStatementLine(body=[m.Expr() | m.Assign()]))
    _, column, end_line, end_column = place.ranges[root]
    if not is_plain or place.ranges[registration][0] != end_line or root.value in _read(registration, root):
        return ()
    is_asked = any((others | {*scripted}) & names(each) for each in suite[entry + 1 : own])
    if is_asked or others & bound(suite[entry]):
        return ()
    # A handle takes nothing off what was scripted.
    if any(bound(registration) & names(each) for each in (suite[entry], *suite[own + 1 :])):
        return ()
    text = lines_before(registration, place)
    if text is None:
        return ()
    shift = len(place.indent_of(registration))
    text = text[: column - 1 - shift] + scripted[1] + text[end_column - 1 - shift :]
    return (taken_out(registration, place), place.insert_before(suite[entry], text))


def _scripted(statement: Statement) -> tuple[str, str] | None:
    """Return the names of what `torch.jit.script` gives and of what it is given."""
    match statement:
        case cst.SimpleStatementLine(
            body=[
                cst.Assign(
                    targets=[cst.AssignTarget(target=cst.Name(made))],
                    value=cst.Call(args=[cst.Arg(value=cst.Name(given), star=""), *_]),
                )
            ]
        ):
            return made, given
    return None


def _receiver(call: cst.CSTNode) -> cst.Name | None:
    """Return the name that a module begins with on which a forward hook is registered."""
    match call:
        case cst.Call(
            func=cst.Attribute(
                value=node, attr=cst.Name("register_forward_hook" | "register_forward_pre_hook")
            )
        ):
            while isinstance(node, cst.Attribute):
                node = node.value
            return node if isinstance(node, cst.Name) else None
    return None


def _read(statement: Statement, root: cst.Name) -> frozenset[str]:
    """Return the names that a statement has besides one."""
    return frozenset(
        each.value
        for each in m.findall(statement, m.Name())
        if isinstance(each, cst.Name) and each is not root
    )


def _only_registers(statement: Statement) -> bool:
    """Whether a statement is one expression or assignment, or a loop with nothing but one in it."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr() | cst.Assign()]):
            return True
        case cst.For(orelse=None, body=cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Expr()])])):
            return True
    return False


REPAIRS = (
    Repair(
        codes=frozenset({"HKP107"}),
        edits=_edits,
        changes="what is scripted calls the hook as well",
    ),
    Repair(
        codes=frozenset({"HKP101"}),
        edits=_on_eager,
        changes="the eager module has the hook, and what is scripted calls it",
    ),
    Repair(
        codes=frozenset({"HKP604"}),
        edits=_edits,
        changes="the hook runs while the module is exported as well",
    ),
)
