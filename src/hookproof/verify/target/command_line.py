"""Makes up the arguments that a script's command line cannot do without: of argparse, and of click."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
from typing import Any, Callable, Iterator

from .outcome import NotReachedError
from .sources import source_of

NO_OTHER_CHOICE = "its command line leaves no other choice"
MAXIMAL_CHOICES = 6  # ways to choose where an argument names one of several things to do


def is_read_by(path: str) -> bool:
    """Tell whether a script has a command line that could be read in other ways."""
    return any(module in source_of(path).text for module in ("argparse", "click"))


@contextlib.contextmanager
def made_up(number: int) -> Iterator[None]:
    """Give each parser that is asked without arguments those that it requires; a choice is the `number`-th.

    Raises `NotReachedError` from within a parser that leaves no such choice.
    """
    original = argparse.ArgumentParser.parse_known_args

    def parse(parser: Any, args: Any = None, namespace: Any = None) -> Any:
        if not (sys.argv[1:] if args is None else args):
            args = _settled(lambda choose: list(_of_argparse(parser, choose)), number)
        return original(parser, args, namespace)

    argparse.ArgumentParser.parse_known_args = parse  # type: ignore[assignment]
    with _click(number):
        try:
            yield
        finally:
            argparse.ArgumentParser.parse_known_args = original  # type: ignore[method-assign]


@contextlib.contextmanager
def _click(number: int) -> Iterator[None]:
    try:
        command = importlib.import_module("click").Command
    except Exception:
        yield
        return
    original = command.main

    def main(self: Any, args: Any = None, *rest: Any, **options: Any) -> Any:
        if not (sys.argv[1:] if args is None else args):
            args = _settled(lambda choose: list(_of_click(self, choose)), number)
        return original(self, args, *rest, **options)

    command.main = main
    try:
        yield
    finally:
        command.main = original


def _settled(make: Callable[[Callable[[Any], Any]], list[str]], number: int) -> list[str]:
    """Return the `number`-th of the arguments that can be made, those of the defaults first.

    Next come those in which all choices fall alike, then what else there is.
    """
    counts: list[int] = []
    chosen: dict[tuple[str, ...], None] = {}

    def settle(index: Callable[[int], int]) -> None:
        def choose(choices: Any) -> Any:
            found = list(choices)
            counts.append(len(found))
            return found[index(len(counts) - 1) % len(found)] if found else ""

        counts.clear()
        chosen.setdefault(tuple(str(argument) for argument in make(choose)))

    alike = 0
    while alike == 0 or (alike < max(counts, default=1) and alike <= number):
        settle(lambda _, alike=alike: alike)  # type: ignore[misc]
        alike += 1
    pending: list[tuple[int, ...]] = [()]
    while pending and len(chosen) <= number:
        first = pending.pop(0)
        settle(lambda at, first=first: first[at] if at < len(first) else 0)  # type: ignore[misc]
        for at in range(len(first), len(counts)):
            others = range(1, counts[at])
            pending += [(*first, *(0,) * (at - len(first)), other) for other in others]
    if number >= len(chosen):
        raise NotReachedError(NO_OTHER_CHOICE)
    return list(list(chosen)[number])


def _of_argparse(parser: Any, choose: Callable[[Any], Any]) -> Iterator[Any]:
    """Yield what a parser requires: options with their values first, a command with its own at the end."""
    commands = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    needed = [a for a in parser._actions if a.required and a not in commands]
    for group in parser._mutually_exclusive_groups:
        if group.required:
            needed.append(choose(group._group_actions))
    yield from _of_options(parser, needed, choose)
    for action in sorted(needed, key=lambda action: not action.option_strings):
        yield from action.option_strings[-1:]
        yield from [_value(action, choose)] * _count(action)
    for action in commands:
        name = choose(action.choices)
        yield name
        yield from _of_argparse(action.choices[name], choose)


def _of_options(parser: Any, needed: list[Any], choose: Callable[[Any], Any]) -> Iterator[str]:
    """Yield options that choose another way than the default: one of several values, or a flag."""
    exclusive = [a for group in parser._mutually_exclusive_groups for a in group._group_actions]
    options = [a for a in parser._actions if a.option_strings and a not in [*needed, *exclusive]]
    for action in options:
        if action.choices and action.nargs is None:
            value = choose([action.default, *(each for each in action.choices if each != action.default)])
            yield from [] if value == action.default else [action.option_strings[-1], str(value)]
    flags = [a.option_strings[-1] for a in options if isinstance(a, argparse._StoreTrueAction)]
    yield from _some_of(flags, choose)


def _some_of(flags: list[str], choose: Callable[[Any], Any]) -> list[str]:
    """Return none of the flags, which is the default, or all, or one of several."""
    if not flags:
        return []
    chosen: list[str] = choose([[], flags, *([flag] for flag in flags if len(flags) > 1)])
    return chosen


def _count(action: Any) -> int:
    """Return how many values follow an option, or stand for a positional."""
    if isinstance(action.nargs, int):
        return action.nargs
    return 0 if action.nargs in ("?", "*", argparse.REMAINDER) else 1


def _value(action: Any, choose: Callable[[Any], Any]) -> Any:
    if action.choices is not None:
        return choose(action.choices)
    return "1" if action.type in (int, float) else action.dest


def _of_click(command: Any, choose: Callable[[Any], Any]) -> Iterator[Any]:
    """Yield what a command requires; of a group one of its commands follows."""
    options = [p for p in command.params if p.param_type_name == "option" and not p.required]
    for option in options:
        choices = getattr(option.type, "choices", None)
        if choices and option.nargs == 1:
            value = choose([option.default, *(each for each in choices if each != option.default)])
            yield from [] if value == option.default else [option.opts[0], value]
    flags = [
        option.opts[0]
        for option in options
        if getattr(option, "is_flag", False) and option.default is not True
    ]
    yield from _some_of(flags, choose)
    for parameter in command.params:
        if not parameter.required:
            continue
        if parameter.param_type_name == "option":
            yield parameter.opts[0]
        kind = parameter.type
        choices = getattr(kind, "choices", None)
        value = choose(choices) if choices else "1" if kind.name in ("integer", "float") else parameter.name
        yield from [value] * max(1, parameter.nargs)
    commands = getattr(command, "commands", None)
    if commands:
        name = choose(commands)
        yield name
        yield from _of_click(commands[name], choose)
