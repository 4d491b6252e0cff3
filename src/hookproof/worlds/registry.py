"""The worlds there are: every file or package of `hookproof.worlds` that has `WORLDS`, found by its name.

To read them costs little, for triage asks for their words before anything is parsed: a module with `WORLDS`
imports nothing but `hookproof.worlds.world`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import zip_longest
from types import MappingProxyType

from hookproof.worlds.world import EntryPoint, Family, Standing, World

# The rooms of the package that are no worlds.
_OTHERS = frozenset(
    {
        *("event_log", "outcome", "owners", "found", "gradients", "hooks_met", "listeners", "listening"),
        *("notices", "registry", "world"),
    }
)


@cache
def worlds() -> tuple[World, ...]:
    """Return the worlds, those of TorchScript first, then by the names of their files."""
    names = {name.removesuffix(".py") for name in os.listdir(os.path.dirname(__file__)) if name[0] != "_"}
    files = sorted(names - _OTHERS, key=lambda name: (name != "torchscript", name))
    found = tuple(
        world for name in files for world in importlib.import_module(f"hookproof.worlds.{name}").WORLDS
    )
    assert all(isinstance(world, World) for world in found)
    return found


def world(name: str) -> World:
    """Return the world of this name. Raises `KeyError` where there is none."""
    return {each.name: each for each in worlds()}[name]


@cache
def calls() -> Mapping[str, tuple[World, EntryPoint]]:
    """Return by name the functions and methods that the worlds know of."""
    return MappingProxyType({call.qualname: (each, call) for each in worlds() for call in each.calls})


def function(qualname: str) -> tuple[World, EntryPoint] | None:
    """Return the world that a function of this full name belongs to, and what it is there."""
    found = calls().get(qualname)
    return found if found is not None and not found[1].is_method else None


def method(name: str) -> tuple[World, EntryPoint] | None:
    """Return the world that a method of this name takes its module to, and what it is there."""
    found = calls().get(name)
    return found if found is not None and found[1].is_method else None


@cache
def tests() -> Mapping[str, frozenset[str]]:
    """Return the functions that are true in some worlds, each with their names."""
    found: dict[str, frozenset[str]] = {}
    for each in worlds():
        for test in each.tests:
            found[test] = found.get(test, frozenset()) | {each.name}
    return MappingProxyType(found)


@cache
def _names() -> frozenset[str]:
    return frozenset({*tests(), *(point.qualname for point in _entry_points())})


def is_named(qualname: str) -> bool:
    """Return whether it is the full name of an entry point, or of a test that is true in a world."""
    return qualname in _names()


def world_of_call(qualname: str) -> str | None:
    """Return the name of the world that a function or method takes modules to."""
    found = calls().get(qualname)
    return found[0].name if found is not None else None


def fate_of(standing_name: str, event: str | None) -> str | None:
    """Return what becomes of a hook to which a world does this, or which it meets silently."""
    if event is None:
        return standing(standing_name).fate
    return next((each.events[event] for each in worlds() if event in each.events), event)


@cache
def entry_names(*, are_common: bool | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the entry points that are functions, by the module that they stand in.

    All of them, or those of worlds that are common, or are not.
    """
    found: dict[str, tuple[str, ...]] = {}
    wanted = [each for each in worlds() if are_common in {None, each.is_common}]
    for point in (point for each in wanted for point in each.entry_points):
        if not point.is_method:
            found[point.module] = (*found.get(point.module, ()), point.name)
    return MappingProxyType(found)


@cache
def entry_methods() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the entry points that are methods, each with what tells it from others."""
    return {point.name: point.takes for point in _entry_points() if point.is_method}


@cache
def decorators() -> frozenset[str]:
    """Return the full names of the entry points that stand above functions without being called."""
    return frozenset(point.qualname for point in _entry_points() if point.decorates)


@cache
def texts_beside() -> Mapping[str, str]:
    """Return by full name the text without which a file has nothing to do with an entry point."""
    return MappingProxyType({point.qualname: point.beside for point in _entry_points() if point.beside})


@cache
def names_with_module() -> frozenset[str]:
    """Return the last names of the entry points that are given a module."""
    return frozenset(point.name for point in _entry_points() if point.argument is not None)


@cache
def names_without_module() -> frozenset[str]:
    """Return the last names of the entry points that make a module of something else: a file."""
    return frozenset(point.name for point in _entry_points() if point.argument is None)


def _entry_points() -> tuple[EntryPoint, ...]:
    return tuple(point for each in worlds() for point in each.entry_points)


@cache
def words() -> tuple[str, ...]:
    """Return the words of which every file has one that goes to a world."""
    return tuple(dict.fromkeys(word for each in worlds() for word in each.words))


@cache
def standings() -> tuple[Standing, ...]:
    """Return what a hook may be in the worlds, the most usual of each world first."""
    rows = zip_longest(*(each.standings for each in worlds()))
    return tuple(dict.fromkeys(standing for row in rows for standing in row if standing is not None))


@cache
def standing(name: str) -> Standing:
    """Return what a finding's `world` means. Raises `KeyError` where it means nothing."""
    return {each.name: each for each in standings()}[name]


@cache
def families() -> tuple[Family, ...]:
    """Return the families of rules, by their prefixes."""
    found = dict.fromkeys(family for each in worlds() for family in each.families)
    return tuple(sorted(found, key=lambda family: family.prefix))


@cache
def family(code: str) -> Family:
    """Return the family that a rule's code belongs to. Raises `KeyError` where it belongs to none."""
    found = [each for each in families() if code.startswith(each.prefix)]
    if not found:
        raise KeyError(code)
    return max(found, key=lambda each: len(each.prefix))


def concerned(standing_name: str, code: str) -> tuple[World, ...]:
    """Return the worlds that a finding with this `world` and code may be about."""
    return tuple(
        each
        for each in worlds()
        if any(standing.name == standing_name for standing in each.standings)
        and any(code.startswith(family.prefix) for family in each.families)
    )


def suites() -> dict[str, tuple[str, ...]]:
    """Return the worlds that are assumed together, by the name of the suite."""
    found: dict[str, tuple[str, ...]] = {}
    for each in worlds():
        if each.suite is not None:
            found[each.suite] = (*found.get(each.suite, ()), each.name)
    return found


def acts(of: Iterable[World]) -> str:
    """Return what somebody does to take a module to these worlds, or to others of their suites."""
    wanted = list(of)
    names, shared = {each.name for each in wanted}, {each.suite for each in wanted} - {None}
    found = [each.act for each in worlds() if each.name in names or each.suite in shared]
    listed = list(filter(None, dict.fromkeys(found)))
    return " or ".join(filter(None, (", ".join(listed[:-1]), *listed[-1:])))
