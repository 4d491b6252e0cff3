"""Rules as people name them in settings: codes and their beginnings in any case, names, and `ALL`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hookproof.exit_status import SettingsError
from hookproof.settings.typos import did_you_mean

EVERY = "HKP"
_LISTS = (
    "select",
    "extend-select",
    "ignore",
    "fixable",
    "unfixable",
    "extend-safe-fixes",
    "extend-unsafe-fixes",
)


def normalized(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return settings, by key, in which each rule is a code or its beginning; `where` begins what is raised.

    What is of another type than it should be stays as it is. Raises `SettingsError`.
    """
    changed = dict(values)
    for key in _LISTS:
        if isinstance(values.get(key), list | tuple):
            changed[key] = [code_of(name, f"{where}{key}") for name in values[key]]
    per_file = values.get("per-file-ignores")
    if isinstance(per_file, dict):
        changed["per-file-ignores"] = {
            pattern: [code_of(name, f'{where}per-file-ignores."{pattern}"') for name in listed]
            if isinstance(listed, list | tuple)
            else listed
            for pattern, listed in per_file.items()
        }
    if isinstance(values.get("severity"), dict):
        changed["severity"] = {
            code_of(name, f"{where}severity"): severity for name, severity in values["severity"].items()
        }
    return changed


def code_of(name: object, where: str) -> str:
    """Return the code, or the beginning of codes, that a name stands for. Raises `SettingsError`."""
    if isinstance(name, str):
        upper = name.strip().upper()
        if upper in (EVERY, "ALL"):
            return EVERY
        # Imported here: only settings that name rules need the list of them.
        from hookproof.rules import registry

        if upper and registry.codes(upper):
            return upper
        named = registry.code_named(name.strip().lower())
        if named is not None:
            return named
        raise SettingsError(f"{where}: unknown code `{name}`{_meant(name, upper)}")
    raise SettingsError(f"{where}: unknown code `{name}` (`hookproof rules` lists them)")


def _meant(name: str, upper: str) -> str:
    from hookproof.rules import registry

    digits = re.search(r"\d{3}(?!\d)", upper)
    code = f"{EVERY}{digits[0]}" if digits else ""
    if code in registry.codes():
        return f" (did you mean `{code}`?)"
    # What is near to a number is some other rule.
    meant = "" if upper.startswith(EVERY) else did_you_mean(name.lower(), registry.names())
    return meant or " (`hookproof rules` lists them)"


def prefixes() -> Iterator[str]:
    """Yield what may stand for rules besides their codes and names."""
    from hookproof.rules import registry

    yield from ("ALL", EVERY)
    yield from sorted({code[:length] for code in registry.codes() for length in (4, 5)})
