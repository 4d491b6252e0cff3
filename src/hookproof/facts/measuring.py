"""Facts as an interpreter's own torch gives them: the probe is run there, its answer written to a file."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import hookproof
from hookproof.facts import deltas

_PROBE = os.path.join(os.path.dirname(os.path.abspath(hookproof.__file__)), "probe")
ASK = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location(
    "hookproof_probe", sys.argv[1] + "/__init__.py", submodule_search_locations=[sys.argv[1]]
)
package = importlib.util.module_from_spec(spec)
sys.modules["hookproof_probe"] = package
spec.loader.exec_module(package)
importlib.import_module("hookproof_probe.probing").write()
"""
"""What the interpreter runs: the package of the probe, by its path, and nothing else of hookproof."""


class ProbeError(Exception):
    """What was asked gave no facts; the message says why, in one line."""


def measure(python: str) -> dict[str, Any]:
    """Return the facts of the torch that an interpreter has. Takes half a minute. Raises `ProbeError`."""
    command = [python, "-B", "-I", "-c", ASK, _PROBE]
    try:
        answered = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    except OSError as error:
        raise ProbeError(f"{python}: {error.strerror or error}") from None
    if answered.returncode:
        said = answered.stderr.strip().rpartition("\n")[2] or f"ended with {answered.returncode}"
        raise ProbeError(f"{python}: {said}")
    facts = json.loads(answered.stdout)
    assert isinstance(facts, dict)
    # Names of functions are compared as sets.
    for table in ("functions", "values"):
        facts[table] = {kind: sorted(names) for kind, names in facts[table].items()}
    return facts


def whole(facts: dict[str, Any]) -> str:
    """Return facts as JSON with one line for each entry of each table: compact, and readable as a diff."""
    sections = []
    for key, table in facts.items():
        if isinstance(table, dict):
            lines = [f"{json.dumps(name)}:{_compact(table[name])}" for name in sorted(table)]
            body = "{\n" + ",\n".join(lines) + "\n}"
        elif isinstance(table, list):
            body = "[\n" + ",\n".join(_compact(entry) for entry in table) + "\n]"
        else:
            body = json.dumps(table)
        sections.append(f"{json.dumps(key)}:{body}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def as_changes(facts: dict[str, Any], base: dict[str, Any]) -> str:
    """Return facts as JSON of what differs from `base`."""
    changes = deltas.difference(base, facts)
    return whole({"torch": facts["torch"], "base": base["torch"], "changes": changes})


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
