"""Check a tree again and again while other processes change it: no crash, no stale answer, memory flat.

python tools/soak.py --runs 1000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "support")]

from changing_tree import ChangingTree, soak  # noqa: E402


def main() -> None:
    """Run, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        runs, grown = soak(ChangingTree(Path(folder), seed=given.seed), given.runs, check_every=20)
    took = time.monotonic() - start
    print(f"{runs} runs and as many of an editor, {took:.0f} s, {grown:+.1f} MiB since the first quarter")


if __name__ == "__main__":
    main()
