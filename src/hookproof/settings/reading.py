"""Files of settings: which one counts, how it is read, and what it extends."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from hookproof.exit_status import SettingsError
from hookproof.settings.checking import convert
from hookproof.settings.codes import normalized
from hookproof.settings.model import Settings
from hookproof.source.discover import OWN_SETTINGS, upward
from hookproof.source.pins import beside
from hookproof.source.text import SourceError, read_regular

_PYPROJECT = "pyproject.toml"
_TABLE = "tool.hookproof"
_HAS_TABLE = re.compile(rb"^\s*\[+\s*tool\s*\.\s*hookproof\b|tool\.hookproof", re.MULTILINE)


def nearest(path: str) -> str | None:
    """Return the nearest file upward that has settings, or else the nearest pyproject.toml of all."""
    without: str | None = None
    for folder in upward(os.path.abspath(path)):
        for name in OWN_SETTINGS:  # before pyproject.toml, as ruff has it
            candidate = os.path.join(folder, name)
            if os.path.isfile(candidate):
                return candidate
        candidate = os.path.join(folder, _PYPROJECT)
        if os.path.isfile(candidate):
            without = without or candidate
            if _HAS_TABLE.search(_bytes(candidate)):
                return candidate
    return without


def read(config: str) -> dict[str, Any]:
    """Return the settings of a file, by key, with those of the files it extends. Raises `SettingsError`."""
    return _read(config, ())


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return settings that `changes` add to and override: tables by key, and lists of what is `extend-…`."""
    result = {**base, **changes}
    for key in base.keys() & changes.keys():
        old, new = base[key], changes[key]
        if isinstance(old, dict) and isinstance(new, dict):
            result[key] = {**old, **new}
        elif key.startswith("extend-") and isinstance(old, list) and isinstance(new, list):
            result[key] = [*old, *new]
    return result


def of_command_line(arguments: Iterable[str]) -> tuple[str | None, dict[str, Any]]:
    """Return the file that `--config` names, and the settings that it gives as `key=value`.

    Raises `SettingsError`.
    """
    config: str | None = None
    given: dict[str, Any] = {}
    for argument in arguments:
        if "=" not in argument or os.path.exists(argument):
            if config is not None:
                raise SettingsError(f"--config: names two files, {config} and {argument}")
            config = argument
            continue
        values = _of_toml(argument, f"--config {argument}", "text needs quotes, as in output-format='json'")
        if isinstance(values.get("tool"), dict):
            raise SettingsError(f"--config {argument}: keys stand here without `{_TABLE}.`")
        values = normalized(values, "--config ")
        convert(values, "--config ")
        given = merged(given, values)
    return config, given


def _read(config: str, chain: tuple[str, ...]) -> dict[str, Any]:
    identity = os.path.realpath(config)
    if identity in map(os.path.realpath, chain):
        raise SettingsError(f"{chain[0]}: extend: goes in a circle: {' > '.join((*chain, config))}")
    values, where = _table(config, is_extended=bool(chain))
    values = normalized(values, where)
    if isinstance(values.get("torch"), str):
        values["torch"] = [values["torch"]]
    if isinstance(values.get("torch"), list):
        values["torch"] = [beside(config, version) for version in values["torch"]]
    settings = convert(values, where)
    if settings.baseline is not None:
        values["baseline"] = os.path.join(os.path.dirname(config), settings.baseline)
    base = values.pop("extend", None)
    if base is None:
        return values
    base = os.path.join(os.path.dirname(config), os.path.expanduser(base))
    if not os.path.isfile(base):
        raise SettingsError(f"{where}extend: there is no file {base}")
    return merged(_read(os.path.normpath(base), (*chain, config)), values)


def _table(config: str, *, is_extended: bool) -> tuple[dict[str, Any], str]:
    """Return what a file says of hookproof, by key, and what begins a complaint about one of them."""
    document = _of_toml(_text(config), config)
    name = os.path.basename(config)
    tool = document.get("tool")
    table = tool.get("hookproof") if isinstance(tool, dict) else None
    if name in OWN_SETTINGS:
        if table is not None:
            raise SettingsError(
                f"{config}: `[{_TABLE}]` belongs in pyproject.toml; keys stand here without a table"
            )
        return document, f"{config}: "
    if table is not None:
        if not isinstance(table, dict):
            raise SettingsError(f"{config}: {_TABLE}: must be a table")
        return table, f"{config}: {_TABLE}."
    if name != _PYPROJECT:
        return document, f"{config}: "
    astray = [key for key in document if key in _keys() and key not in ("project", "tool")]
    if "hookproof" in document:
        raise SettingsError(f"{config}: `[hookproof]` must be `[{_TABLE}]`")
    if astray:
        raise SettingsError(f"{config}: `{astray[0]}` belongs under `[{_TABLE}]`")
    if is_extended:
        raise SettingsError(f"{config}: has no `[{_TABLE}]` that could be extended")
    return {}, f"{config}: {_TABLE}."


def _keys() -> frozenset[str]:
    return frozenset(Settings.__struct_encode_fields__)


def _of_toml(text: str, where: str, hint: str = "") -> dict[str, Any]:
    # Imported here: a run without a file of settings needs no TOML reader.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except RecursionError:
        raise SettingsError(f"{where}: is too deeply nested") from None
    except ValueError as error:
        raise SettingsError(f"{where}: is not TOML: {hint or str(error)[:200]}") from None


def _text(config: str) -> str:
    try:
        return _bytes(config).decode("utf-8-sig")
    except ValueError as error:
        raise SettingsError(f"{config}: is not TOML: {str(error)[:200]}") from None


def _bytes(config: str) -> bytes:
    try:
        return read_regular(config)
    except SourceError as error:
        raise SettingsError(f"{config}: cannot be read: {str(error).rpartition(': ')[2]}") from None
