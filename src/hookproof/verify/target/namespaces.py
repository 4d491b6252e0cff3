"""Puts another value in the place of one, in all modules of the project that have a name for it."""

from __future__ import annotations

import itertools
import sys
from typing import Any, Iterator

_last_of_others: list[str] = []  # the module that was imported last before any of the project's


def note_modules() -> None:
    """Take the modules that are there for ones that have no names of the project's values.

    To look through thousands in every fork, whose pages are then copied, would take longer than to script.
    """
    _last_of_others[:] = [next(reversed(sys.modules))]


def _modules() -> Iterator[Any]:
    """Yield the modules that may have a name of the project's values."""
    new = list(itertools.takewhile(lambda key: key not in _last_of_others, reversed(sys.modules)))
    for key in dict.fromkeys(["__main__", *new]):
        if key.partition(".")[0] not in ("torch", "numpy", "sympy"):
            yield sys.modules.get(key)


def replace_everywhere(old: Any, new: Any) -> None:
    """Put `new` wherever a module has `old` in its namespace, `from … import` included."""
    for module in _modules():
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict):
            for name in [n for n, value in list(names.items()) if value is old]:
                names[name] = new
