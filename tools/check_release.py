"""Say what keeps distributions from being released: `python tools/check_release.py v0.1.0 dist`.

The tag, the package, the changelog and the recipes must name one version, and what was built must pass the
checks of the package index. Exit status 1 where something is wrong.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hatchling.version.source.regex import RegexSource

ROOT = Path(__file__).parent.parent
RECIPES = ("README.md", "docs/ci.md", "ci/gitlab.yml")
_PINNED = re.compile(r"(?:hookproof(?:@|\.git#|/)v|rev: v|hookproof==)(\d+\.\d+\.\d+)")


def version() -> str:
    """Return the version of the package, from the one place that has it."""
    path = {"path": "src/hookproof/__init__.py"}
    return str(RegexSource(str(ROOT), path).get_version_data()["version"])


def problems(tag: str) -> Iterator[str]:
    """Yield what in the tree does not fit a tag."""
    wanted = version()
    if tag != f"v{wanted}":
        yield f"the tag is {tag}, the package {wanted}"
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## {re.escape(wanted)} - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        yield f"CHANGELOG.md has no `## {wanted} - DATE`"
    for name in RECIPES:
        for found in _PINNED.finditer((ROOT / name).read_text("utf-8")):
            if found[1] != wanted:
                yield f"{name}: `{found[0]}` is not {wanted}"


def checked(folder: str) -> bool:
    """Whether what was built passes the checks of the package index, and wheel and sdist are there."""
    built = sorted(map(str, Path(folder).iterdir()))
    wheels = [name for name in built if name.endswith(".whl")]
    if len(wheels) != 1 or len(built) != 2:
        print(f"{folder} should have a wheel and an sdist, and has {', '.join(built) or 'nothing'}")
        return False
    commands = (["-m", "twine", "check", "--strict", *built], ["-m", "check_wheel_contents", *wheels])
    return all(
        subprocess.run([sys.executable, *command], check=False).returncode == 0 for command in commands
    )


def main(tag: str, folder: str) -> int:
    """Say what is wrong, and return the exit status."""
    wrong = list(problems(tag))
    for problem in wrong:
        print(problem, flush=True)
    return int(not checked(folder) or bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
