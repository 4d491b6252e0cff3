"""Tells whether hookproof answers the same on other Pythons, with the newest dependencies and the lowest.

    python tools/compare_pythons.py PYTHON... [--paths fixtures]

Each interpreter gets two new virtual environments with a wheel of this tree: one with the newest versions of
what it depends on, one with the lowest that pyproject.toml allows. Each answer, byte by byte, must be that of
the first; the exit status is 1 where one is not. The paths are asked about in JSON, a small program in every
format.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from hookproof.output import HOOK_FORMATS
from hookproof.settings import OutputFormat

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "fixtures" / "forward_missing_claim.py"
EXTRA = "flake8"
_PLAIN = ("--isolated", "--no-cache")


class Answer(NamedTuple):
    """What a command wrote to stdout, and its exit status."""

    status: int
    text: str


def main() -> int:
    """Make the environments, ask each of them, and print how many answers are the first one's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    parser.add_argument("--paths", nargs="+", default=["fixtures"])
    arguments = parser.parse_args()
    os.environ.pop("PYTHONPATH", None)  # the wheel is what is asked
    first: list[Answer] = []
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        # In a folder of its own, so that no project around it is read for each format.
        asked = list(questions(arguments.paths, shutil.copy(PROGRAM, folder)))
        wheel = _wheel(folder)
        for number, python in enumerate(arguments.pythons):
            for kind, pins in (("newest", []), ("lowest", lowest())):
                location = os.path.join(folder, f"{number}-{kind}")
                name = f"{_version(python)}, {kind} dependencies"
                answers = answers_of(_environment(python, location, wheel, pins), asked)
                first = first or answers
                others = list(differences(asked, first, answers))
                differing += len(others)
                print(f"{name}: {len(asked) - len(others)} of {len(asked)} answers are the same", flush=True)
                print("".join(others), end="")
    return int(differing > 0)


def questions(paths: Sequence[str], program: str) -> Iterator[tuple[str, ...]]:
    """Yield commands whose answers do not tell the time: about all `paths`, and about one small program."""
    for name in ("check", "hooks"):
        yield ("hookproof", name, *_PLAIN, "--output-format", "json", *paths)
    yield ("hookproof", "check", *_PLAIN, "--assume-scripted", "--output-format", "json", *paths)
    for name in get_args(OutputFormat):
        yield ("hookproof", "check", *_PLAIN, "--output-format", name, program)
    for name in HOOK_FORMATS:
        yield ("hookproof", "hooks", *_PLAIN, "--output-format", name, program)
    yield ("hookproof", "rules", "--output-format", "json")
    yield ("hookproof", "explain", "HKP302")
    yield ("flake8", "--isolated", "--select", "HKP", program)


def lowest() -> list[str]:
    """Return the lowest versions that pyproject.toml allows of what hookproof and its extra depend on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"][EXTRA]]
    pins = []
    for requirement in needed:
        found = re.fullmatch(r"([\w-]+)>=([\d.]+)(;.*)?", requirement)
        if found is None:
            raise ValueError(f"pyproject.toml: `{requirement}` has no lowest version")
        pins.append(f"{found[1]}=={found[2]}{found[3] or ''}")
    return pins


def answers_of(python: str, asked: Sequence[tuple[str, ...]]) -> list[Answer]:
    """Return what an interpreter that has hookproof installed answers."""
    answers = []
    for module, *rest in asked:
        command = [python, "-m", module, *rest]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
        )
        answers.append(Answer(done.returncode, done.stdout))
    return answers


def differences(
    asked: Sequence[tuple[str, ...]], expected: Sequence[Answer], answers: Sequence[Answer]
) -> Iterator[str]:
    """Yield a description of each answer that is not the expected one, with its first differing lines."""
    for question, wanted, answer in zip(asked, expected, answers, strict=True):
        if answer != wanted:
            lines = difflib.unified_diff(wanted.text.splitlines(), answer.text.splitlines(), lineterm="", n=0)
            told = "".join(f"    {line[:200]}\n" for line, _ in zip(lines, range(8), strict=False))
            yield f"  {' '.join(question)}: status {wanted.status}, {answer.status}\n{told}"


def _wheel(folder: str) -> str:
    _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(ROOT)])
    (wheel,) = Path(folder).glob("*.whl")
    return str(wheel)


def _environment(python: str, location: str, wheel: str, pins: Sequence[str]) -> str:
    """Return the interpreter of a new virtual environment that has the wheel."""
    _run([python, "-m", "venv", location])
    own = os.path.join(location, "Scripts" if os.name == "nt" else "bin", "python")
    _run([own, "-m", "pip", "install", "-q", "--disable-pip-version-check", f"{wheel}[{EXTRA}]", *pins])
    return own


def _version(python: str) -> str:
    return _run([python, "--version"]).strip()


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
