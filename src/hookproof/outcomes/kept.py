"""What is kept of roots and guesses while files change: whatever rests on none of the changed ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.interpreter.progress import Site
from hookproof.interpreter.sites import Entry
from hookproof.semantic.project import Project
from hookproof.semantic.relevance import Collect, Relevance
from hookproof.source.callers import Role
from hookproof.source.text import SourceError
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.found import Found
from hookproof.worlds.outcome import Outcome


class Ran(Struct):
    """What came of the roots of one file: those blocks that were `wanted`, run as number `number`."""

    file: SourceFile
    wanted: list[int]
    number: int
    outcomes: list[Outcome] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    failures: list[tuple[str, SourceError]] = field(default_factory=list)

    def renumbered(self, number: int) -> Ran:
        """Return the same for a file that has another place among all."""
        if number == self.number:
            return self
        for root in self.found:
            root.order = (root.order[0], number, *root.order[2:])
        outcomes = [replace(each, order=(each.order[0], number, *each.order[2:])) for each in self.outcomes]
        return replace(self, number=number, outcomes=outcomes)


class _Said(Struct):
    """What relevance says that a root may have asked it, but for what it says of single blocks."""

    files: Mapping[str, SourceFile]
    roles: Mapping[str, Mapping[int, Role]]
    own: Mapping[str, Mapping[int, Role]]
    levels: Mapping[str, str]


class _Exposed(dict[str, Entry]):
    """Where classes leave eager mode; notes which of them somebody asks for."""

    def __init__(self, known: Mapping[str, Entry]) -> None:
        super().__init__(known)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


class _Guess(Struct, frozen=True):
    """What was guessed of a site, and where the classes that were asked for left eager mode then."""

    site: Site
    outcomes: list[Outcome]
    entries: dict[str, Entry | None]


class Kept:
    """What is kept from one interpretation of a project to the next.

    A root rests on the files that its names led to, on what relevance says of these, and on nothing else.
    """

    def __init__(self) -> None:
        self._ran: dict[tuple[int, str], Ran] = {}
        self._named: dict[tuple[str, str], bool] = {}
        self._said: _Said | None = None
        self._relevance: Relevance | None = None
        self._exposed = _Exposed({})
        self._guesses: dict[tuple[object, ...], _Guess] = {}
        self._guessed: dict[tuple[object, ...], _Guess] = {}

    def relevance(self, files: Sequence[SourceFile], collect: Collect, project: Project) -> Relevance | None:
        """Return what was said of the blocks of these files before, if that holds still."""
        known, self._relevance = self._relevance, None
        return known if known is not None and known.takes(files, collect, project.facts) else None

    def doubt(self, path: str | None = None) -> None:
        """Have relevance made anew: in any case, or if this file lies between others."""
        if path is None or (self._relevance is not None and self._relevance.is_between(path)):
            self._relevance = None

    def begin(self, project: Project, relevance: Relevance, changed: Collection[str]) -> None:
        """Let go of what rests on the changed files, or on what relevance says other than before."""
        relevance.named_elsewhere = self._named
        self._relevance = relevance
        said = _Said(
            {file.path: file for file in relevance.files},
            relevance.roles,
            relevance.own,
            relevance.registering_levels,
        )
        before, self._said = self._said, said
        if before is None:
            return
        is_other = before.levels != said.levels or (
            relevance.is_small(len(before.files)) != relevance.is_small(len(said.files))
        )
        if is_other:
            self._ran.clear()
            return
        other = {*changed, *_other(before.roles, said.roles), *_other(before.own, said.own)}
        other.update(self._named_otherwise(before.files, relevance))
        resting = project.rests.on(other)
        self._ran = {key: ran for key, ran in self._ran.items() if key[1] not in resting}

    def _named_otherwise(self, before: Mapping[str, SourceFile], relevance: Relevance) -> Iterable[str]:
        """Yield the files of which something is spoken of elsewhere now, or is not any more."""
        now = {file.path: file for file in relevance.files}
        changed = [path for path in {*before, *now} if before.get(path) is not now.get(path)]
        for (path, name), answer in list(self._named.items()):
            files = [(before.get(other), now.get(other)) for other in changed]
            if any(_names(one, name) != _names(two, name) for one, two in files):
                del self._named[path, name]
                file = now.get(path) or before.get(path)
                if file is not None and relevance.is_named_elsewhere(name, file) != answer:
                    yield path

    def ran(self, phase: int, number: int, file: SourceFile, wanted: list[int]) -> Ran | None:
        """Return what came of the roots of a file, where it is the same still."""
        known = self._ran.get((phase, file.path))
        if known is None or known.file is not file or known.wanted != wanted:
            return None
        known = self._ran[phase, file.path] = known.renumbered(number)
        return known

    def keep(self, phase: int, ran: Ran) -> None:
        """Keep what came of the roots of a file."""
        self._ran[phase, ran.file.path] = ran

    def noting(self, exposed: Mapping[str, Entry]) -> Mapping[str, Entry]:
        """Return where classes leave eager mode, to be asked by the guesses that follow."""
        self._exposed = _Exposed(exposed)
        return self._exposed

    def guess(
        self,
        asked: tuple[object, ...],
        make: Callable[[Site, Found], list[Outcome]],
        site: Site,
        root: Found,
    ) -> list[Outcome]:
        """Return what is guessed of a site where so much is `asked`, made where it was not before."""
        exposed, key = self._exposed, (*asked, id(site))
        known = self._guesses.get(key)
        if known is None or any(exposed.get(name) != entry for name, entry in known.entries.items()):
            exposed.asked.clear()
            outcomes = make(site, root)
            known = _Guess(site, outcomes, {name: exposed.get(name) for name in set(exposed.asked)})
        self._guessed[key] = known
        return known.outcomes

    def end(self, asked: tuple[object, ...]) -> None:
        """Let go of the guesses of this kind that nobody has asked for this time."""
        others = {key: known for key, known in self._guesses.items() if key[1:-1] != asked}
        self._guesses, self._guessed = {**others, **self._guessed}, {}


def _other(before: Mapping[str, Mapping[int, Role]], now: Mapping[str, Mapping[int, Role]]) -> Iterable[str]:
    return (path for path in {*before, *now} if before.get(path) != now.get(path))


def _names(file: SourceFile | None, name: str) -> bool:
    return file is not None and name in file.text
