"""The files of a project, read where a name leads there, and what `import` finds among them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from hookproof.semantic.search_path import Resolve, search_path

if TYPE_CHECKING:
    from hookproof.syntax.source_file import SourceFile


class KnownFiles:
    """The known files by path, and by the name under which another file imports them.

    `load` gives the `SourceFile` of a path, or None where it cannot be read or parsed. Imports start from the
    folder above the importing file's outermost package, from `roots`, and from what the file puts on
    `sys.path`, whose names `resolve` tells.
    """

    def __init__(
        self,
        paths: Iterable[str],
        load: Callable[[str], SourceFile | None],
        roots: Iterable[str],
        resolve: Resolve,
    ) -> None:
        self._paths = {os.path.abspath(path): path for path in paths}
        self._load, self._resolve = load, resolve
        self._roots = tuple(os.path.abspath(root) for root in roots)
        self._files: dict[str, SourceFile | None] = {}
        self._searched: dict[str, tuple[str, ...]] = {}
        self._imports: dict[tuple[tuple[str, ...], str], SourceFile | None] = {}
        self._unread: dict[tuple[tuple[str, ...], str], str] = {}

    def file(self, path: str) -> SourceFile | None:
        """Return the known file at `path`, or None."""
        absolute = os.path.abspath(path)
        if absolute not in self._files:
            known = self._paths.get(absolute)
            self._files[absolute] = None if known is None else self._load(known)
        return self._files[absolute]

    def imported_file(self, importer: SourceFile, dotted: str) -> SourceFile | None:
        """Return the project's file that `import dotted` means in `importer`, or None."""
        folders = self._searched.get(importer.path)
        if folders is None:
            folders = (_import_base(importer), *self._roots)
            # Python's own modules, by which a file says where others are, are where they always are.
            if dotted.partition(".")[0] not in sys.stdlib_module_names:
                self._searched[importer.path] = folders
                folders = self._searched[importer.path] = search_path(importer, folders, self._resolve)
        key = (folders, dotted)
        if key not in self._imports:
            path = self._find_module(folders, dotted)
            self._imports[key] = file = self.file(path) if path is not None else None
            if path is not None and file is None:
                self._unread[key] = self._paths[path]
        return self._imports[key]

    def unread(self, importer: SourceFile, dotted: str) -> str | None:
        """Return the path of the known file that `import dotted` means and that cannot be read, if one is."""
        return self._unread.get((self._searched.get(importer.path, ()), dotted))

    def _find_module(self, folders: tuple[str, ...], dotted: str) -> str | None:
        relative = dotted.replace(".", os.sep)
        for root in folders:
            for candidate in (f"{relative}.py", os.path.join(relative, "__init__.py")):
                path = os.path.join(root, candidate)
                if path in self._paths:
                    return path
        return None

    def forget(self, changed: Collection[str], resting: Collection[str]) -> None:
        """Forget files that have changed, and where those that rest on them look for imports."""
        self._files = {path: file for path, file in self._files.items() if self._is_apart(path, changed)}
        again = {key for key, path in self._unread.items() if path in changed}
        again.update(key for key, file in self._imports.items() if file is not None and file.path in changed)
        for key in again:
            del self._imports[key]
            self._unread.pop(key, None)
        for path in resting:
            self._searched.pop(path, None)

    def _is_apart(self, absolute: str, changed: Collection[str]) -> bool:
        file = self._files[absolute]
        return (file.path if file is not None else self._paths.get(absolute)) not in changed


def _import_base(file: SourceFile) -> str:
    """Return the folder that the file's own absolute imports start from."""
    folder = os.path.dirname(os.path.abspath(file.path))
    depth = file.module.count(".") + (1 if file.is_package else 0)
    for _ in range(depth):
        folder = os.path.dirname(folder)
    return folder
