"""What `--fix --unsafe-fixes` makes of every fixture, as differences.

`python tests/support/fixture_fixes.py` records them.
"""

from __future__ import annotations

import shutil
import tempfile

from fixture_programs import Fixture, all_fixtures
from hookproof.fixing import differences, mend
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from places import TESTS

RECORDED = TESTS / "golden" / "fixes.diff"


def differences_of(fixture: Fixture) -> str:
    """Return the unified differences of a fixture, without the lines that say where they are."""
    with tempfile.TemporaryDirectory() as folder:
        for path in fixture.files:
            shutil.copy(path, folder)
        settings = Settings(assume_scripted=fixture.assume_scripted)
        report = check_paths([folder], settings)
        done = mend((settings, (folder,)), report, {}, lambda shown, _: shown, takes_unsafe=True)
        lines = "".join(differences(done.contents, {})).replace(f"{folder}/", "")
    return "".join(line for line in lines.splitlines(keepends=True) if not line.startswith("@@"))


def all_differences() -> str:
    return "".join(map(differences_of, all_fixtures()))


if __name__ == "__main__":
    RECORDED.write_text(all_differences(), "utf-8")
