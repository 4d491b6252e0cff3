"""What may stand in settings: complaints are one line that names the file and the key."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from hookproof.exit_status import SettingsError
from hookproof.finding import CONFIDENCES, Severity
from hookproof.settings.model import NOT_KEYS, OutputFormat, Settings, VerifySettings
from hookproof.settings.typos import did_you_mean
from hookproof.source.discover import DEFAULT_EXCLUDE
from hookproof.source.pins import check_versions
from hookproof.worlds import registry

# What msgspec calls the types of TOML.
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "text",
}
CHOICES: dict[str, tuple[str, ...]] = {
    "output-format": get_args(OutputFormat),
    "min-confidence": CONFIDENCES,
    "fail-on": CONFIDENCES,
    "severity": get_args(Severity),
}


def keys() -> tuple[str, ...]:
    """Return the keys of settings, in the order in which they are told."""
    return tuple(key for key in Settings.__struct_encode_fields__ if key not in NOT_KEYS)


def convert(values: Mapping[str, Any], where: str) -> Settings:
    """Return settings of values by key; `where` begins what is raised. Raises `SettingsError`."""
    _reject_unknown_keys(values, keys(), where)
    if isinstance(values.get("verify"), dict):
        _reject_unknown_keys(values["verify"], VerifySettings.__struct_encode_fields__, f"{where}verify.")
    try:
        settings = msgspec.convert(values, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}{_explain(str(error))}") from None
    except RecursionError:
        raise SettingsError(f"{where.rpartition(': ')[0]}: is too deeply nested") from None
    check_versions(f"{where}torch", settings.torch)
    check_worlds(f"{where}assume", settings.assume)
    return settings


def check_worlds(key: str, names: Iterable[str]) -> None:
    """Raise `SettingsError` where a name is not a world's; `key` says where it stands."""
    known = [world.name for world in registry.worlds()] if names else []
    for name in names:
        if name not in known:
            raise SettingsError(f"{key}: `{name}` is not a world: {', '.join(known)}")


def reject_outside(settings: Settings) -> None:
    """Raise `SettingsError` where the folder of the cache is not inside of the project."""
    root, folder = os.path.realpath(settings.root), os.path.realpath(settings.cache_folder)
    if os.path.commonpath([root, folder]) != root or folder == root:
        raise SettingsError(f"{settings.config}: cache-dir: leads out of the project (`--cache-dir` may)")


def reject_patterns(settings: Settings) -> None:
    """Raise `SettingsError` where what is excluded is no pattern."""
    if settings.exclude == DEFAULT_EXCLUDE and not settings.extend_exclude:
        return
    from hookproof.source.ignore_patterns import is_pattern  # most settings have no patterns

    for key, patterns in (("exclude", settings.exclude), ("extend-exclude", settings.extend_exclude)):
        for pattern in patterns:
            if not is_pattern(pattern):
                raise SettingsError(
                    f"{settings.config or 'command line'}: {key}: `{pattern[:40]}` is no pattern"
                )


def reject_empty_selection(settings: Settings, overrides: Mapping[str, Any]) -> None:
    """Raise `SettingsError` where no rule is left; `overrides` are the command line's."""
    if settings.select == ("HKP",) and not settings.ignore:
        return
    from hookproof.rules.registry import codes

    if any(settings.is_enabled(code) for code in codes()):
        return
    key = next((name for name in ("select", "ignore") if overrides.get(name) is not None), None)
    where = f"--{key}" if key else settings.named("select")
    raise SettingsError(f"{where}: no rule is left selected")


def _reject_unknown_keys(values: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in values:
        if key not in known:
            raise SettingsError(f"{where}{key}: unknown key{did_you_mean(key, known)}")


def _explain(message: str) -> str:
    """Turn msgspec's "Expected `bool`, got `str` - at `$.key`" into "key: expected …"."""
    text, _, location = message.partition(" - at `$")
    key = location.rstrip("`").replace("[...]", "").lstrip(".")
    wrong = re.fullmatch(r"Invalid enum value '(.*)'", text)
    if wrong and key in CHOICES:
        meant = did_you_mean(wrong[1], CHOICES[key])
        return f"{key}: `{wrong[1]}` is none of {', '.join(CHOICES[key])}{meant}"
    found = re.fullmatch(r"Expected `(.*?)`(?:, got `(.*)`| (>=?) (.*))", text)
    if found is None:
        return f"{key}: {text[:1].lower()}{text[1:]}"
    wanted = " or ".join(_WORDS.get(kind, kind) for kind in found[1].split(" | ") if kind != "null")
    if found[2] is not None:
        return f"{key}: must be {wanted}, not {_WORDS.get(found[2], found[2])}"
    return f"{key}: must be {wanted}, {'at least' if found[3] == '>=' else 'more than'} {found[4]}"
