"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

import click
from click.shell_completion import CompletionItem

from hookproof.finding import CONFIDENCES
from hookproof.settings import OutputFormat
from hookproof.worlds import registry

_F = TypeVar("_F", bound=Callable[..., Any])


def codes(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Return a list of codes that is given with commas; None where the option is not given."""
    return None if value is None else tuple(part.strip() for part in value.split(",") if part.strip())


def complete_rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the rules that the last of several may be, by code, the beginning of codes, or name."""
    from hookproof.rules import registry as rules
    from hookproof.settings.codes import prefixes

    before, comma, begun = incomplete.rpartition(",")
    named = dict(zip(rules.codes(), rules.names(), strict=True))
    known = {**dict.fromkeys(prefixes(), ""), **named, **{name: code for code, name in named.items()}}
    return [
        CompletionItem(before + comma + each, help=meaning or None)
        for each, meaning in known.items()
        if each.lower().startswith(begun.lower())
    ]


def complete_worlds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the worlds that begin so."""
    names = (world.name for world in registry.worlds())
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def settings_options(function: _F) -> _F:
    """Add the options that `[tool.hookproof]` has too, and where it is read from, to a command.

    They arrive as keyword arguments; `run.groups` sorts them.
    """
    for option in reversed(_SETTINGS_OPTIONS):
        function = option(function)
    return function


_SETTINGS_OPTIONS = (
    click.option(
        "--select",
        metavar="CODES",
        callback=codes,
        shell_complete=complete_rules,
        help="Only these rules: codes, their beginnings (HKP3), names, or ALL.",
    ),
    click.option(
        "--extend-select",
        metavar="CODES",
        callback=codes,
        shell_complete=complete_rules,
        help="Rules in addition to the selected ones.",
    ),
    click.option(
        "--ignore", metavar="CODES", callback=codes, shell_complete=complete_rules, help="Rules to leave out."
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Paths to exclude, instead of the defaults; may be repeated.",
    ),
    click.option(
        "--extend-exclude", multiple=True, metavar="PATTERN", help="More paths to exclude; may be repeated."
    ),
    click.option(
        "--force-exclude/--no-force-exclude",
        default=None,
        help="Apply exclusions to paths given by name, too.",
    ),
    click.option("--src", multiple=True, metavar="FOLDER", help="Root folder for imports; may be repeated."),
    click.option(
        "--torch",
        multiple=True,
        metavar="VERSION",
        help="A torch version the project supports; may be repeated.",
    ),
    click.option(
        "--assume-scripted/--no-assume-scripted",
        default=None,
        help="Library mode: any module may be scripted by a user.",
    ),
    click.option(
        "--assume",
        multiple=True,
        shell_complete=complete_worlds,
        metavar="WORLD",
        help="Assume that any module may reach this world; may be repeated: "
        f"{', '.join(world.name for world in registry.worlds())}.",
    ),
    click.option("--min-confidence", type=click.Choice(CONFIDENCES), help="Minimum confidence to report."),
    click.option(
        "--config",
        multiple=True,
        metavar="FILE or KEY=VALUE",
        help="A file of settings in place of the nearest one, or a setting as TOML; may be repeated.",
    ),
    click.option("--isolated", is_flag=True, help="Read no file of settings."),
)


def choice(*names: str, metavar: str, choices: Sequence[str], help: str, **more: Any) -> Callable[[_F], _F]:
    """Return an option whose choices are in its help, which is broken between words as the list is not."""
    text = f"{help}: {', '.join(choices)}."
    return click.option(*names, type=click.Choice(choices), metavar=metavar, help=text, **more)


FORMAT = choice("--output-format", metavar="FORMAT", choices=get_args(OutputFormat), help="Output format")
