"""Abstract execution of loops: turn by turn where the turns are known, else once for any of them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from hookproof.facts.atlas import Facts
from hookproof.interpreter.choices import is_class_test
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.registries import Registries
from hookproof.interpreter.state import State, join
from hookproof.interpreter.values import ContainerValue, Frame, Values, union
from hookproof.semantic.bindings import bindings_of, names_in, target_names
from hookproof.semantic.effects import statements_of
from hookproof.semantic.relevance import Relevance
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of

_MAX_UNROLLED = 16

Locals = dict[str, Values]


class _Loop(Struct):
    """A loop that runs under so many `choices`: what held where `break` and `continue` left its body.

    `is_left` says that it is certainly left before another turn.
    """

    choices: int
    jumps: list[tuple[State, Locals]] = field(default_factory=list)
    is_left: bool = False


class Loops(Registries):
    """Runs loops and comprehensions."""

    def __init__(self, listener: Listener, relevance: Relevance, budget: int = 4_000) -> None:
        super().__init__(listener, relevance, budget)
        self.loops: list[_Loop] = []

    def _for(self, node: ir.For, frame: Frame) -> bool:
        """Run a loop; return whether it is certainly left before its end."""
        iterable, target, body = self.evaluate(node.iter, frame), node.target, node.body
        only = iterable[0] if len(iterable) == 1 else None
        exact = self.parts.iterated(only) if isinstance(only, ContainerValue) else None
        items = list(exact.items) if exact is not None and exact.is_exact else []
        if 0 < len(items) <= _MAX_UNROLLED:
            outer, frame.counted = frame.counted, frame.counted | _counted(target, body)
            for values in items:
                self.bind_target(target, values, frame)
                is_left = self._loop_body(body, frame)
                if is_left:
                    break
            frame.counted = outer
            return is_left
        if exact is not None and exact.is_exact and not exact.items and self.is_all(node, frame):
            return False
        elements = self.parts.elements(iterable)
        for group in _flat(elements):
            self.progress.start_loop(group)
        before = self.progress.state.fork()
        # Each of them has its turn, unless the loop may be left before.
        turns: list[Values] = [elements] if _may_leave(body) else [(value,) for value in elements] or [()]
        self.progress.repeats += 1
        for values in turns:
            self.bind_target(target, values, frame)
            self._loop_body(body, frame)
        self.progress.repeats -= 1
        self.progress.state.loosen(before)
        return False

    def _while(self, node: ir.While, frame: Frame) -> bool:
        """Run a `while`: turn by turn as long as its condition is known to hold, then perhaps once more."""
        outer, frame.counted = frame.counted, frame.counted | _counted_up(node.test, node.body)
        before = self.progress.state.fork()
        truth, turns = self.truth(node.test, frame), 0
        is_left = False
        while truth and turns < _MAX_UNROLLED and not is_left:
            self.evaluate(node.test, frame)
            is_left = self._loop_body(node.body, frame)
            turns += 1
            truth = None if isinstance(node.test, ir.Constant) else self.truth(node.test, frame)
        frame.counted = outer
        if is_left:
            return False
        if truth is None and not isinstance(node.test, ir.Constant):
            self.evaluate(node.test, frame)
            guards = self.progress.guards
            self.progress.guards += self.what_it_says(node.test, frame).guards_then
            self.maybe(node.body, frame, is_loop=True)
            self.progress.guards = guards
        if truth is not False:
            self.progress.state.loosen(before)
        return self.block(node.orelse, frame)

    def maybe(self, body: tuple[ir.Stmt, ...], frame: Frame, *, is_loop: bool = False) -> None:
        """Run statements that are perhaps not reached."""
        base, names = self.progress.state, dict(frame.locals)
        self.progress.state = base.fork()
        self.progress.choices += 1
        self.progress.repeats += is_loop
        if is_loop:
            self._loop_body(body, frame)
            self.progress.state.loosen(base)
        else:
            self.block(body, frame)
        self.progress.repeats -= is_loop
        self.progress.choices -= 1
        self.progress.state = join(base, base, self.progress.state)
        frame.locals = join_locals(names, frame.locals)

    def _loop_body(self, body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run the body of a loop; what holds where it is left early holds after it as well.

        Return whether the loop is certainly left before another turn.

        Once is enough, unless a hook may be taken off that an earlier round has put on.
        """
        is_left = self._round(body, frame)
        if not self.progress.is_again and _puts_on_and_takes_off(body, frame, self.project.facts):
            self.progress.is_again = True
            self._round(body, frame)
            self.progress.is_again = False
        return is_left

    def _round(self, body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        base = self.progress.state.fork()
        self.loops.append(_Loop(self.progress.choices))
        ends = self.block(body, frame)
        loop = self.loops.pop()
        for state, names in loop.jumps:
            self.progress.state = join(base, self.progress.state, state)
            frame.locals = join_locals(frame.locals, names)
        return loop.is_left or (ends and not loop.jumps)

    def _jump(self, kind: str, names: tuple[str, ...], frame: Frame) -> bool:
        if kind not in {"break", "continue"}:
            for name in names:
                self.share(kind, name, frame)
            return False
        if self.loops:
            loop = self.loops[-1]
            loop.jumps.append((self.progress.state.fork(), dict(frame.locals)))
            loop.is_left = loop.is_left or (kind == "break" and self.progress.choices == loop.choices)
        return True

    def comprehension(self, node: ir.Comprehension, frame: Frame) -> Values:
        """Evaluate a comprehension, turn by turn where the turns are known, with what its conditions say."""
        inner = Frame(frame.scope, dict(frame.locals), frame, frame.function, frame.owner, around=frame)
        found: list[Values] = []
        is_exact = self._turns(node.clauses, node.elements, inner, found) and node.kind != "dict"
        kind = "iterator" if node.kind == "generator" else node.kind
        return (ContainerValue(kind, found, is_exact=is_exact, sources=self._sources(node, frame)),)

    def _sources(
        self, node: ir.Comprehension, frame: Frame
    ) -> tuple[tuple[ContainerValue, ContainerValue], ...]:
        """Return the containers that a generator takes its elements from, and what they hold so far."""
        if node.kind != "generator":
            return ()
        values = self.evaluate(node.clauses[0].iter, frame)
        return tuple((v, self.containers.now(v)) for v in values if isinstance(v, ContainerValue))

    def _turns(
        self,
        clauses: tuple[ir.Clause, ...],
        elements: tuple[ir.Expr, ...],
        frame: Frame,
        found: list[Values],
    ) -> bool:
        """Run the clauses of a comprehension; tell whether `found` is exactly what it gives."""
        if not clauses:
            found.append([self.evaluate(element, frame) for element in elements][-1])
            return True
        clause, *rest = clauses
        iterable = self.evaluate(clause.iter, frame)
        only = iterable[0] if len(iterable) == 1 else None
        exact = self.parts.iterated(only) if isinstance(only, ContainerValue) else None
        is_exact = exact is not None and exact.is_exact and len(exact.items) <= _MAX_UNROLLED
        if exact is not None and is_exact:
            turns = list(exact.items)
        else:
            group = self.parts.elements(iterable)
            for values in _flat(group):
                self.progress.start_loop(values)
            turns = [(value,) for value in group] or [()]
        before = self.progress.state.fork()
        self.progress.repeats += not is_exact
        for values in turns:
            self.bind_target(clause.target, values, frame)
            is_exact &= self._turn(clause, tuple(rest), elements, frame, found)
        self.progress.repeats -= not is_exact
        if not is_exact:
            self.progress.state.loosen(before)
        return is_exact

    def _turn(
        self,
        clause: ir.Clause,
        rest: tuple[ir.Clause, ...],
        elements: tuple[ir.Expr, ...],
        frame: Frame,
        found: list[Values],
    ) -> bool:
        guards, choices = self.progress.guards, self.progress.choices
        is_decided = True
        for condition in clause.conditions:
            self.evaluate(condition, frame)
            truth = self.outcome(condition, frame)
            if truth is False:
                self.progress.guards, self.progress.choices = guards, choices
                return is_decided
            is_decided = is_decided and truth is True
            test = self.what_it_says(condition, frame)
            self.progress.guards += test.guards_then
            judged = set(test.judged)
            if test.guards_then and isinstance(clause.target, ir.Name):
                judged.add(clause.target.id)
            for name in judged:
                self.keep_out(name, frame)
            is_refined = self.refine(test, frame) and is_class_test(condition, test)
            self.progress.choices += truth is None and not is_refined
        is_exact = self._turns(rest, elements, frame, found)
        self.progress.guards, self.progress.choices = guards, choices
        return is_exact and is_decided


def _counted(target: ir.Expr, body: tuple[ir.Stmt, ...]) -> set[str]:
    """Return the names that each turn of a loop certainly binds once."""
    bound = bindings_of(body)
    assigned = {
        name
        for statement in body
        if isinstance(statement, ir.Assign)
        for name in (name for target in statement.targets for name in target_names(target))
        if len(bound[name]) == 1
    }
    return {name for name in target_names(target) if name not in bound} | assigned


def _may_leave(body: tuple[ir.Stmt, ...]) -> bool:
    """Tell whether statements of a loop's body may leave it before another turn."""
    return any(
        isinstance(statement, ir.Return) or (isinstance(statement, ir.Jump) and statement.kind == "break")
        for statement in statements_of(body)
    )


def _counted_up(test: ir.Expr, body: tuple[ir.Stmt, ...]) -> set[str]:
    """Return the names in a condition that a loop's body binds in each turn, or never."""
    bound = bindings_of(body)
    plain = {
        name
        for statement in body
        if isinstance(statement, (ir.Assign, ir.AugAssign))
        for target in (statement.targets if isinstance(statement, ir.Assign) else (statement.target,))
        for name in target_names(target)
    }
    return {name for name in names_in(test) if name not in bound or name in plain}


def _puts_on_and_takes_off(body: tuple[ir.Stmt, ...], frame: Frame, facts: Facts) -> bool:
    if "remove" not in frame.file.block_text(block_of(body[0].at)):
        return False
    names = names_in(body)
    return "remove" in names and not names.isdisjoint(facts.hook_apis)


def _flat(values: Values) -> Iterator[Values]:
    """Yield the values, and those in the pairs that `named_modules` and `enumerate` give."""
    yield values
    for value in values:
        if isinstance(value, ContainerValue) and value.kind == "tuple":
            for item in value.items:
                yield from _flat(item)


def join_locals(left: Locals, right: Locals) -> Locals:
    """Return what names may stand for after one of two ways."""
    joined = {**left, **right}
    for name, values in left.items():
        others = right.get(name, ())
        if others is not values:
            joined[name] = union(values, others)
    return joined
