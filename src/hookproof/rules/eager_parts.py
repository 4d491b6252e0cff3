"""The parts of a compiled hook that run in eager mode only, by what it asks of `torch.jit.is_scripting()`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from hookproof.evaluator.predicate import AllOf, AnyOf, Elsewhere, InMode, Opposite, Predicate, Unread
from hookproof.evaluator.predicates import Predicates
from hookproof.rules.compiled_body import is_left
from hookproof.rules.signature import HookSignature
from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.effects import is_lasting
from hookproof.semantic.endings import returns_in
from hookproof.semantic.location import Location
from hookproof.syntax import ir

Body: TypeAlias = tuple[ir.Stmt, ...]


class EagerPart(Struct, frozen=True):
    """Where a hook does what its compiled code leaves out, and whether eager mode is sure to come there."""

    location: Location
    is_sure: bool


def eager_parts(signature: HookSignature) -> Iterator[EagerPart]:
    """Yield each part of a hook whose loss tells: it changes the result, or something that lives on.

    What was written to take its place in compiled code is no loss.
    """
    yield from _Parts(signature).within(signature.function.body, is_sure=True)


class _Parts:
    """Reads the conditions of one hook twice: as they come out in eager mode, and in compiled code."""

    def __init__(self, signature: HookSignature) -> None:
        self._function, self._file = signature.function, signature.scope.file
        self._predicates = Predicates(signature.project, signature.scope)

    def within(self, body: Body, *, is_sure: bool) -> Iterator[EagerPart]:
        """Yield the parts that stand in a body, to which eager mode is sure to come or not."""
        for index, statement in enumerate(body):
            match statement:
                case ir.If(test=test):
                    asked = self._predicates.read(test)
                    yield from self._of_branches(statement, body[index + 1 :], asked, is_sure=is_sure)
                    is_known = _truth(asked, is_compiled=False) is not None
                    is_sure = is_sure and (is_known or not returns_in((statement,)))
                case (
                    ir.Return(value=ir.Conditional() as choice)
                    | ir.Assign(targets=(ir.Name(),), value=ir.Conditional() as choice)
                ):
                    yield from self._of_choice(statement, choice, is_sure=is_sure)
                case ir.With(body=inner):
                    yield from self.within(inner, is_sure=is_sure)
                case _:
                    for inner in nested_statements(statement):
                        yield from self.within(inner, is_sure=False)

    def _of_branches(
        self, node: ir.If, rest: Body, asked: Predicate, *, is_sure: bool
    ) -> Iterator[EagerPart]:
        eager, compiled = (_truth(asked, is_compiled=is_compiled) for is_compiled in (False, True))
        if eager == compiled:
            if eager is not False:
                yield from self.within(node.body, is_sure=is_sure and eager is True)
            if eager is not True:
                yield from self.within(node.orelse, is_sure=is_sure and eager is False)
            return
        # `if not scripting: return …` with a rest is a choice between two bodies.
        bodies = {True: node.body, False: node.orelse or (rest if is_left(node.body) else ())}
        in_eager = eager if eager is not None else not compiled
        if not _works(bodies[not in_eager]) and is_lasting(bodies[in_eager], self._function):
            yield self._part(node.test, is_sure=is_sure and None not in {eager, compiled})

    def _of_choice(self, statement: ir.Stmt, choice: ir.Conditional, *, is_sure: bool) -> Iterator[EagerPart]:
        """Yield `a if scripting else b` where compiled code only hands on what it has, and that tells."""
        asked = self._predicates.read(choice.test)
        eager, compiled = (_truth(asked, is_compiled=is_compiled) for is_compiled in (False, True))
        if eager is None or compiled is None or eager == compiled:
            return
        in_eager, instead = (choice.body, choice.orelse) if eager else (choice.orelse, choice.body)
        if _hands_on(instead) and not _hands_on(in_eager) and is_lasting((statement,), self._function):
            yield self._part(choice.test, is_sure=is_sure)

    def _part(self, test: ir.Expr, *, is_sure: bool) -> EagerPart:
        return EagerPart(Location(self._file, test.at), is_sure)


def _truth(predicate: Predicate, *, is_compiled: bool) -> bool | None:
    """Return whether a condition holds, None where it asks for more than how the code is run."""
    match predicate:
        case Opposite(operand=operand):
            truth = _truth(operand, is_compiled=is_compiled)
            return None if truth is None else not truth
        case AllOf(parts=parts) | AnyOf(parts=parts):
            truths, decides = (
                [_truth(p, is_compiled=is_compiled) for p in parts],
                isinstance(predicate, AnyOf),
            )
            return decides if decides in truths else None if None in truths else not decides
        case InMode(is_scripting=is_scripting):
            return is_scripting and is_compiled  # neither traced nor exported: another way out
        case Elsewhere(inner=inner, of_each=None):
            return _truth(inner, is_compiled=is_compiled)
        case Unread(expr=ir.Constant(value=value)):
            return bool(value)
    return None


def _hands_on(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Name) or (isinstance(expr, ir.Constant) and expr.kind == "None")


def _works(body: Body) -> bool:
    """Tell whether statements were written to take the other branch's place: not `pass` or a bare return."""
    for statement in body:
        match statement:
            case ir.Jump(kind="pass") | ir.Expression(value=ir.Constant()) | ir.Return(value=None):
                continue
            case ir.Return(value=value) if value is not None and _hands_on(value):
                continue
            case ir.Assert() | ir.Import():
                continue
        return True
    return False
