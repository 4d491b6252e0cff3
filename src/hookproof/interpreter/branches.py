"""Branches either way: what holds after statements that may be run or not."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.evaluator.errors import Catch, catches, caught_by
from hookproof.interpreter.choices import (
    Missed,
    is_class_test,
    keep_out,
    misses,
    picks,
    refine,
    refuses_hooks,
)
from hookproof.interpreter.conditions import ask, expected, truth, what_it_says
from hookproof.interpreter.domain import Frame, union
from hookproof.interpreter.exits import met_exits, on_the_way_out
from hookproof.interpreter.guards import REFUSED, Test, tells_from_none
from hookproof.interpreter.loops import guarded, join_locals, perhaps
from hookproof.interpreter.names import values_of
from hookproof.interpreter.passed_over import hear_of_passed_over, hooks_of
from hookproof.interpreter.running import Running
from hookproof.interpreter.state import join
from hookproof.semantic.bindings import bindings_of
from hookproof.semantic.endings import fails
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.location import Location
from hookproof.syntax import ir

_LEAVING = (ir.Jump, ir.Raise, ir.Return)


def if_statement(run: Running, node: ir.If, frame: Frame) -> bool:
    """Run an `if`: the branch that is taken where that is known, else both."""
    is_true, progress = truth(run, node.test, frame), run.progress
    if is_true is False:
        _skipped(run, node, frame)
    if is_true is not None:
        return _decided(run, node, frame, is_true=is_true)
    asked = ask(run, node.test, frame)
    told = progress.told_before(asked)
    if told is not None:
        return run.block(node.body if told else node.orelse, frame)
    test = _with_optional(what_it_says(run, node.test, frame), node.test, frame)
    for name in test.judged:
        keep_out(name, frame)
    base, names, optional = progress.state, dict(frame.locals), dict(frame.optional)
    progress.state = base.fork()
    is_exact = is_class_test(node.test, test)
    is_refined = refine(run, test, frame) and is_exact
    picked = picks(run, node.test, frame)
    missed = misses(run, node.test, frame) if not picked else None
    if missed is not None:
        _hear_of(run, node, frame, missed)
        progress.state = base
        return run.block(node.orelse, frame)
    comes_out = _comes_out(run, node, frame)
    outer = progress.assumed
    progress.assumed = outer if asked is None else (*outer, asked)
    for locals_there in picked or (frame.locals,):
        frame.locals = locals_there
        is_choice = not (picked or is_refined or comes_out is True)
        left_ends = _chosen(run, node.body, frame, is_guarded=test.guards_then, is_choice=is_choice)
    left, left_names, left_optional = progress.state, frame.locals, frame.optional
    progress.state, frame.locals, frame.optional = base.fork(), dict(names), optional
    progress.assumed = outer if asked is None else (*outer, asked.negated)
    is_refined_else = refine(run, test.negated, frame) and is_exact
    is_choice = not (is_refined_else or comes_out is False)
    right_ends = _chosen(run, node.orelse, frame, is_guarded=test.guards_else, is_choice=is_choice)
    if right_ends and not left_ends and asked is not None:
        progress.assumed = (*outer, asked)
    elif not left_ends:
        progress.assumed = outer
    is_plain = is_refined_else if left_ends else False
    is_refused = left_ends != right_ends and _refuses(run, node.body if left_ends else node.orelse, frame)
    is_plain = is_plain or comes_out is right_ends or is_refused
    progress.choices += left_ends != right_ends and not is_plain
    if is_refused and left_ends and refuses_hooks(node.test):
        progress.lose_all()
    if left_ends and not right_ends:
        progress.guards += test.guards_else
    elif right_ends and not left_ends:
        progress.guards += test.guards_then
        progress.state, frame.locals, frame.optional = left, left_names, left_optional
    elif not left_ends:
        progress.state = join(base, left, progress.state)
        frame.locals = join_locals(left_names, frame.locals)
        both = left_optional.keys() & frame.optional.keys()
        frame.optional = {name: left_optional[name] or frame.optional[name] for name in both}
    return left_ends and right_ends


def _decided(run: Running, node: ir.If, frame: Frame, *, is_true: bool) -> bool:
    """Run the branch that is taken, and what follows, under what the condition guards."""
    if any(isinstance(part, ir.Walrus) for part in subexpressions(node.test)):
        run.evaluate(node.test, frame)
    test = what_it_says(run, node.test, frame)
    is_guarded = test.guards_then if is_true else test.guards_else
    ends = guarded(run, node.body if is_true else node.orelse, frame, is_guarded)
    other = node.orelse if is_true else node.body
    run.progress.guards += is_guarded and bool(other) and isinstance(other[-1], _LEAVING)
    return ends


def _skipped(run: Running, node: ir.If, frame: Frame) -> None:
    """Have the worlds hear of the hooks in a branch that another world than eager mode makes be skipped."""
    missed = misses(run, node.test, frame)
    if missed is not None:
        _hear_of(run, node, frame, missed)
    hear_of_passed_over(run, node.test, frame, lambda: run.block(node.body, frame))


def _hear_of(run: Running, node: ir.If, frame: Frame, missed: Missed) -> None:
    """Have the worlds hear of the hooks in a branch that is skipped for a name that no module has."""
    progress = run.progress
    choices = progress.choices
    progress.choices += not missed.is_sure
    for live in hooks_of(run, lambda: run.block(node.body, frame), frame, missed.locals):
        run.listener.misnamed(live, Location(frame.file, node.test.at))
    progress.choices = choices


def _comes_out(run: Running, node: ir.If, frame: Frame) -> bool | None:
    """Tell which way a condition is expected to go; a pattern without another is written to fit."""
    if isinstance(node.test, ir.Opaque) and node.test.syntax == "pattern" and not node.orelse:
        return True
    return expected(run, node.test, frame)


def _chosen(
    run: Running, body: tuple[ir.Stmt, ...], frame: Frame, *, is_guarded: bool, is_choice: bool
) -> bool:
    run.progress.choices += is_choice
    ends = guarded(run, body, frame, is_guarded)
    run.progress.choices -= is_choice
    return ends


def _with_optional(test: Test, node: ir.Expr, frame: Frame) -> Test:
    """Add what a test for None says of a name that only got a value where no ScriptModule gets."""
    name, is_then = tells_from_none(node) or ("", True)
    if not frame.optional.get(name):
        return test
    return replace(test, guards_then=is_then, guards_else=not is_then)


def _refuses(run: Running, body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
    """Return whether statements that end do so in an error: a program that runs well went the other way."""
    match body:
        case (*_, ir.Raise()):
            return True
        case (*_, ir.Expression(value=ir.Call() as call)):
            return fails(call, frame.scope, run.project)
    return False


def try_statement(run: Running, node: ir.Try, frame: Frame) -> bool:
    """Run a `try`, whose handlers may be run or not."""
    is_guarded = any(catches(handler, REFUSED, frame.scope, run.project) for handler in node.handlers)
    is_expected = bool(node.handlers) and any(map(_says_not_reached, (node.body, node.orelse)))
    since, caught = met_exits(run, frame), run.progress.caught
    run.progress.caught += tuple(
        _catch(run, handler, frame) for handler in node.handlers if not _refuses(run, handler.body, frame)
    )
    run.progress.expected += is_expected
    ends = guarded(run, node.body, frame, is_guarded)
    run.progress.expected -= is_expected
    run.progress.caught = caught
    for handler in node.handlers:
        perhaps(run, handler.body, frame)
    # A turn of a loop that an error ends is nothing unusual.
    run.progress.choices += any(isinstance(handler.body[-1], ir.Jump) for handler in node.handlers)
    _keep_imports(run, node.body, frame)
    ends = run.block(node.orelse, frame) or ends
    ends = ends and not node.handlers
    if not node.finalbody:
        return ends
    return on_the_way_out(run, frame, since, ends, lambda: run.block(node.finalbody, frame))


def _catch(run: Running, handler: ir.Handler, frame: Frame) -> Catch:
    named = None if handler.exceptions is None else (handler.exceptions,)
    return caught_by(named, frame.location_at(handler.at), frame.scope, run.project)


def _says_not_reached(body: tuple[ir.Stmt, ...]) -> bool:
    """Return whether statements end as those of a test do that must not be reached."""
    match body:
        case (*_, ir.Raise()) | (*_, ir.Assert(test=ir.Constant(value=False | 0))):
            return True
        case (*_, ir.Expression(value=ir.Call(func=ir.Attribute(attr="fail")))):
            return True
    return False


def _keep_imports(run: Running, body: tuple[ir.Stmt, ...], frame: Frame) -> None:
    """Let a name that was imported under `try` stand for that too where a handler binds it."""
    for name, binders in bindings_of(body).items():
        if name in frame.locals and any(isinstance(binder, ir.Import) for binder in binders):
            imported = values_of(run, run.project.lookup(frame.scope, name), frame)
            frame.locals[name] = union(imported, frame.locals[name])
