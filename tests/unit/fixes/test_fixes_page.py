"""The page on fixes: what is made of its program, and the codes that it lists."""

from __future__ import annotations

import re
from pathlib import Path

from hookproof.rules import registry
from hookproof.settings import Settings
from mended_programs import mended
from places import ROOT

PAGE = (ROOT / "docs" / "fixes.md").read_text("utf-8")
BEFORE, AFTER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_program_of_the_page_is_fixed_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(BEFORE)
    assert mended(tmp_path, Settings()).fixed
    assert re.sub(r"  # HKP\d+", "", path.read_text()) == AFTER


def test_the_page_lists_every_code_that_is_fixed() -> None:
    rows = PAGE.partition("## What is fixed")[2].partition("\n## ")[0]
    fixable = {rule.code for rule in registry.rules() if rule.fixable != "never"}
    assert set(re.findall(r"HKP\d{3}", rows)) == fixable
