"""The documentation is a site: every page is in it and in its navigation, and zensical warns of nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hookproof.rules import registry
from places import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, ROOT / "tools" / "make_site.py", folder]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "site"


def test_every_page_is_in_the_navigation_of_the_start_page(site: Path) -> None:
    start = (site / "index.html").read_text("utf-8")
    names = set(re.findall(r'<a href="(?:\./)?([^"#]+)/" class="md-nav__link"', start))
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert names >= pages | {f"rules/{code}" for code in registry.codes()} | {"CHANGELOG", "CONTRIBUTING"}


def test_the_search_finds_rules_by_code_and_by_what_they_say(site: Path) -> None:
    items = json.loads((site / "search.json").read_text("utf-8"))["items"]
    found = [each for each in items if "HKP601" in each["title"]]
    assert found
    assert any("never again" in each["text"] for each in items)


def test_links_out_of_the_documentation_lead_into_the_repository(site: Path) -> None:
    start = (site / "index.html").read_text("utf-8")
    assert 'href="https://github.com/hookproof/hookproof/blob/main/bench/README.md"' in start
