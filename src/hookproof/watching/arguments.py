"""What `hookproof run` was asked to do, read without click, which the program must not find imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_FLAGS = {"--fail-on-loss": "fail_on_loss", "--quiet": "quiet", "-q": "quiet"}
_VALUES = {"--output-format": "output_format", "--output-file": "output_file", "-o": "output_file"}
FORMATS = ("text", "json")


@dataclass(frozen=True)
class Options:
    """A script's path, or a module's name with `is_module`, and all behind it; how to tell of its hooks."""

    program: str
    arguments: tuple[str, ...]
    is_module: bool
    output_format: str
    output_file: str | None
    fail_on_loss: bool
    quiet: bool


def plain_run(arguments: Sequence[str]) -> Options | None:
    """Return what the arguments behind `run` mean; None where click has to look, as for help and mistakes."""
    given: dict[str, object] = {
        "output_format": "text",
        "output_file": None,
        "fail_on_loss": False,
        "quiet": False,
    }
    waiting = list(arguments)
    while waiting and waiting[0].startswith("-") and waiting[0] != "-m":
        option = waiting.pop(0)
        name, equals, value = option.partition("=")
        if option in _FLAGS:
            given[_FLAGS[option]] = True
        elif name in _VALUES and (equals or waiting) and (name.startswith("--") or not equals):
            given[_VALUES[name]] = value if equals else waiting.pop(0)
        else:
            return None
    if given["output_format"] not in FORMATS:
        return None
    return chosen(waiting, **given)


def chosen(words: Sequence[str], **given: object) -> Options | None:
    """Return the options with the program that the words name; None if they name none."""
    is_module = bool(words) and words[0] == "-m"
    rest = words[1:] if is_module else words
    if not rest or (is_module and rest[0].startswith("-")):
        return None
    return Options(rest[0], tuple(rest[1:]), is_module, **given)  # type: ignore[arg-type]
