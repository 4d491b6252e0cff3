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
from hookproof.evaluator.touch import Touch
from hookproof.interpreter.hook_touches import summary_of
from hookproof.interpreter.progress import Site
from hookproof.interpreter.values import Hook
from hookproof.modules.module_class import ModuleClass
from hookproof.outcomes.linker import Linked, link
from hookproof.semantic.place import Place
from hookproof.semantic.project import Project
from hookproof.session.sources import sources_of
from hookproof.settings import Settings
from hookproof.source.known_files import KnownFiles
from hookproof.worker_pool import WorkerPool
from hookproof.worlds.case import Case
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
    linked = link(
        project,
        sources.seeds,
        on_failure=sources.fail,
        importers=partial(sources.importers, pool=WorkerPool()),
    )
    return list(_Writer(root).lines(linked, project))


class _Writer:
    """Writes facts as lines."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def lines(self, linked: Linked, project: Project) -> Iterator[str]:
        yield from sorted({self._outcome(case) for case in linked.cases})
        yield from sorted({self._site(site) for site in linked.sites})
        uses = {
            f"hook {self._place(hook.definition)} {_name(hook)}[{_class(cls)}]\n": sorted(
                {f"  {self._use(touch)}\n" for touch in summary_of(hook, cls, project).touches}
            )
            for hook, cls in _hooks(linked)
        }
        for heading in sorted(uses):
            yield from (heading, *uses[heading])

    def _outcome(self, case: Case) -> str:
        flags = ("is_top_level", "is_frozen", "is_reloaded")
        words = [
            case.registration.api.rpartition(".")[2],
            _name(case.hook),
            f"[{_class(case.module_class)}]",
            case.world,
            case.confidence,
            f"({case.event})" if case.event else "",
            *(flag[3:] for flag in flags if getattr(case, flag)),
            f"at {self._place(case.place)}" if case.place else "",
            f"uses {self._places(use.place for use in case.uses)}" if case.uses else "",
            f"via {self._places(place for place, _ in case.steps)}",
        ]
        return f"outcome {self._place(case.registration.place)} {' '.join(filter(None, words))}\n"

    def _site(self, site: Site) -> str:
        hooks = ",".join(sorted(f"{hook.form}:{_name(hook)}" for hook in site.hooks))
        api, receiver = site.registration.api.rpartition(".")[2], site.registration.receiver
        guarded = " guarded" if site.is_guarded else ""
        return f"site {self._place(site.registration.place)} {api} {receiver} {hooks}{guarded}\n"

    def _use(self, touch: Touch) -> str:
        words = [
            self._place(touch.place),
            " ".join(touch.text.split()),
            f"{touch.use}/{touch.operation}",
            f"kept={touch.kept}" if touch.kept else "",
            f"to={touch.target}" if touch.target else "",
            "|".join(sorted(touch.guards)),
            "guarded" if touch.is_guarded else "",
            f"through {self._places(touch.helpers)}" if touch.helpers else "",
        ]
        return " ".join(filter(None, words))

    def _places(self, places: Iterable[Place | None]) -> str:
        return ">".join(self._place(place) for place in places)

    def _place(self, place: Place | None) -> str:
        if place is None:
            return "-"
        line, column, _, _ = place.range
        path = Path(os.path.realpath(place.path))
        name = path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.name
        return f"{line}:{column}" if name == _PROGRAM else f"{name}:{line}:{column}"


def _hooks(linked: Linked) -> Iterator[tuple[Hook, ModuleClass | None]]:
    seen = set()
    pairs = [(case.hook, case.module_class) for case in linked.cases]
    pairs += [(hook, None) for site in linked.sites for hook in site.hooks]
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
