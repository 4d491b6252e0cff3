"""The plainest command lines of `check`, read without click, whose import takes longer than a clean run.

This is what pre-commit and editors call. Everything else, and every mistake, is left to `hookproof.cli`;
a test holds both to the same meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_FLAGS: dict[str, tuple[str, bool]] = {
    "--assume-scripted": ("assume_scripted", True),
    "--no-assume-scripted": ("assume_scripted", False),
    "--exit-zero": ("exit_zero", True),
    "--force-exclude": ("force_exclude", True),
    "--no-force-exclude": ("force_exclude", False),
    "--isolated": ("isolated", True),
    "--no-cache": ("no_cache", True),
    "--quiet": ("quiet", True),
    "-q": ("quiet", True),
    "--verbose": ("verbose", True),
    "-v": ("verbose", True),
}
_NOT_GIVEN: dict[str, Any] = {
    "select": None,
    "extend_select": None,
    "ignore": None,
    "fixable": None,
    "unfixable": None,
    "exclude": (),
    "extend_exclude": (),
    "force_exclude": None,
    "src": (),
    "torch": (),
    "assume_scripted": None,
    "assume": (),
    "min_confidence": None,
    "config": (),
    "isolated": False,
    "output_format": None,
    "output_file": None,
    "quiet": False,
    "verbose": False,
    "no_cache": False,
    "cache_dir": None,
    "jobs": None,
    "executor": None,
    "fix": False,
    "unsafe_fixes": False,
    "diff": False,
    "fix_only": False,
    "show_fixes": False,
    "statistics": False,
    "exit_zero": False,
    "fail_on": None,
    "stdin_filename": None,
    "warn_unused_noqa": False,
    "add_noqa": False,
    "baseline": None,
    "write_baseline": None,
    "witness": None,
    "explain_file": None,
    "show_settings": False,
    "show_files": False,
}


def plain_check(arguments: Sequence[str]) -> tuple[tuple[str, ...], dict[str, Any]] | None:
    """Return paths and options of `check`, as `run.check` takes them; None where click has to look."""
    if not arguments or arguments[0] != "check":
        return None
    paths: list[str] = []
    options = dict(_NOT_GIVEN)
    for argument in arguments[1:]:
        if argument in _FLAGS:
            name, value = _FLAGS[argument]
            options[name] = value
        elif argument.startswith("-"):
            return None
        else:
            paths.append(argument)
    return tuple(paths) or (".",), options
