"""From files that mention hooks or TorchScript to cases: every root is run, then confidence is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hookproof.collect import ir
from hookproof.collect.source_file import SourceFile
from hookproof.finding import Confidence
from hookproof.link.bindings import bindings_of
from hookproof.link.case import Case, Entry, Event, Hook, Scope
from hookproof.link.definitions import ClassDefinition, FunctionDefinition
from hookproof.link.evaluate import BudgetExceededError
from hookproof.link.execute import Interpreter
from hookproof.link.lifecycle import Exposure, Site
from hookproof.link.live_hooks import Steps
from hookproof.link.place import Place
from hookproof.link.project import Project
from hookproof.link.relevance import Importers, Relevance
from hookproof.link.values import Frame, FunctionValue, ObjectValue
from hookproof.source.text import SourceError


@dataclass(slots=True)
class Linked:
    """What linking found: the cases, and every registration site as often as it was met."""

    cases: list[Case] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)


@dataclass(slots=True)
class _Found:
    """What one root found out that settles confidence across roots.

    `place` is the function that was run, None for a file's own statements; `entered` are those it called.
    """

    place: Place | None
    entered: set[Place]

    sites: list[Site]
    exposures: list[Exposure]
    removed: set[Place]
    escaped: set[ObjectValue]


def link(
    project: Project,
    files: Sequence[SourceFile],
    scripted: Iterable[str] = (),
    *,
    on_failure: Callable[[str, SourceError], None],
    on_progress: Callable[[int, int], None] | None = None,
    importers: Importers | None = None,
) -> Linked:
    """Run every root of `files` and return the cases; `scripted` names classes known to meet TorchScript.

    `importers` finds the files that call into these. A file that cannot be parsed is handed to `on_failure`
    and left out.
    """
    linked, found, relevance = Linked(), list[_Found](), Relevance(files, on_failure, importers)
    files = relevance.files
    for number, file in enumerate(files):
        if on_progress is not None:
            on_progress(number, len(files))
        found.extend(_run(project, file, relevance.roots(file), relevance, linked, on_failure))
    if any(_awaits_entry(site) for root in found for site in root.sites):
        for file in files:
            found.extend(_run(project, file, relevance.entries(file), relevance, linked, on_failure))
    _settle(linked, found, project, frozenset(scripted))
    return linked


def _awaits_entry(site: Site) -> bool:
    """Whether a site's fate hangs on where else its module class leaves eager mode."""
    receiver = site.receiver
    cls = receiver.module_class if isinstance(receiver, ObjectValue) else None
    return cls is not None and not cls.qualname.startswith("torch.nn.") and site.registration.is_forward


# --- roots -------------------------------------------------------------------------------------------


def _run(
    project: Project,
    file: SourceFile,
    wanted: list[int],
    relevance: Relevance,
    linked: Linked,
    on_failure: Callable[[str, SourceError], None],
) -> Iterator[_Found]:
    """Run these blocks of a file, each by itself, and yield what each found out."""
    if not wanted:
        return
    try:
        roots = [
            FunctionValue(found)
            for index in wanted
            for found in functions_of(project, file, index, relevance)
        ]
    except SourceError as error:
        on_failure(error.path or file.path, error)
        return
    blocks = file.outline.blocks
    module = [None] if any(blocks[index].kind == "code" for index in wanted) else []
    for root in (*module, *roots):
        interpreter = Interpreter(project, relevance)
        try:
            if root is None:
                interpreter.run_module(Frame(Scope(file)))
            else:
                interpreter.run_function(root)
        except (BudgetExceededError, RecursionError):
            pass  # what was found so far stands; the rest of this root is unknown, and so silent
        except SourceError as error:
            on_failure(error.path or file.path, error)
        life = interpreter.life
        linked.cases.extend(life.log.cases)
        linked.sites.extend(life.sites)
        removed = {live.registration.place for live in life.state.removed}
        place = Place(root.definition.scope.file, root.definition.function.at) if root is not None else None
        yield _Found(place, interpreter.entered, life.sites, life.exposures, removed, life.escaped)


def functions_of(
    project: Project, file: SourceFile, index: int, relevance: Relevance
) -> Iterator[FunctionDefinition]:
    """Yield the functions that a block defines, those worth running by themselves where it is a class."""
    block = file.outline.blocks[index]
    if block.kind == "def":
        for statement in file.block(index):
            if isinstance(statement, ir.Define):
                yield FunctionDefinition(
                    block.name, Scope(file), f"{file.module}.{block.name}", body=statement.function
                )
    elif block.kind == "code":
        yield from _conditional_functions(project, file, index, relevance)
    elif block.owner is not None:
        owner = _class_at(project, file, block.owner)
        if owner is not None:
            yield from (method for method in project.method(owner, block.name) if method.block_index == index)
    elif block.kind == "class":
        owner = _class_at(project, file, index)
        if owner is not None:
            inner = _inner_methods(project, owner)
            yield from (method for method in inner if relevance.meets(method.function))


def _conditional_functions(
    project: Project, file: SourceFile, index: int, relevance: Relevance
) -> Iterator[FunctionDefinition]:
    """Yield the functions and methods defined under an `if`, `try` or `with` of the file."""
    for statements in bindings_of(file.block(index)).values():
        for statement in statements:
            if isinstance(statement, ir.Define):
                name = statement.function.name
                yield FunctionDefinition(name, Scope(file), f"{file.module}.{name}", body=statement.function)
            elif isinstance(statement, ir.Class):
                owner = ClassDefinition(statement, Scope(file), f"{file.module}.{statement.name}")
                inner = _inner_methods(project, owner)
                yield from (method for method in inner if relevance.meets(method.function))


def _class_at(project: Project, file: SourceFile, index: int) -> ClassDefinition | None:
    for statement in file.block(index):
        if isinstance(statement, ir.Class):
            return ClassDefinition(statement, Scope(file), f"{file.module}.{statement.name}")
    return None


def _inner_methods(project: Project, owner: ClassDefinition) -> Iterator[FunctionDefinition]:
    """Yield the methods of a class that are no blocks of their own, and those of classes nested in it."""
    for statement in owner.node.body:
        if isinstance(statement, ir.Class):
            inner = ClassDefinition(statement, owner.scope, f"{owner.qualname}.{statement.name}")
            for methods in project.methods(inner).values():
                yield from methods
            yield from _inner_methods(project, inner)
    for statement in owner.node.body:
        if isinstance(statement, ir.Define):
            yield from project.method(owner, statement.function.name)


# --- confidence --------------------------------------------------------------------------------------


def _settle(linked: Linked, found: list[_Found], project: Project, scripted: frozenset[str]) -> None:
    """Add what could not be followed to the end: `likely` for scripted classes, `possible` for the rest."""
    exposed = _exposed_classes(found)
    followed = {case.registration.place for case in linked.cases}
    removed = _removed_by_callers(found)
    settled: dict[object, Case] = {}
    for root in found:
        for site in root.sites:
            for case in _unfollowed(site, root, exposed, scripted, project):
                if (
                    case.event is None
                    and case.confidence == "possible"
                    and (site.registration.place in followed or site.registration.place in removed)
                ):
                    continue
                key = (case.registration.place, _key(case.hook), case.world, case.event)
                known = settled.get(key)
                if known is None or _rank(case) > _rank(known):
                    settled[key] = case
    linked.cases.extend(settled.values())


def _removed_by_callers(found: list[_Found]) -> set[Place]:
    """Return the registrations that every function which is itself called by none takes off again."""
    called = {place for root in found for place in root.entered}
    outermost = [root for root in found if root.place not in called]
    kept = {
        site.registration.place
        for root in outermost
        for site in root.sites
        if site.registration.place not in root.removed
    }
    return {place for root in outermost for place in root.removed} - kept


def _rank(case: Case) -> tuple[bool, bool]:
    return case.confidence == "likely", case.module_class is not None


def _key(hook: Hook | None) -> object:
    return None if hook is None else (hook.definition.path, hook.definition.at)


def _exposed_classes(found: list[_Found]) -> dict[str, Entry]:
    exposed: dict[str, Entry] = {}
    for root in found:
        for exposure in root.exposures:
            pending = [exposure.receiver.module_class]
            while pending:
                cls = pending.pop()
                if (
                    cls is not None
                    and cls.qualname not in exposed
                    and not cls.qualname.startswith("torch.nn.")
                ):
                    exposed[cls.qualname] = exposure.entry
                    pending.extend(cls.submodules().values())
    return exposed


def _unfollowed(
    site: Site, root: _Found, exposed: dict[str, Entry], scripted: frozenset[str], project: Project
) -> Iterator[Case]:
    registration, receiver = site.registration, site.receiver
    steps: Steps = ((registration.place, "registered here"),)
    if receiver is None:
        if site.is_guarded or registration.place in root.removed:
            return
        if "forward" in registration.api and "backward" not in registration.api:
            for hook in site.hooks:
                yield Case("script-module", "possible", registration, hook, steps=steps, project=project)
        return
    if not isinstance(receiver, ObjectValue) or not registration.is_forward:
        return
    if any(receiver.is_within(exposure.receiver) for exposure in root.exposures):
        return
    if receiver.origin.is_created and receiver.origin not in root.escaped:
        return
    # Even a hook that is removed at once has to be registered first.
    if _is_handed_in(receiver) and not site.is_guarded:
        event: Event = "unguarded registration"
        hook, cls = site.hooks[0], receiver.module_class
        yield Case(
            "registration", "possible", registration, hook, cls, event=event, steps=steps, project=project
        )
    if registration.place in root.removed:
        return
    cls = receiver.module_class
    entry = exposed.get(cls.qualname) if cls is not None else None
    confidence: Confidence = "possible"
    if entry is not None and entry.api != "torch.jit.trace":
        confidence, steps = (
            "likely",
            (*steps, (entry.place, f"this class leaves eager mode here (`{entry.api}`)")),
        )
    elif cls is not None and cls.qualname in scripted:
        confidence = "likely"
    for hook in site.hooks:
        yield Case(
            "compiled", confidence, registration, hook, cls, True, entry=entry, steps=steps, project=project
        )


def _is_handed_in(receiver: ObjectValue) -> bool:
    """Whether the receiver is every module of a model that came from outside."""
    value: ObjectValue | None = receiver
    if receiver.form not in {"loop", "apply"}:
        return False
    while value is not None:
        if value.name.startswith("as ") or value.is_guarded:
            return False
        if value.parent is None:
            cls = value.module_class
            is_any = cls is None or cls.qualname == "torch.nn.Module"
            return is_any and value.form in {"parameter", "self", "global"}
        value = value.parent
    return False
