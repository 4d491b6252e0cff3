"""Hooks that a loop puts on what `torch.compile` gave and on the model inside: one call runs them twice.

Only plain loops and plain hooks are looked at: whoever has a condition in one of them may have thought of it,
and what is kept by module or by class does not tell twice from once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from hookproof.finding import Confidence
from hookproof.interpreter.effect import Effect
from hookproof.interpreter.instances.live_hooks import is_loop_element
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ALL_MODULES, ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import Hook, LiveHook
from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.expressions import statement_expressions
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of
from hookproof.worlds.compile.regions import Region
from hookproof.worlds.notices import Missing, Notices
from hookproof.worlds.world import kind_of

_PLAIN = (ir.Assign, ir.AugAssign, ir.Expression)


def run_twice(
    sites: Iterable[Site],
    region: Region,
    notices: Notices,
    known: frozenset[tuple[str, int]],
    removed: Mapping[LiveHook, tuple[int, Location]],
) -> Iterator[tuple[LiveHook, Confidence]]:
    """Yield the hooks that a call of a wrapped module runs once more than one of the module inside."""
    if region.wrapper is None or region.root is None:
        return
    lives = [
        site.live
        for site in sites
        if site.live is not None and len(site.hooks) == 1 and not site.is_one_of_many
    ]
    inside = {live.registration.location for live in lives if live.receiver is region.root}
    for live in lives:
        is_on_both = live.receiver is region.wrapper and live.registration.location in inside
        if not is_on_both and not _is_on_all(live, region):
            continue
        if kind_of(live.registration.api) not in {"forward", "forward-pre"} or not _is_plain(live):
            continue
        if any(each.order < live.order for each in region.calls):
            continue  # what was compiled then does not see the one on the module inside
        until = removed[live][0] if live in removed else None
        calls = [each for each in region.calls if each.order > live.order]
        moments = [Moment(each.location, "called") for each in calls if until is None or each.order < until]
        cls = region.root.module_class
        missing = Missing(live, region.root, cls, region.entry.location, False, moments)
        if any(
            _is_told(effect, live, missing, notices, known) for effect in notices.effects(live.hooks[0], live)
        ):
            yield live, "certain"


def is_inside_too(sites: Iterable[Site], live: LiveHook, region: Region) -> bool:
    """Whether the same registration puts a hook of the wrapper on the module inside as well."""
    others = (site.live for site in sites if site.live is not None)
    return any(
        other.receiver is region.root and other.registration.location == live.registration.location
        for other in others
    )


def _is_on_all(live: LiveHook, region: Region) -> bool:
    """Whether a hook is on each of the modules of a wrapper, itself and the one inside among them."""
    receiver = live.receiver
    if not isinstance(receiver, ObjectValue) or not is_loop_element(receiver):
        return False
    return receiver.parent is region.wrapper and receiver.name == ALL_MODULES and not live.is_conditional


def _is_told(
    effect: Effect, live: LiveHook, missing: Missing, notices: Notices, known: frozenset[tuple[str, int]]
) -> bool:
    """Whether the program certainly tells that an effect was there once more."""
    if not effect.is_sure or effect.on_module or notices.loss_of(effect, missing, known) != "sure":
        return False
    if effect.kind == "says":
        return True
    if effect.kind != "adds" or effect.node is None:
        return False
    counted, keyed, listed = _counted(live.hooks[0])
    if not effect.is_inside:
        return not counted.isdisjoint(map(str, effect.node))
    if not keyed.isdisjoint(map(str, effect.node)):
        return notices.loss_of(effect, missing, known, is_of_value=True) == "sure"
    # Of a longer list only its length tells for sure.
    whole = replace(missing, is_whole=True)
    is_of_size = notices.loss_of(effect, whole, known, is_of_value=True) == "none"
    return is_of_size and not listed.isdisjoint(map(str, effect.node))


def _counted(hook: Hook) -> tuple[set[str], set[str], set[str]]:
    """Return the names of what a hook counts up, itself or under one key, and of lists it makes longer."""
    counted, keyed, listed = set[str](), set[str](), set[str]()
    for statement in hook.function.body if hook.function is not None else ():
        match statement:
            case ir.AugAssign(target=ir.Name(id=name) | ir.Attribute(attr=name), op="+"):
                counted.add(name)
            case ir.AugAssign(
                target=ir.Subscript(value=ir.Name(id=name) | ir.Attribute(attr=name), index=ir.Constant()),
                op="+",
            ):
                keyed.add(name)
            case ir.Expression(
                value=ir.Call(
                    func=ir.Attribute(value=ir.Name(id=name) | ir.Attribute(attr=name), attr="append")
                )
            ):
                listed.add(name)
    return counted, keyed, listed


def _is_plain(live: LiveHook) -> bool:
    """Whether neither the loop around a registration nor the hook has conditions."""
    function = live.hooks[0].function
    has_branches = function is None or any(True for each in function.body for _ in nested_statements(each))
    return not has_branches and _stands_plainly(live.registration)


def _stands_plainly(registration: Registration) -> bool:
    """Whether a registration is a statement of a loop without conditions, or an element of such a display."""
    location, call = registration.location, registration.call
    function = registration.function
    body = function.body if function is not None else tuple(location.file.block(block_of(location.at)))
    around = _around(body, call) if call is not None else []
    loops = [each for each in around if isinstance(each, ir.For)]
    if loops:
        return all(isinstance(each, _PLAIN) for each in loops[-1].body) and not _is_chosen(around[-1], call)
    displays = [part for each in around for part in _parts(each) if isinstance(part, ir.Comprehension)]
    return len(displays) == 1 and not any(clause.conditions for clause in displays[0].clauses)


def _around(statements: tuple[ir.Stmt, ...], call: ir.Call) -> list[ir.Stmt]:
    """Return the statements that a call stands in, the outermost first."""
    for statement in statements:
        for body in nested_statements(statement):
            inner = _around(body, call)
            if inner:
                return [statement, *inner]
        if any(part is call for part in _parts(statement)):
            return [statement]
    return []


def _is_chosen(statement: ir.Stmt, call: ir.Call | None) -> bool:
    """Whether an expression around a call decides if it is carried out."""
    chosen = (ir.Conditional, ir.Comprehension, ir.Lambda)
    return any(
        isinstance(part, chosen) or (isinstance(part, ir.Operation) and part.op in {"and", "or"})
        for part in _parts(statement)
    )


def _parts(statement: ir.Stmt) -> Iterator[ir.Expr]:
    for expr in statement_expressions(statement):
        yield from subexpressions(expr)
