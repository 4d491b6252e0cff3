"""The rules there are: one class in each file `hkpNNN_name.py` of this package, found by name.

Codes come from the file names, so that asking which rules exist imports none of them.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache

import hookproof.rules
from hookproof.rules.rule import Rule

_FILE = re.compile(r"(hkp\d{3})_\w+")


def codes(prefix: str = "") -> tuple[str, ...]:
    """Return the codes that start with `prefix`, sorted; nothing where none does."""
    return tuple(code for code in _files() if code.startswith(prefix))


def rule(code: str) -> Rule:
    """Return the rule with this code. Raises `KeyError` where there is none."""
    return _load(_files()[code])


def rules(prefix: str = "") -> tuple[Rule, ...]:
    """Return the rules whose codes start with `prefix`, sorted by code."""
    return tuple(rule(code) for code in codes(prefix))


def rule_named(name: str) -> Rule:
    """Return the rule with this name (`hook-on-script-module`). Raises `KeyError` where there is none."""
    code = code_named(name)
    if code is None:
        raise KeyError(name)
    return rule(code)


def code_named(name: str) -> str | None:
    """Return the code of the rule with this name, None where there is none."""
    ending = "_" + name.replace("-", "_")
    return next((code for code, file in _files().items() if file == code.lower() + ending), None)


def names() -> tuple[str, ...]:
    """Return the names of all rules, in the order of their codes."""
    return tuple(file.partition("_")[2].replace("_", "-") for file in _files().values())


@cache
def _files() -> dict[str, str]:
    names = sorted(module.name for module in pkgutil.iter_modules(hookproof.rules.__path__))
    return {match[1].upper(): name for name in names if (match := _FILE.fullmatch(name))}


@cache
def _load(file: str) -> Rule:
    module = importlib.import_module(f"hookproof.rules.{file}")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__:
            return value()
    raise TypeError(f"{module.__name__} defines no rule")
