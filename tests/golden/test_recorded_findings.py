"""What `check` says of large real code is what was recorded: nothing gets faster at the cost of a finding."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import torch

from places import ROOT

sys.path.insert(0, str(ROOT / "tools"))

from record_findings import RECORDS, findings


def test_torch_s_own_tree_has_the_recorded_findings() -> None:
    recorded = (RECORDS / "torch.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    now = list(findings(Path(torch.__file__).parent))
    assert not list(difflib.unified_diff(recorded, now, "recorded", "now", n=0))
