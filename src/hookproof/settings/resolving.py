"""The effective settings for paths: of the nearest file, as the command line changes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from msgspec import structs

from hookproof.settings import checking, reading
from hookproof.settings.codes import normalized
from hookproof.settings.model import Settings
from hookproof.source.cache import FOLDER
from hookproof.source.pins import Pin, Pins, check_versions

Group: TypeAlias = tuple[Settings, tuple[str, ...]]


def resolve(
    paths: Iterable[str],
    overrides: Mapping[str, Any] | None = None,
    *,
    config: str | Iterable[str] | None = None,
    isolated: bool = False,
) -> tuple[Group, ...]:
    """Return the effective settings for `paths`, with the paths each of them is for, in their order.

    `overrides` are the command line's, by field name, those that were given; `config` a file that is read in
    place of the nearest one, or what `--config` has, `key=value` among it. Raises `SettingsError`.
    """
    given = overrides or {}
    named, inline = reading.of_command_line((config,) if isinstance(config, str) else config or ())
    groups: dict[tuple[str | None, Pin | None], list[str]] = {}
    pins = Pins()
    for path in paths:
        found = named if named is not None else None if isolated else reading.nearest(path)
        pin = None if isolated or given.get("torch") else pins.of(path, found)
        groups.setdefault((found, pin), []).append(path)
    return tuple(
        (_load(found, inline, given, pin), tuple(members)) for (found, pin), members in groups.items()
    )


def _load(
    config: str | None, inline: dict[str, Any], overrides: Mapping[str, Any], pin: Pin | None
) -> Settings:
    values = reading.read(config) if config is not None else {}
    settings = checking.convert(reading.merged(values, inline), f"{config or '--config'}: ")
    given = {name: value for name, value in overrides.items() if value is not None}
    if given:
        by_key = normalized({name.replace("_", "-"): value for name, value in given.items()}, "--")
        given = {name: _frozen(by_key[name.replace("_", "-")]) for name in given}
        settings = structs.replace(settings, **given)
        check_versions("--torch", settings.torch)
        checking.check_worlds("--assume", settings.assume)
    root = os.path.dirname(os.path.abspath(config)) if config else os.getcwd()
    settings = structs.replace(settings, root=root, config=config)
    settings = _with_torch(settings, "--torch" if given.get("torch") else config, pin)
    checking.reject_patterns(settings)
    # A command line may name any folder, a checked tree only its own.
    if given.get("cache_dir") is None and "cache-dir" not in inline and settings.cache_dir != FOLDER:
        checking.reject_outside(settings)
    checking.reject_empty_selection(settings, overrides)
    return settings


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _with_torch(settings: Settings, said_by: str | None, pin: Pin | None) -> Settings:
    """Return the settings with the versions of torch that hold, and where that was said."""
    if settings.torch:
        return structs.replace(settings, torch_from=said_by or "--config")
    if pin is None:
        return settings
    return structs.replace(settings, torch=(pin.specifier,), torch_from=pin.path)
