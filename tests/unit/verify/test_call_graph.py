"""What a program may run is followed through its own project, not through all that is installed beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.verify.target.callgraph import IMPORTED, distances


@pytest.mark.parametrize(("folder", "is_followed"), [("src", True), ("site-packages", False)])
def test_another_package_is_followed_in_a_project_only(
    folder: str, is_followed: bool, tmp_path: Path
) -> None:
    root = tmp_path / folder
    for name, text in {
        "one": "import two\nfrom one import part\n",
        "two": "",
        "one/part": "VALUE = 1\n",
    }.items():
        path = root / f"{name}.py" if "/" in name else root / name / "__init__.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    reached = {Path(path) for path, _ in distances(str(root / "one/__init__.py"), IMPORTED, [str(root)])}
    assert root / "one/part.py" in reached
    assert (root / "two/__init__.py" in reached) == is_followed
