"""A tree that other processes change meanwhile; `tools/soak.py` does the same a thousand times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from places import ROOT


def test_no_crash_no_stale_answer_and_no_more_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "soak.py"), "--runs", "60"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.partition(" s, ")[2].split()[0]) < 20  # MiB
