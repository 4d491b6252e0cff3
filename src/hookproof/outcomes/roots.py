"""From files that mention hooks or TorchScript to outcomes: every root is run, then confidence is settled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import sqrt

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.interpreter.domain import Frame
from hookproof.interpreter.instances.class_now import classes_now
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.run import BudgetExceededError, Run
from hookproof.outcomes.confidence import settled
from hookproof.outcomes.kept import Kept, Ran
from hookproof.semantic.bindings import bindings_of
from hookproof.semantic.blocks import collected
from hookproof.semantic.chains import Importers
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.nested_classes import class_at
from hookproof.semantic.project import Project
from hookproof.semantic.relevance import Collect, Relevance
from hookproof.semantic.scope import Scope
from hookproof.source.failures import begin, told_of
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of
from hookproof.syntax.source_file import SourceFile
from hookproof.worker_pool import WorkerPool
from hookproof.worlds.found import Found
from hookproof.worlds.listeners import Listeners
from hookproof.worlds.outcome import Order, Outcome


class Interpreted(Struct):
    """What linking found: the outcomes, and every registration site as often as it was met."""

    outcomes: list[Outcome] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)


def interpret(
    project: Project,
    files: Sequence[SourceFile],
    scripted: Iterable[str] = (),
    assumed: Collection[str] = (),
    moved: Collection[str] = (),
    *,
    into: Interpreted | None = None,
    on_failure: Callable[[str, SourceError], None],
    on_progress: Callable[[int, int], None] | None = None,
    importers: Importers | None = None,
    pool: WorkerPool | None = None,
    kept: Kept | None = None,
    collect: Collect = collected,
    changed: Collection[str] = (),
) -> Interpreted:
    """Run every root of `files` and return the outcomes, found one after the other `into` what is given.

    `scripted` names classes known to meet TorchScript, `assumed` the worlds that any module may go to which
    others get, `moved` those that this code is taken to move all its modules to.
    `importers` finds the files that call into these. A file that cannot be parsed is handed to `on_failure`
    and left out. In a `pool`, each member gets the outcomes of its share of the roots. What is `kept` of an
    earlier run is not made again unless it rests on the files that have `changed`; `collect` gives what
    happens in the blocks of a file.
    """
    pool = pool or WorkerPool()
    known = kept.relevance(files, collect, project) if kept is not None else None
    relevance = known or Relevance(files, project.facts, on_failure, importers, pool, collect)
    if kept is not None:
        kept.begin(project, relevance, changed)
    interpretation = _Interpretation(project, relevance, on_failure, into or Interpreted(), kept)
    roots = {file.path: relevance.roots(file) for file in relevance.files}
    order = _in_order(relevance.files, roots, pool)
    for done in pool.deal(len(order)):
        if on_progress is not None:
            on_progress(done, len(order))
        number, file = order[done]
        interpretation.run((0, number), file, roots[file.path])
    if any(pool.share(any(_awaits_entry(site) for root in interpretation.found for site in root.sites))):
        entries = {file.path: relevance.entries(file) for file in relevance.files}
        order = _in_order(relevance.files, entries, pool)
        for number, file in (order[index] for index in pool.deal(len(order))):
            interpretation.run((1, number), file, entries[file.path])
    interpreted = interpretation.interpreted
    if pool.size > 1:  # whoever was dealt a file, and when
        interpretation.found.sort(key=lambda found: found.order)
        interpreted.outcomes.sort(key=lambda outcome: outcome.order)
    said = (frozenset(scripted), frozenset(assumed), frozenset(moved))
    guessed = settled(interpretation.found, interpreted.outcomes, project, *said, pool, on_failure, kept)
    interpreted.outcomes.extend(guessed)
    return interpreted


def _in_order(
    files: Sequence[SourceFile], wanted: Mapping[str, list[int]], pool: WorkerPool
) -> list[tuple[int, SourceFile]]:
    """Return the files with wanted blocks, each with its number; in a pool, the hardest come first."""
    costs = {number: cost for number, file in enumerate(files) if (cost := _cost(file, wanted[file.path]))}
    order = sorted(costs, key=lambda number: (-costs[number], number)) if pool.size > 1 else costs
    return [(number, files[number]) for number in order]


def _cost(file: SourceFile, wanted: list[int]) -> float:
    """Return about how long it takes to run blocks of a file; a long one is seldom run as a whole."""
    blocks = [file.outline.blocks[index] for index in wanted]
    return 30 * len(blocks) + sqrt(sum(block.end - block.start for block in blocks))


def _awaits_entry(site: Site) -> bool:
    """Whether a site's fate hangs on where else its module class leaves eager mode."""
    receiver = site.receiver
    cls = receiver.module_class if isinstance(receiver, ObjectValue) else None
    return cls is not None and not cls.qualname.startswith("torch.nn.") and site.registration.is_forward


# --- roots -------------------------------------------------------------------------------------------


class _Interpretation:
    """Runs roots and keeps what each of them found out."""

    def __init__(
        self,
        project: Project,
        relevance: Relevance,
        on_failure: Callable[[str, SourceError], None],
        interpreted: Interpreted,
        kept: Kept | None = None,
    ) -> None:
        self._project, self._relevance, self._on_failure = project, relevance, on_failure
        self.interpreted, self._kept = interpreted, kept
        self.found: list[Found] = []

    def run(self, order: Order, file: SourceFile, wanted: list[int]) -> None:
        """Run these blocks of a file, each by itself, or take what came of them before."""
        phase, number = order
        ran = self._kept.ran(phase, number, file, wanted) if self._kept is not None else None
        if ran is None:
            ran = Ran(file, wanted, number)
            self._run(ran, order, file, wanted)
            if self._kept is not None:
                self._kept.keep(phase, ran)
        self.interpreted.outcomes.extend(ran.outcomes)
        self.interpreted.sites.extend(ran.sites)
        self.found.extend(ran.found)
        for path, error in ran.failures:
            self._on_failure(path, error)

    def _run(self, ran: Ran, order: Order, file: SourceFile, wanted: list[int]) -> None:
        try:
            begin(file.path)
            with told_of(file.path):
                roots = [
                    FunctionValue(found)
                    for index in wanted
                    for found in functions_of(self._project, file, index, self._relevance)
                ]
        except SourceError as error:
            ran.failures.append((error.path or file.path, error))
            return
        blocks = file.outline.blocks
        is_level = any(self._relevance.runs_at_level(file, blocks[index]) for index in wanted)
        module = [None] if is_level else []
        for number, root in enumerate((*module, *roots)):
            self._run_root(ran, (*order, number), file, root)

    def _run_root(self, ran: Ran, order: Order, file: SourceFile, root: FunctionValue | None) -> None:
        listeners = Listeners(self._project)
        run = Run(listeners, self._relevance)
        listeners.progress.decide, listeners.progress.named = run.decided, run.named
        is_cut_short = True
        try:
            with told_of(file.path):
                location = Location(file, root.definition.function.at) if root is not None else None
                line = file.outline.blocks[block_of(location.at)].line if location is not None else None
        except SourceError as error:
            ran.failures.append((error.path or file.path, error))
            return
        try:
            with told_of(file.path, line), suppress(BudgetExceededError, RecursionError):
                if root is None:
                    run.run_module(Frame(Scope(file)))
                else:
                    run.run_function(root)
                is_cut_short = False
            # Else what was found so far stands; the rest of this root is unknown, and so silent.
        except SourceError as error:
            ran.failures.append((error.path or file.path, error))
        try:
            with told_of(file.path, line):
                listeners.finish()
        except SourceError as error:
            ran.failures.append((error.path or file.path, error))
        ran.outcomes.extend(
            replace(outcome, order=(*order, number)) for number, outcome in enumerate(listeners.outcomes())
        )
        ran.sites.extend(listeners.progress.sites)
        listeners.close()  # nothing is left in a circle
        ran.found.append(
            Found(
                order,
                location,
                run.calls.entered,
                listeners.progress.sites,
                listeners.exposures(),
                listeners.progress.removed_locations(is_cut_short=is_cut_short),
                listeners.progress.escaped,
                is_cut_short,
                classes_now(listeners.progress),
            )
        )


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
        owner = class_at(file, block.owner, block.within)
        if owner is not None:
            yield from (method for method in project.method(owner, block.name) if method.block_index == index)
    elif block.kind == "class":
        owner = class_at(file, index)
        if owner is not None:
            inner = _inner_methods(project, owner)
            yield from (method for method in inner if relevance.meets(method.function, file))


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
                yield from (method for method in inner if relevance.meets(method.function, file))


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
