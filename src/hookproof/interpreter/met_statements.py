"""Which statements of a hook are met where it is handed something else than in eager mode, and how surely."""

from __future__ import annotations

from collections.abc import Generator

from hookproof.interpreter.hook_conditions import HookConditions
from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.endings import ends_body, returns_in
from hookproof.syntax import ir

_BRANCHES = (ir.If, ir.While, ir.Match, ir.Try)

Met = Generator[tuple[ir.Stmt, bool], None, bool]


def met_statements(
    body: tuple[ir.Stmt, ...], conditions: HookConditions, *, is_sure: bool = True, may_be_empty: bool = True
) -> Met:
    """Yield the statements that are met, those of compound ones after these, each with whether that is sure.

    A condition that is decided leads to one branch, one that keeps the hook apart to none. Loops that
    `may_be_empty` are not surely gone through. Returns whether what stands behind the body is not met.
    """
    branches = (*_BRANCHES, ir.For) if may_be_empty else _BRANCHES
    for statement in body:
        yield statement, is_sure
        if isinstance(statement, ir.If):
            truth = conditions.truth(statement.test)
            if truth == "apart":
                if returns_in((statement,)):
                    return True
                continue
            if truth is not None:
                branch = statement.body if truth else statement.orelse
                if (
                    yield from met_statements(branch, conditions, is_sure=is_sure, may_be_empty=may_be_empty)
                ):
                    return True
                continue
        is_branch = isinstance(statement, branches)
        for inner in nested_statements(statement):
            sure = is_sure and not is_branch
            yield from met_statements(inner, conditions, is_sure=sure, may_be_empty=may_be_empty)
        if is_branch and returns_in((statement,)):
            is_sure = False
        if ends_body(statement):
            return True
    return False
