"""Which files are checked: the Python files under the given paths that nobody asked to leave out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from hookproof.source.failures import SECONDS_TO_END, OutOfTimeError, begin, left_out, within_run
from hookproof.source.text import SourceError, read_regular

if TYPE_CHECKING:
    from hookproof.source.ignore_patterns import Pattern

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".hookproof_cache",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
"""Names of directories that are not entered: ruff's defaults and `__pycache__`."""

_ENDINGS = (".py", ".ipynb")
_ROOT_MARKERS = ("pyproject.toml", "setup.cfg", ".git")
OWN_SETTINGS = (".hookproof.toml", "hookproof.toml")
"""Files of settings that may stand in any folder of a project, in the order in which they count."""


class DiscoveredFiles(Struct, frozen=True):
    """The files to check, sorted, each once, and the (path, reason) of what could not be looked at.

    `excluded` counts the given paths that are left out; `skipped` are these and what patterns leave out
    below given directories, each with the pattern, and whether it was given.
    """

    files: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    excluded: int = 0
    skipped: tuple[tuple[str, str, bool], ...] = ()


def discover(
    paths: Iterable[str | os.PathLike[str]],
    exclude: Sequence[str] = DEFAULT_EXCLUDE,
    *,
    extend_exclude: Sequence[str] = (),
    respect_gitignore: bool = True,
    root: str | os.PathLike[str] | None = None,
    force_exclude: bool = False,
) -> DiscoveredFiles:
    """Return the Python files among and below `paths`.

    A path that is given is always read, whatever its ending and whatever excluded directory it lies in; below
    a given directory, only `*.py` files and notebooks (`*.ipynb`) are found. `exclude` and `extend_exclude`
    are patterns as in `.gitignore`, relative to `root` (the working directory if not given); `.gitignore`
    files count from the repository's root down to the file. With `force_exclude`, `exclude` and
    `extend_exclude` hold for given paths too. Paths come out as they were given, joined with what was found
    below.
    Never raises for a path: what is missing, unreadable or takes more than the run has is in `failed`.
    """
    walk = _Walk([*exclude, *extend_exclude], os.path.abspath(root or os.curdir), respect_gitignore)
    excluded = 0
    pending = sorted({os.fspath(path) for path in paths}, reverse=True)  # the same result in whatever order
    try:
        with within_run():
            while pending:
                path = pending[-1]
                begin(path, SECONDS_TO_END)
                if force_exclude and (pattern := walk.excluding(os.path.abspath(path))) is not None:
                    excluded += 1
                    walk.skipped.append((path, f"excluded by `{pattern}`", True))
                else:
                    walk.add(path)
                pending.pop()
    except (OutOfTimeError, SourceError):
        walk.failed.update((path, left_out()) for path in pending)
    return DiscoveredFiles(
        tuple(sorted(walk.files.values())), tuple(sorted(walk.failed)), excluded, tuple(sorted(walk.skipped))
    )


class _Patterns:
    """Patterns as in `.gitignore`, relative to the directory `base`."""

    def __init__(self, base: str, lines: Iterable[str]) -> None:
        self.base = os.path.join(base, "")
        # Imported here: many runs meet no pattern.
        from hookproof.source.ignore_patterns import Pattern, is_pattern

        # Of most patterns that are thousands each is one name: only that of a path's last name can match it.
        self.of_names: dict[str, list[tuple[int, Pattern]]] = {}
        self.others: list[tuple[int, Pattern]] = []
        for number, line in enumerate(lines):
            if is_pattern(line):
                pattern = Pattern(line)
                numbered = self.others if pattern.name is None else self.of_names.setdefault(pattern.name, [])
                numbered.append((number, pattern))

    def matches(self, path: str, is_directory: bool) -> bool | None:
        """Return whether the absolute `path` is left out, or None if no pattern speaks of it."""
        pattern = self.deciding(path, is_directory)
        return None if pattern is None else not pattern.is_negated

    def deciding(self, path: str, is_directory: bool) -> Pattern | None:
        """Return the pattern that decides on the absolute `path`, None if none speaks of it."""
        if not path.startswith(self.base):
            return None
        parts = path[len(self.base) :].replace(os.sep, "/").split("/")
        named = (each for part in parts for each in self.of_names.get(part, ()))
        last, found = max(
            ((number, pattern) for number, pattern in named if pattern.matches(parts, is_directory)),
            key=lambda numbered: numbered[0],
            default=(-1, None),
        )
        for number, pattern in reversed(self.others):  # the last one that speaks of it decides
            if number < last:
                break
            if pattern.matches(parts, is_directory):
                return pattern
        return found


class _Walk:
    def __init__(self, exclude: Sequence[str], root: str, respect_gitignore: bool) -> None:
        # Nearly all patterns are plain names, which need no regular expression.
        self.excluded_names = frozenset(p for p in exclude if not any(c in p for c in "*?[!/\\# "))
        patterns = [pattern for pattern in exclude if pattern not in self.excluded_names]
        self.root = root
        self.exclude = _Patterns(root, patterns) if patterns else None
        self.respect_gitignore = respect_gitignore
        self.files: dict[str, str] = {}  # real path -> path as shown
        self.failed: set[tuple[str, str]] = set()
        self.seen: set[str] = set()
        self.skipped: list[tuple[str, str, bool]] = []  # path as shown, why, and whether it was given

    def add(self, path: str) -> None:
        """Take a path that was given."""
        absolute = os.path.abspath(path)
        try:
            is_directory = os.path.isdir(path)
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            self.failed.add((path or "''", getattr(error, "strerror", None) or str(error)))
            return
        if not is_directory and not stat.S_ISREG(mode):
            # Reading a pipe or a device may never end.
            self.failed.add((path, "Not a regular file"))
            return
        if is_directory:
            above = list(_ignores_above(absolute)) if self.respect_gitignore else []
            if self.exclude:
                above.append(self.exclude)
            # A directory that was given is read: patterns that would leave it out do not count.
            counting = tuple([patterns for patterns in above if not patterns.matches(absolute, True)])
            self._directory(path, absolute, counting)
        else:
            self._file(path, os.path.realpath(path))

    def excluding(self, absolute: str) -> str | None:
        """Return the pattern of `exclude` that leaves out a path, or a directory between it and the root."""
        is_directory = os.path.isdir(absolute)
        while absolute.startswith(self.root) and absolute != self.root:
            if os.path.basename(absolute) in self.excluded_names:
                return os.path.basename(absolute)
            pattern = self.exclude.deciding(absolute, is_directory) if self.exclude else None
            if pattern is not None and not pattern.is_negated:
                return pattern.line
            absolute, is_directory = os.path.dirname(absolute), True
        return None

    def _file(self, path: str, real: str) -> None:
        known = self.files.get(real)
        if known is None or path < known:  # whichever of two links is met first
            self.files[real] = path

    def _directory(self, path: str, absolute: str, ignores: tuple[_Patterns, ...]) -> None:
        root = project_root(path)
        home = os.path.join(os.path.realpath(path if root is None else root), "")
        pending = [(path, absolute, os.path.realpath(path), ignores)]
        while pending:
            path, absolute, real, ignores = pending.pop()
            if real in self.seen:  # a link back, or a directory below two given ones
                continue
            self.seen.add(real)
            try:
                with os.scandir(path) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self.failed.add((path, error.strerror or str(error)))
                continue
            if self.respect_gitignore and any(entry.name == ".gitignore" for entry in found):
                ignores = (*ignores, *_read_ignore(absolute))
            prefix = "" if path == os.curdir else os.path.join(path, "")
            for entry in found:
                name = entry.name
                is_directory = _is_directory(entry)
                if not is_directory and not name.endswith(_ENDINGS):
                    continue
                below = os.path.join(absolute, name)
                pattern = (
                    name if name in self.excluded_names else self._leaving_out(below, is_directory, ignores)
                )
                if pattern is not None:
                    if name not in DEFAULT_EXCLUDE:
                        self.skipped.append((prefix + name, f"excluded by `{pattern}`", False))
                    continue
                entry_real = os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(real, name)
                if is_directory and entry.is_symlink() and not f"{entry_real}/".startswith(home):
                    continue  # what lies outside of the project is not of it, and may have no end, as /proc
                if is_directory:
                    pending.append((prefix + name, below, entry_real, ignores))
                elif os.path.isfile(entry_real):
                    self._file(prefix + name, entry_real)

    def _leaving_out(self, absolute: str, is_directory: bool, ignores: tuple[_Patterns, ...]) -> str | None:
        """Return the pattern that leaves out a path, None where none does."""
        own = (
            self.exclude.deciding(absolute, is_directory)
            if self.exclude in ignores and self.exclude
            else None
        )
        if own is not None and not own.is_negated:
            return own.line  # whatever a `.gitignore` file below says
        for patterns in reversed(ignores):  # the nearest file that speaks of it decides
            pattern = patterns.deciding(absolute, is_directory)
            if pattern is not None:
                return None if pattern.is_negated else pattern.line
        return None


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _ignores_above(directory: str) -> Iterator[_Patterns]:
    """Yield the patterns of the `.gitignore` files above `directory` up to the repository's root."""
    above: list[str] = []
    current = directory
    while not os.path.exists(os.path.join(current, ".git")):
        parent = os.path.dirname(current)
        if parent == current:
            return  # in no repository
        above.append(parent)
        current = parent
    for parent in reversed(above):
        yield from _read_ignore(parent)


def _read_ignore(directory: str) -> list[_Patterns]:
    try:
        text = read_regular(os.path.join(directory, ".gitignore")).decode("utf-8", "replace")
    except SourceError:
        return []
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [_Patterns(directory, lines)] if lines else []


def project_root(path: str | os.PathLike[str]) -> str | None:
    """Return the nearest directory upward that has a marker of a project, None if there is none.

    The markers are `pyproject.toml`, `setup.cfg` and `.git`; where there is none of them, it is the nearest
    directory that has a file of settings.
    """
    start = os.path.abspath(path)
    with_settings: str | None = None
    for directory in upward(start if os.path.isdir(start) else os.path.dirname(start)):
        if _has_any(directory, _ROOT_MARKERS):
            return directory
        if with_settings is None and _has_any(directory, OWN_SETTINGS):
            with_settings = directory
    return with_settings


def _has_any(directory: str, names: Iterable[str]) -> bool:
    return any(os.path.exists(os.path.join(directory, name)) for name in names)


def upward(path: str) -> Iterator[str]:
    """Yield an absolute path and every directory above it, the nearest first."""
    while True:
        yield path
        parent = os.path.dirname(path)
        if parent == path:
            return
        path = parent


def neighbours(path: str | os.PathLike[str]) -> list[str]:
    """Return the Python files beside a file that belongs to no project: what it can import."""
    directory = os.path.dirname(os.fspath(path))
    try:
        names = sorted(os.listdir(directory or os.curdir))
    except OSError:
        return []
    found = [os.path.join(directory, name) for name in names if name.endswith(".py")]
    return [path for path in found if os.path.isfile(path)]


def module_name(path: str | os.PathLike[str]) -> str:
    """Return the dotted name of a file, from the first directory upward that has no `__init__.py`.

    `src/pkg/mod.py` is `pkg.mod`, `src/pkg/__init__.py` is `pkg`, a file in no package has its own name. A
    notebook is in no package, `net.v2.ipynb` is `net_v2_ipynb`.
    """
    return module_names([os.fspath(path)])[0]


def module_names(paths: Iterable[str]) -> list[str]:
    """Return the `module_name` of each path, looking at each directory once."""
    packages: dict[str, str] = {}

    def package(directory: str) -> str:
        if directory not in packages:
            packages[directory] = ""
            if os.path.isfile(os.path.join(directory, "__init__.py")):
                parent, name = os.path.split(directory)
                packages[directory] = f"{package(parent)}.{name}".removeprefix(".")
        return packages[directory]

    current = os.getcwd()
    names = []
    for path in paths:
        directory, file = os.path.split(os.path.normpath(os.path.join(current, path)))
        if file.endswith(".ipynb"):
            # It runs in its folder, as part of no package, and no import means it: `net.py` may stand beside.
            names.append(f"{file.removesuffix('.ipynb').replace('.', '_')}_ipynb")
            continue
        stem = file.removesuffix(".py")
        name = package(directory) if stem == "__init__" else f"{package(directory)}.{stem}".removeprefix(".")
        names.append(name or stem)
    return names
