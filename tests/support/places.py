"""Where the tests find the project, and what they are given."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
DATA = TESTS / "data"
FIXTURES = ROOT / "fixtures"
