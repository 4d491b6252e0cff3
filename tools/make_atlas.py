"""Probe the installed torch and write the atlas: `python tools/make_atlas.py [--check]`.

Everything in the atlas is something this program did and saw. `--check` writes nothing and exits 1 where
the shipped atlas differs.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from atlas_probes import classes, hooks, module_names, values

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src" / "hookproof" / "facts" / "atlas"


def version() -> str:
    """Return the torch version without its build tag."""
    return str(torch.__version__).partition("+")[0]


def make_atlas() -> str:
    """Return the atlas of the installed torch as JSON: one line per name, names sorted."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    found, aliases = classes.probe_classes()
    atlas: dict[str, Any] = {
        "torch": version(),
        "hooks": hooks.probe_hook_methods(),
        "global_hooks": hooks.probe_global_hooks(),
        "utilities": hooks.probe_utilities(),
        "module": module_names.probe_module_names(),
        "module_attributes": classes.probe_module_attributes(),
        "aliases": aliases,
        "classes": found,
        "functions": values.probe_functions(),
        "values": values.probe_values(),
    }
    return _diffable(atlas)


def _diffable(atlas: dict[str, Any]) -> str:
    """Return JSON with one line per entry of each table: compact, and readable as a diff."""
    sections = []
    for key, table in atlas.items():
        if isinstance(table, dict):
            lines = [f"{json.dumps(name)}:{_compact(table[name])}" for name in sorted(table)]
            body = "{\n" + ",\n".join(lines) + "\n}"
        elif isinstance(table, list):
            body = "[\n" + ",\n".join(_compact(entry) for entry in table) + "\n]"
        else:
            body = json.dumps(table)
        sections.append(f"{json.dumps(key)}:{body}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def main() -> int:
    """Write or check the atlas; return the exit status."""
    path = FOLDER / f"torch-{version()}.json"
    text = make_atlas()
    if "--check" in sys.argv[1:]:
        return 0 if path.read_text(encoding="utf-8") == text else 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(text)} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
