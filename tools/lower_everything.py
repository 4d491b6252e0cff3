"""Cut and lower every block of all files of folders, and compare with what Python's parser says of them.

    python tools/lower_everything.py /usr/lib/python3.13 [FOLDER…]

`check` reads few files and few blocks of each; this asks for all of them. A file that Python takes must be
lowered, one that it refuses must be told; what is bounded on purpose is counted by itself.
"""

from __future__ import annotations

import ast
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from hookproof.source.failures import bounded
from hookproof.source.text import SourceError, read
from hookproof.syntax.numbering import first_of
from hookproof.syntax.source_file import SourceFile

_BOUNDS = ("too deeply nested", "more than", "takes more than", "larger than")


def main(folders: list[str]) -> int:
    """Print how many files fared how; return 1 where hookproof and Python disagree."""
    warnings.simplefilter("ignore")
    counts, slowest, start = Counter[str](), (0.0, ""), time.monotonic()
    for path in sorted(_files(folders)):
        began = time.process_time()
        ours = _ours(path)
        slowest = max(slowest, (time.process_time() - began, path))
        what = _compared(ours, _python(path))
        counts[what] += 1
        if what.startswith("DISAGREE"):
            print(f"{what}: {path}: {ours}")
    print(
        f"Python {sys.version.split()[0]}, {time.monotonic() - start:.0f} s,",
        f"slowest {slowest[0]:.1f} s {slowest[1]}",
    )
    for what, count in sorted(counts.items()):
        print(f"  {count:6} {what}")
    return int(any(what.startswith("DISAGREE") for what in counts))


def _files(folders: list[str]) -> Iterator[str]:
    for folder in folders:
        for root, _, names in os.walk(folder):
            yield from (os.path.join(root, name) for name in names if name.endswith(".py"))


def _ours(path: str) -> str:
    """Return why a file is refused, nothing where all of it is lowered."""
    try:
        with bounded():
            file = SourceFile(path, "module", read(path))
            for block in file.outline.blocks:
                for statement in file.block(block.index)[:1]:
                    file.location(getattr(statement, "at", first_of(block.index)))
    except SourceError as error:
        return str(error)
    return ""


def _python(path: str) -> str:
    try:
        ast.parse(Path(path).read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return type(error).__name__
    return ""


def _compared(ours: str, pythons: str) -> str:
    if any(bound in ours for bound in _BOUNDS):
        return "bounded"
    if bool(ours) == bool(pythons):
        return "refused by both" if ours else "lowered"
    return "DISAGREE: told, though Python takes it" if ours else "DISAGREE: lowered, though Python refuses it"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
