"""Which files that mention nothing themselves lie on the way between a registration and an entry point."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import NamedTuple

from hookproof.semantic.blocks import Exports, reachable
from hookproof.semantic.spread import Spread
from hookproof.source.callers import Callers, Role
from hookproof.syntax.source_file import SourceFile
from hookproof.worker_pool import WorkerPool

# Characters of files that only hand on what others do. Where there are more, their names tell too little (in
# torch itself 167 files, of 2,285, with 4.7 million), and only files that import both ends are looked at.
_MAX_CARRYING = 1_000_000


class Importing(NamedTuple):
    """The files that import what others do, and how to load one of them."""

    wanted: list[str]
    carrying: list[str]
    load: Callable[[str], SourceFile | None]


# Gives the files that import one of the second callers' names, but for those of these paths; the first
# callers are all that were asked about, and stay so.
Importers = Callable[[Callers, Callers, Collection[str]], Importing]


def files_between(
    files: Mapping[str, SourceFile], own: Mapping[str, dict[int, Role]], ask: Importers, pool: WorkerPool
) -> tuple[dict[str, SourceFile], frozenset[str]]:
    """Return the files that import both ends, and all links of the chains that bring two ends together.

    `files` register hooks or call entry points, `own` says in which blocks. The names by which the files were
    found are returned too.
    """
    spread = Spread(files, own)
    callers = Callers(asked=_asked(files, own))
    for path, names in spread.callables()[0].items():
        _add(callers, spread, files[path], names)
    found = ask(callers, callers, ())
    wanted = {path: file for path in found.wanted if (file := found.load(path)) is not None}
    ends = reduce(or_, (role for roles in own.values() for role in roles.values()), Role.NONE)
    left = _MAX_CARRYING - _size(found.carrying, found.load) if ends.is_meeting else -1
    if left < 0:
        return wanted, spread.vocabulary
    callers.is_whole = True
    added = {*found.wanted, *found.carrying}
    while True:
        spread.add({path: file for path in sorted(added) if (file := found.load(path)) is not None})
        spread.settle(pool)
        fresh = _fresh(spread, callers)
        if not fresh.by_stem:
            break
        found = ask(callers, fresh, spread.files.keys())
        added = {*found.wanted, *found.carrying}
        left -= _size(added, found.load)
        if left < 0:
            callers.is_whole = False
            return wanted, spread.vocabulary
    return {**wanted, **_links(spread, files)}, spread.vocabulary


def _size(paths: Collection[str], load: Callable[[str], SourceFile | None]) -> int:
    """Return how many characters these files have, once they are known to be too many at least that."""
    size = 0
    for path in paths:
        file = load(path)
        size += len(file.text) if file is not None else 0
        if size > _MAX_CARRYING:
            break
    return size


def _asked(files: Mapping[str, SourceFile], own: Mapping[str, dict[int, Role]]) -> frozenset[bytes]:
    """Return what the files with an entry point import."""
    entering = (
        files[path] for path, roles in own.items() if any(Role.ENTERS in role for role in roles.values())
    )
    return frozenset(
        name.encode("utf-8", "surrogateescape") for file in entering for name in file.imports.names
    )


def _fresh(spread: Spread, callers: Callers) -> Callers:
    """Return the names that nobody was asked about, and note that somebody is."""
    fresh = Callers()
    local, exported = spread.callables()
    exports = Exports(exported)
    for path, file in spread.files.items():
        # A package hands on what it imports.
        _add(fresh, spread, file, {**reachable(file, exports), **local[path]}, callers)
    return fresh


def _add(
    callers: Callers,
    spread: Spread,
    file: SourceFile,
    names: Mapping[str, Role],
    known: Callers | None = None,
) -> None:
    bound = {
        name: role
        for name, role in names.items()
        if spread.is_telling(name, file)
        and (file.names.blocks(name) or name in file.imports.names or file.imports.opened)
    }
    # A package hands on the names of the files in it.
    for stem in file.module.split(".")[-2:] if bound else ():
        callers.add(stem, bound, known)


def _links(spread: Spread, files: Mapping[str, SourceFile]) -> dict[str, SourceFile]:
    """Return the added files in which two ends meet, and those that are called on the way to these ends."""
    local, _ = spread.callables()
    given = {
        path: {*local[path], *(name for name, _ in spread.handed_on(file))}
        for path, file in spread.files.items()
    }
    kept = [path for path, roles in spread.roles.items() if _is_meeting(spread.files[path], roles)]
    seen, called = set(kept), set[str]()
    while kept:
        called.update(name for path in kept for name in _called(spread, path))
        kept = [path for path, names in given.items() if path not in seen and not called.isdisjoint(names)]
        seen.update(kept)
    return {path: spread.files[path] for path in spread.files if path in seen and path not in files}


def _is_meeting(file: SourceFile, roles: Mapping[int, Role]) -> bool:
    """Whether two ends meet in a block of a file, or in the statements of its own level, which run as one."""
    level = (role for index, role in roles.items() if file.outline.blocks[index].kind == "code")
    return any(role.is_meeting for role in (*roles.values(), reduce(or_, level, Role.NONE)))


def _called(spread: Spread, path: str) -> Iterator[str]:
    """Yield the names of what a file calls, derives from or decorates with, also those that it renames."""
    for index in spread.roles[path]:
        yield from spread.callees.get((path, index), ())
    yield from (old for _, old in spread.files[path].imports.renamed)
    yield from spread.built_on(spread.files[path])
