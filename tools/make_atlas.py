"""Probe torch and write its facts: `python tools/make_atlas.py [--check] [PYTHON…]`, this one by default.

Everything in the facts is something that the probe did and saw. The base is written whole, other versions
as what differs from it. `--check` writes nothing and exits 1 where the shipped facts of a torch differ.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hookproof.facts.atlas import BASE, raw_facts
from hookproof.facts.measuring import as_changes, measure, whole

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src" / "hookproof" / "facts" / "atlas"


def main(arguments: list[str]) -> int:
    """Write or check the facts of each interpreter's torch; return the exit status."""
    is_checked = "--check" in arguments
    status = 0
    for python in [argument for argument in arguments if argument != "--check"] or [sys.executable]:
        facts = measure(python)
        path = FOLDER / f"torch-{facts['torch']}.json"
        text = whole(facts) if facts["torch"] == BASE else as_changes(facts, raw_facts(BASE))
        if is_checked:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                print(
                    f"torch {facts['torch']} is not as {path.name} says: python tools/make_atlas.py {python}"
                )
                status = 1
            continue
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(text)} characters")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
