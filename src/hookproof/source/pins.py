"""Which torch a project says that it needs: its dependencies, its lock file, its requirements.

Nothing is installed or asked; files are read as text, and what is not understood says nothing.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from hookproof.exit_status import SettingsError
from hookproof.facts.atlas import Facts
from hookproof.facts.versions import is_file, problem
from hookproof.source.discover import project_root, upward
from hookproof.source.text import SourceError, read_regular

_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock")
_REQUIREMENT = re.compile(
    r"torch\s*(?:\[[^\]]*\])?\s*\(?\s*((?:[~=!<>]=?=?\s*[\w.*+!-]+\s*,?\s*)+)\)?\s*(?:;.*)?", re.IGNORECASE
)
_LOCKED = re.compile(rb'^name = "torch"\s*\r?\nversion = "([\w.+!]+)"', re.MULTILINE)
_POETRY = re.compile(r"([\^~])?\s*(\d+(?:\.\d+)*)")
_MOST_FILES = 20


class Pin(Struct, frozen=True):
    """What a file says of torch, as a specifier such as `>=2.4`, and the file."""

    specifier: str
    path: str


def pinned(folder: str) -> Pin | None:
    """Return what the files of a folder say first of the torch that they need, None where nothing."""
    for name, of in _files(folder):
        path = os.path.join(folder, name)
        data = _read(path)
        if b"torch" not in data:
            continue
        found = next((text for text in of(data) if _is_specifier(text)), None)
        if found is not None:
            return Pin(found, path)
    return None


class Pins:
    """What projects say of the torch that they need, each folder looked at once."""

    def __init__(self) -> None:
        self._of_folders: dict[str, Pin | None] = {}

    def of(self, path: str, config: str | None) -> Pin | None:
        """Return what is said nearest above a path, within the project that it belongs to."""
        absolute = os.path.abspath(path)
        start = absolute if os.path.isdir(absolute) else os.path.dirname(absolute)
        top = os.path.dirname(os.path.abspath(config)) if config else project_root(path) or start
        for folder in upward(start):
            if folder not in self._of_folders:
                self._of_folders[folder] = pinned(folder)
            if self._of_folders[folder] is not None or folder == top:
                return self._of_folders[folder]
        return None


def check_versions(key: str, versions: Iterable[str]) -> None:
    """Raise `SettingsError` where one is no version, range or file of facts; `key` says where it stands."""
    for version in versions:
        wrong = problem(version)
        if wrong is not None:
            raise SettingsError(f"{key}: {wrong}")
        if is_file(version):
            _check_facts(key, version)


def _check_facts(key: str, path: str) -> None:
    try:
        read_regular(path)  # what is no file is not waited for
        Facts(path).check()
    except SourceError as error:
        raise SettingsError(f"{key}: {path}: cannot be read: {str(error).rpartition(': ')[2]}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SettingsError(f"{key}: {path}: holds no facts (`hookproof facts probe` writes them)") from None


def beside(config: str, version: Any) -> Any:
    """Return the path of a file of facts as it is from here, and any other value as it is."""
    if not isinstance(version, str) or not is_file(version):
        return version
    return os.path.join(os.path.dirname(config), version)


def _files(folder: str) -> Iterator[tuple[str, Callable[[bytes], Iterable[str]]]]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    requirements = [name for name in names if re.fullmatch(r"requirements[\w.-]*\.txt", name)]
    requirements.sort(key=lambda name: (name != "requirements.txt", name))
    for name, of in (
        ("pyproject.toml", _of_pyproject),
        *((name, _of_lock) for name in _LOCKS),
        *((name, _of_requirements) for name in requirements[:_MOST_FILES]),
        ("setup.cfg", _of_setup),
    ):
        if name in names:
            yield name, of


def _read(path: str) -> bytes:
    try:
        return read_regular(path)
    except SourceError:
        return b""


def _of_pyproject(data: bytes) -> Iterator[str]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return
    listed = _at(document, "project", "dependencies")
    yield from _of_lines(line for line in listed if isinstance(line, str)) if isinstance(listed, list) else ()
    yield from _of_poetry(_at(document, "tool", "poetry", "dependencies", "torch"))


def _at(table: Any, *keys: str) -> Any:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _of_poetry(value: object) -> Iterator[str]:
    """Yield a dependency of Poetry's, whose `^2.4` and `~2.4` are its own, as a specifier."""
    text = value.get("version") if isinstance(value, dict) else value
    if not isinstance(text, str):
        return
    found = _POETRY.fullmatch(text.strip())
    if found is None:
        yield text.replace(" ", "")
        return
    parts = [int(part) for part in found[2].split(".")]
    if found[1] is None:
        yield f"=={found[2]}"
        return
    # `^0.4` allows no 0.5, `~2.4` no 2.5, `~2` no 3.
    at = next((n for n, part in enumerate(parts) if part), 0) if found[1] == "^" else min(1, len(parts) - 1)
    yield f">={found[2]},<{'.'.join(map(str, (*parts[:at], parts[at] + 1)))}"


def _of_lock(data: bytes) -> Iterator[str]:
    for found in _LOCKED.finditer(data):
        yield f"=={found[1].decode().partition('+')[0]}"


def _of_requirements(data: bytes) -> Iterator[str]:
    yield from _of_lines(data.decode("utf-8", "replace").splitlines())


def _of_setup(data: bytes) -> Iterator[str]:
    from configparser import ConfigParser, Error  # few projects have one

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(data.decode("utf-8", "replace"))
    except Error:
        return
    yield from _of_lines(parser.get("options", "install_requires", fallback="").splitlines())


def _of_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        found = _REQUIREMENT.fullmatch(line.partition(" #")[0].strip())
        if found is not None:
            yield re.sub(r"\+[\w.]+|\s", "", found[1]).rstrip(",")


def _is_specifier(text: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return bool(str(SpecifierSet(text)))
    except InvalidSpecifier:
        return False
