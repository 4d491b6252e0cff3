"""The inventory: every registration site, whatever its fate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from hookproof.finding import Removal
from hookproof.interpreter.hook_uses import summary_of
from hookproof.interpreter.hooks import form_of
from hookproof.interpreter.progress import Site
from hookproof.interpreter.sites import ReceiverForm, Registration
from hookproof.interpreter.values import Hook
from hookproof.outcomes.candidates import candidates
from hookproof.outcomes.roots import Interpreted
from hookproof.outcomes.unreached import unreached
from hookproof.report import HookSite, UseSite
from hookproof.semantic.project import Project
from hookproof.session.fates import fates_of
from hookproof.source.failures import SECONDS_TO_END, begin, told_of
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds import registry
from hookproof.worlds.outcome import Outcome


def hook_sites(
    interpreted: Interpreted,
    reported: Mapping[str, SourceFile],
    project: Project,
    on_failure: Callable[[str, SourceError], None] = lambda path, error: None,
) -> Iterator[HookSite]:
    """Yield one entry for each registration call in the reported files, sorted by path and line.

    A file of which one cannot be described is handed to `on_failure`.
    """
    met = _by_location(site for site in interpreted.sites if _is_listed(site, reported))
    for file in reported.values():
        reached = frozenset(at for path, at in met if path == file.path)
        with _failing(on_failure), told_of(file.path):
            begin(file.path, SECONDS_TO_END)
            met.update(_by_location(unreached(project, file, reached)))
    outcomes: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in interpreted.outcomes:
        location = outcome.registration.location
        outcomes.setdefault((location.path, location.at), []).append(outcome)
    everything = [site for group in met.values() for site in group]
    sites, removals = [], _Removals()
    for spot, group in met.items():
        with _failing(on_failure), told_of(spot[0]):  # a hook or a module class may not parse
            begin(spot[0], SECONDS_TO_END)
            sites.append(_merge(group, outcomes.get(spot, []), everything, removals))
    yield from sorted(sites, key=lambda site: (site.path, site.line, site.column, site.api))


@contextmanager
def _failing(on_failure: Callable[[str, SourceError], None]) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        if error.path is not None:
            on_failure(error.path, error)


def _is_listed(site: Site, reported: Mapping[str, SourceFile]) -> bool:
    """Whether a site registers a hook, which a parametrization does not, in a reported file."""
    utility = site.project.facts.legacy_utilities.get(site.registration.api)
    installs_hook = utility is None or utility.installs == "hook object"
    return installs_hook and site.registration.location.path in reported


def _by_location(sites: Iterable[Site]) -> dict[tuple[str, int], list[Site]]:
    met: dict[tuple[str, int], list[Site]] = {}
    for site in sites:
        location = site.registration.location
        met.setdefault((location.path, location.at), []).append(site)
    return met


def _merge(
    group: list[Site], outcomes: list[Outcome], everything: list[Site], removals: _Removals
) -> HookSite:
    registration = group[0].registration
    line, column, _, _ = registration.location.range
    hooks = _hooks(group, everything)
    references = tuple(hook.reference for hook in hooks if hook.function is not None)
    classes = {
        site.receiver.module_class.qualname for site in group if site.receiver and site.receiver.module_class
    }
    worlds = {outcome.world for outcome in outcomes if outcome.confidence != "possible"}
    return HookSite(
        registration.location.path,
        line,
        column,
        registration.api,
        form_of(hooks, _argument(registration)),
        _receiver(group),
        references[0] if len(references) == 1 else None,
        references,
        classes.pop() if len(classes) == 1 else None,
        tuple(each.name for each in registry.standings() if each.name in worlds),
        all(site.is_guarded for site in group),
        removals.of(registration),
        tuple(sorted({use for hook in hooks for use in _uses(hook, group)})),
        tuple(fates_of(group, hooks, outcomes)),
    )


def _hooks(group: list[Site], everything: list[Site]) -> tuple[Hook, ...]:
    """Return what the hook was seen to be, else what it may be, else one hook without a function."""
    hooks: dict[object, Hook] = {}
    for site in group:
        for hook in site.hooks:
            hooks.setdefault((hook.definition.path, hook.definition.at), hook)
    followed = tuple(hook for hook in hooks.values() if hook.function is not None)
    return followed or candidates(group[0], everything) or tuple(hooks.values())[:1]


def _uses(hook: Hook, group: list[Site]) -> Iterable[UseSite]:
    project = group[0].project
    for use in summary_of(hook, None, project).uses:
        line, column, _, _ = use.location.range
        yield UseSite(use.location.path, line, column, use.text, use.kind)


def _receiver(group: list[Site]) -> ReceiverForm:
    """Return how the module is reached; a function given to `apply`, or called in a loop, says more of it."""
    forms = [site.registration.receiver for site in group]
    return "apply" if "apply" in forms else forms[0]


def _argument(registration: Registration) -> ir.Expr | None:
    if registration.call is None:
        return None
    for argument in registration.call.args:
        if argument.keyword in {None, "hook"} and not argument.star:
            return argument.value
    return None


class _Removals:
    """Where the handles of hooks are removed, by the text around them, which is looked at once for many."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], tuple[frozenset[int], Removal]] = {}

    def of(self, registration: Registration) -> Removal:
        """Tell whether a handle is removed in the same function, elsewhere, or nowhere."""
        location = registration.location
        key = (location.path, block_of(location.at))
        if key not in self._seen:
            self._seen[key] = (_dropped(location.file, key[1]), _removal(location.file, key[1]))
        dropped, removal = self._seen[key]
        return "never" if id(registration.call) in dropped else removal


def _removal(file: SourceFile, block: int) -> Removal:
    if re.search(r"\.remove\(\)", file.block_text(block)):
        return "same function"
    return "elsewhere" if re.search(r"\.remove\b", file.text) else "never"


def _dropped(file: SourceFile, block: int) -> frozenset[int]:
    """Return the expressions that are statements of their own, so that a handle that they give is lost."""
    found: set[int] = set()
    statements = list(file.block(block))
    for statement in statements:
        if isinstance(statement, ir.Expression):
            found.add(id(statement.value))
        statements.extend(inner for body in _bodies(statement) for inner in body)
    return frozenset(found)


def _bodies(statement: ir.Stmt) -> Iterator[tuple[ir.Stmt, ...]]:
    from hookproof.semantic.bindings import nested_statements

    yield from nested_statements(statement)
    if isinstance(statement, ir.Define):
        yield statement.function.body
    elif isinstance(statement, ir.Class):
        yield statement.body
