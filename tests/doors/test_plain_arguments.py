"""What is read without click means what click says it means."""

from __future__ import annotations

from collections.abc import Sequence

import click
from hypothesis import given
from hypothesis import strategies as st

from hookproof.cli import cli
from hookproof.plain_arguments import _FLAGS, plain_check

WORDS = st.one_of(
    st.sampled_from((*_FLAGS, "a.py", "src", "-", ".", "a b", "é.py")),
    st.sampled_from(
        ("--", "-j2", "--jobs", "3", "--output-format=json", "-h", "--quie", "--select", "HKP3", "")
    ),
    st.text(max_size=6),
)


def by_click(arguments: Sequence[str]) -> tuple[tuple[str, ...], dict[str, object]]:
    command = cli.get_command(click.Context(cli), "check")
    assert command is not None
    options = command.make_context("check", list(arguments)).params
    return tuple(options.pop("paths")) or (".",), options


@given(st.lists(WORDS, max_size=6))
def test_plain_arguments_mean_what_click_says(arguments: list[str]) -> None:
    plain = plain_check(["check", *arguments])
    if plain is not None:
        assert plain == by_click(arguments)


def test_every_flag_is_read_without_click() -> None:
    for flag in _FLAGS:
        assert plain_check(["check", flag, "a.py"]) == by_click([flag, "a.py"])


def test_anything_else_is_left_to_click() -> None:
    for arguments in (
        [],
        ["hooks"],
        ["--help"],
        ["check", "--help"],
        ["check", "-j2"],
        ["check", "--", "-q"],
    ):
        assert plain_check(arguments) is None
