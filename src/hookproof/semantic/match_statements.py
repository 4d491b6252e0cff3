"""`match` as the chain of conditions that it stands for."""

from __future__ import annotations

from typing import Literal

from hookproof.syntax import ir

# What the subject is called that is no name: a name that no program has.
SUBJECT = "match subject"


def as_conditions(match: ir.Match) -> tuple[ir.Stmt, ...]:
    """Return statements that run what a `match` runs."""
    at, subject = match.at, match.subject
    before: tuple[ir.Stmt, ...] = ()
    if not isinstance(subject, ir.Name):
        before = (ir.Assign(at, (ir.Name(at, SUBJECT),), subject),)  # it is evaluated once
        subject = ir.Name(at, SUBJECT)
    chain: tuple[ir.Stmt, ...] = ()
    for case in reversed(match.cases):
        chain = _condition(at, subject, case, chain)
    return (*before, *chain)


def _condition(
    at: int, subject: ir.Name, case: ir.Case, otherwise: tuple[ir.Stmt, ...]
) -> tuple[ir.Stmt, ...]:
    bound = tuple(
        ir.Assign(at, (ir.Name(at, capture.name),), _part(subject, capture.path)) for capture in case.captures
    )
    if case.name is not None:
        bound = (*bound, ir.Assign(at, (ir.Name(at, case.name),), subject))
    test = _pattern_test(subject, case) or ir.Opaque(at, "pattern", ())
    if case.guard is None:
        return (ir.If(at, test, (*bound, *case.body), otherwise),)
    # The guard asks for what the pattern has bound.
    return (*bound, ir.If(at, ir.Operation(at, "and", (test, case.guard)), case.body, otherwise))


def _pattern_test(subject: ir.Expr, case: ir.Case) -> ir.Expr | None:
    """Return the condition that the pattern of a `case` stands for: a class pattern is an `isinstance` test.

    None for other patterns: it is not known whether they fit.
    """
    at = subject.at
    if case.classes:
        arguments = (ir.Argument(subject), ir.Argument(ir.Sequence(at, "tuple", case.classes)))
        return ir.Call(case.classes[0].at, ir.Name(at, "isinstance"), arguments)
    if len(case.values) == 1:
        return ir.Operation(at, "==", (subject, case.values[0]))
    return ir.Operation(at, "in", (subject, ir.Sequence(at, "tuple", case.values))) if case.values else None


def _part(subject: ir.Expr, path: tuple[ir.Step, ...]) -> ir.Expr:
    for step in path:
        if step.is_attribute:
            subject = ir.Attribute(subject.at, subject, str(step.key))
        else:
            kind: Literal["str", "int"] = "str" if isinstance(step.key, str) else "int"
            subject = ir.Subscript(subject.at, subject, ir.Constant(subject.at, kind, step.key))
    return subject
