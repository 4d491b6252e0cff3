"""The registrations that no root reached: behind a `return`, or beyond what a root is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from hookproof.facts.atlas import Facts
from hookproof.interpreter.domain import Frame
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.registrations import hook_argument, is_hook_method, receiver_form
from hookproof.interpreter.run import BudgetExceededError, Run
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import Hook
from hookproof.outcomes.roots import functions_of
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.relevance import Relevance
from hookproof.semantic.scope import Scope
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.listeners import Listeners

_BUDGET = 40_000


def unreached(project: Project, file: SourceFile, met: frozenset[int]) -> Iterator[Site]:
    """Yield the sites of a file whose calls are not among `met`, their hooks unknown at worst."""
    blocks = {file.block_at(match.start()) for match in project.facts.once(_spelled).finditer(file.text)} - {
        None
    }
    relevance = Relevance((file,), project.facts, lambda path, error: None)
    for index in sorted(index for index in blocks if index is not None):
        try:
            missed = {call.at: call for call in _registrations(project, file, index) if call.at not in met}
            found = list(_flat(project, relevance, file, index, set(missed))) if missed else []
        except SourceError:
            continue  # reported where the file was first read
        yield from found
        for at in missed.keys() - {site.registration.location.at for site in found}:
            yield _unresolved(project, file, missed[at])


def _flat(
    project: Project, relevance: Relevance, file: SourceFile, index: int, missed: set[int]
) -> Iterator[Site]:
    roots: list[FunctionValue | None] = [
        FunctionValue(found) for found in functions_of(project, file, index, relevance)
    ]
    for root in roots or [None]:  # None: the statements of the file itself
        run = Run(Listeners(project), relevance, budget=_BUDGET, takes_every_way=True)
        try:
            if root is None:
                run.run_module(Frame(Scope(file)))
            else:
                run.run_function(root)
        except (BudgetExceededError, RecursionError):
            pass  # what was met so far stands
        for site in run.progress.sites:
            location = site.registration.location
            if location.path == file.path and location.at in missed:
                yield site


def _unresolved(project: Project, file: SourceFile, call: ir.Call) -> Site:
    location = Location(file, call.at)
    is_method = isinstance(call.func, ir.Attribute) and call.func.attr in project.facts.hook_apis
    receiver = ObjectValue("local") if is_method else None
    registration = Registration(
        _name(call.func), location, call, receiver_form(receiver, call, is_unbound=False), {}
    )
    hook = Hook("unknown", Location(file, hook_argument(call, is_unbound=False).at))
    return Site(registration, (hook,), receiver, False, project)


def _spelled(facts: Facts) -> re.Pattern[str]:
    names = sorted(facts.registering_names)
    return re.compile(rf"(?<!def )\b(?:{'|'.join(names)})\s*\(")


def _registrations(project: Project, file: SourceFile, index: int) -> Iterator[ir.Call]:
    """Yield the calls in a block that register by their spelling."""
    own = _methods_around(file, index)
    global_names = {name.rpartition(".")[2] for name in project.facts.global_hook_apis}
    for call in _calls(file.block(index)):
        if call.args and is_hook_method(call.func, project.facts):
            on_self = isinstance(call.func, ir.Attribute) and call.func.value
            if not (isinstance(on_self, ir.Name) and on_self.id == "self" and _name(call.func) in own):
                yield call
        elif call.args and _name(call.func) in global_names:
            yield call


def _methods_around(file: SourceFile, index: int) -> set[str]:
    blocks = file.outline.blocks
    own = blocks[index]
    if own.owner is None:
        return set()
    return {block.name for block in blocks if (block.owner, block.within) == (own.owner, own.within)}


def _calls(node: object) -> Iterator[ir.Call]:
    pending = [node]
    while pending:
        found = pending.pop()
        if isinstance(found, tuple):
            pending.extend(found)
        elif isinstance(found, Struct):
            if isinstance(found, ir.Call):
                yield found
            pending.extend(getattr(found, name) for name in found.__struct_fields__)


def _name(func: ir.Expr) -> str:
    match func:
        case ir.Attribute(attr=attr):
            return attr
        case ir.Name(id=name):
            return name
    return ""
