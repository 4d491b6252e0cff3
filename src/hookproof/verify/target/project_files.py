"""Looks through the files of a project for those that import others."""

from __future__ import annotations

import contextlib
import functools
import os
import re

_MAXIMAL_FILES = 400  # of a project, that are looked through for who imports the finding's file
_MAXIMAL_IMPORTERS = 20
_MAXIMAL_TEXT = 200_000  # characters of each


@functools.lru_cache(maxsize=None)
def importers(roots: tuple[str, ...], paths: tuple[str, ...]) -> list[str]:
    """Return files beside those at `paths`, or below, that name one of them."""
    stems = [os.path.splitext(os.path.basename(p))[0] for p in paths]
    stems = [os.path.basename(os.path.dirname(p)) if s == "__init__" else s for s, p in zip(stems, paths)]
    mention = re.compile(r"import[^\n]*\b({0})\b|from[^\n]*\b({0})\b".format("|".join(map(re.escape, stems))))
    found: list[str] = []
    for path in _files_below(roots):
        if path in paths:
            continue
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
            if mention.search(file.read(_MAXIMAL_TEXT)):
                found.append(path)
    return found[:_MAXIMAL_IMPORTERS]


@functools.lru_cache(maxsize=64)
def _files_below(roots: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if not f.startswith((".", "__")) and f != "node_modules")
            found += [os.path.join(folder, name) for name in sorted(names) if name.endswith(".py")]
            if len(found) > _MAXIMAL_FILES:
                return found[:_MAXIMAL_FILES]
    return found
