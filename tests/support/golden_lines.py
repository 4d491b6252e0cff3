"""Writes down what the analysis works out below the rules: each outcome, and each use of a module in a hook.

One line is one fact, in an order that does not depend on how it was found, so that a change of the analysis
shows as a change of lines. A line that begins with `outcome` is a hook that reaches TorchScript (or does so
in library mode), one with `site` a registration that was met, and below a line with `hook` stands what that
hook does to a module of the class in brackets. Nothing here runs a program or imports torch.

    python tests/support/golden_lines.py            print the lines that differ from the recorded ones
    python tests/support/golden_lines.py --write    record what is found now

A line may only change where torch agrees with the new one: write the program and run it.
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from fixture_programs import all_fixtures
from form_programs import forms
from hookproof.evaluator.use import Use
from hookproof.interpreter.hook_uses import summary_of
from hookproof.interpreter.progress import Site
from hookproof.interpreter.values import Hook
from hookproof.modules.module_class import ModuleClass
from hookproof.outcomes.roots import Interpreted, interpret
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.session.sources import sources_of
from hookproof.settings import Settings
from hookproof.source.known_files import KnownFiles
from hookproof.worker_pool import WorkerPool
from hookproof.worlds.outcome import Outcome
from places import TESTS

_PROGRAM = "program.py"
GOLDEN = TESTS / "golden"


def fixture_lines() -> Iterator[str]:
    """Yield what is known of each fixture, which stands alone as in its own test."""
    for fixture in all_fixtures():
        yield f"# {fixture}\n"
        if fixture.files == (fixture.main,):
            yield from _of_files({_PROGRAM: fixture.main.read_text("utf-8")})
        else:
            yield from _of_files({path.name: path.read_text("utf-8") for path in fixture.files})


def form_lines() -> Iterator[str]:
    """Yield what is known of each form."""
    for form in forms():
        yield f"# {form.name}\n"
        yield from _of_files({_PROGRAM: form.text})


def torch_lines() -> Iterator[str]:
    """Yield what is known of torch's own tree, found by its name without importing it."""
    spec = importlib.util.find_spec("torch")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    yield from facts_of(Path(next(iter(spec.submodule_search_locations))))


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "fixtures": fixture_lines,
    "forms": form_lines,
    "torch": torch_lines,
}


def _of_files(files: dict[str, str]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder))
        (root / "setup.cfg").touch()
        for name, text in files.items():
            (root / name).write_text(text, "utf-8")
        yield from facts_of(root)


def facts_of(root: Path) -> list[str]:
    """Return the facts of every file under `root`, sorted, with paths relative to it."""
    sources = sources_of([str(root)], Settings(), {})
    files = KnownFiles(sources.known, sources.facts, is_kept=False)
    files.refresh(WorkerPool())
    sources.load_seeds(files)
    if not sources.seeds:
        return []
    project = Project(sources.known, sources.load, sources.facts)
    interpreted = interpret(
        project,
        sources.seeds,
        on_failure=sources.fail,
        importers=partial(sources.importers, pool=WorkerPool()),
    )
    return list(_Writer(root).lines(interpreted, project))


class _Writer:
    """Writes facts as lines."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def lines(self, interpreted: Interpreted, project: Project) -> Iterator[str]:
        yield from sorted({self._outcome(outcome) for outcome in interpreted.outcomes})
        yield from sorted({self._site(site) for site in interpreted.sites})
        uses = {
            f"hook {self._location(hook.definition)} {_name(hook)}[{_class(cls)}]\n": sorted(
                {f"  {self._use(use)}\n" for use in summary_of(hook, cls, project).uses}
            )
            for hook, cls in _hooks(interpreted)
        }
        for heading in sorted(uses):
            yield from (heading, *uses[heading])

    def _outcome(self, outcome: Outcome) -> str:
        flags = ("is_top_level", "is_frozen", "is_reloaded")
        words = [
            outcome.registration.api.rpartition(".")[2],
            _name(outcome.hook),
            f"[{_class(outcome.module_class)}]",
            outcome.world,
            outcome.confidence,
            f"({outcome.event})" if outcome.event else "",
            *(flag[3:] for flag in flags if getattr(outcome, flag)),
            f"at {self._location(outcome.location)}" if outcome.location else "",
            f"uses {self._locations(use.location for use in outcome.uses)}" if outcome.uses else "",
            f"via {self._locations(location for location, _ in outcome.steps)}",
        ]
        return f"outcome {self._location(outcome.registration.location)} {' '.join(filter(None, words))}\n"

    def _site(self, site: Site) -> str:
        hooks = ",".join(sorted(f"{hook.form}:{_name(hook)}" for hook in site.hooks))
        api, receiver = site.registration.api.rpartition(".")[2], site.registration.receiver
        guarded = " guarded" if site.is_guarded else ""
        return f"site {self._location(site.registration.location)} {api} {receiver} {hooks}{guarded}\n"

    def _use(self, use: Use) -> str:
        words = [
            self._location(use.location),
            " ".join(use.text.split()),
            f"{use.kind}/{use.operation}",
            f"kept={use.kept}" if use.kept else "",
            f"to={use.target}" if use.target else "",
            "|".join(sorted(use.guards)),
            "guarded" if use.is_guarded else "",
            f"through {self._locations(use.helpers)}" if use.helpers else "",
        ]
        return " ".join(filter(None, words))

    def _locations(self, locations: Iterable[Location | None]) -> str:
        return ">".join(self._location(location) for location in locations)

    def _location(self, location: Location | None) -> str:
        if location is None:
            return "-"
        line, column, _, _ = location.range
        path = Path(os.path.realpath(location.path))
        name = path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.name
        return f"{line}:{column}" if name == _PROGRAM else f"{name}:{line}:{column}"


def _hooks(interpreted: Interpreted) -> Iterator[tuple[Hook, ModuleClass | None]]:
    seen = set()
    pairs = [(outcome.hook, outcome.module_class) for outcome in interpreted.outcomes]
    pairs += [(hook, None) for site in interpreted.sites for hook in site.hooks]
    for hook, cls in pairs:
        if hook is None or hook.function is None:
            continue
        key = (hook.definition, hook.module_index, cls.qualname if cls else None)
        if key not in seen:
            seen.add(key)
            yield hook, cls


def _name(hook: Hook | None) -> str:
    return hook.reference.name if hook is not None else "-"


def _class(cls: ModuleClass | None) -> str:
    return cls.qualname.removeprefix("torch.nn.modules.") if cls is not None else ""


def differences(part: str) -> Iterator[str]:
    """Yield the lines of a part that are not as recorded, as a diff under the headings of their programs."""
    recorded = (GOLDEN / f"{part}.txt").read_text("utf-8").splitlines(keepends=True)
    yield from difflib.unified_diff(recorded, list(PARTS[part]()), "recorded", "now", n=1)


if __name__ == "__main__":
    for each in PARTS:
        if "--write" in sys.argv:
            (GOLDEN / f"{each}.txt").write_text("".join(PARTS[each]()), "utf-8")
        else:
            sys.stdout.writelines(differences(each))
