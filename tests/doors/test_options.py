"""A walk over all options of `check`, `hooks` and `rules`: each of them changes something."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import pytest

from hooked_project import FILES, hookproof, write_project
from hookproof import cli

LIBRARY = "def watch(model, seen):\n    for m in model.modules():\n        m.register_forward_hook(seen)\n"
UNUSED = {"pkg/unused.py": "x = 1  # noqa: HKP101\n"}
PYPROJECT = {"pyproject.toml": '[tool.hookproof]\nignore = ["HKP201"]\n'}
FAR = {
    "lib/far.py": "from pkg.hooks import count\n",
    "pkg/main.py": FILES["pkg/main.py"].replace("from pkg.hooks", "from far"),
}
ASKED = """{"version": 1, "findings": [{"path": "pkg/hooks.py", "line": 7, "column": 5, "code": "HKP302",
"verdict": {"status": "confirmed", "reason": "torch raises it", "torch": "2.13.0"}}]}"""

SEEN = """{"version": 1,
"registrations": [{"number": 0, "chain": [{"path": "pkg/main.py", "line": 9}], "error": null}],
"entries": [{"chain": [{"path": "pkg/main.py", "line": 11}], "error": null, "test": "test_main.py::test_it",
"hooks": [{"registration": 0, "lost": true, "fate": "dropped"}]}]}"""
MUCH = {"pkg/net.py": f"much = bytearray(150_000_000)\n{FILES['pkg/net.py']}"}

# option: what is given in any case, what is added, files that are needed for it to matter.
SHARED: dict[str, tuple[list[str], list[str], dict[str, str]]] = {
    "--select": ([], ["--select=HKP302"], {}),
    "--extend-select": (["--select=HKP201"], ["--extend-select=HKP302"], {}),
    "--ignore": ([], ["--ignore=HKP302"], {}),
    "--exclude": ([], ["--exclude=main.py"], {}),
    "--extend-exclude": ([], ["--extend-exclude=main.py"], {}),
    "--force-exclude": (["--extend-exclude=main.py", "pkg/main.py"], ["--force-exclude"], {}),
    "--src": ([], ["--src=.", "--src=lib"], FAR),
    "--assume-scripted": ([], ["--assume-scripted"], {"pkg/lib.py": LIBRARY}),
    "--assume": ([], ["--assume=trace"], {"pkg/lib.py": LIBRARY}),
    "--min-confidence": ([], ["--min-confidence=possible"], {"pkg/lib.py": LIBRARY}),
    "--config": ([], ["--config=other.toml"], {"other.toml": '[tool.hookproof]\nignore = ["HKP302"]\n'}),
    "--isolated": ([], ["--isolated"], PYPROJECT),
    "--output-file": ([], ["--output-file=out.txt"], {}),
    "--quiet": ([], ["--quiet"], {}),
    "--no-cache": ([], ["--no-cache"], {}),
    "--cache-dir": ([], ["--cache-dir=elsewhere"], {}),
}
VERBOSE: tuple[list[str], list[str], dict[str, str]] = (["--extend-exclude=main.py"], ["--verbose"], {})
CHECK = {
    "--output-format": ([], ["--output-format=json"], {}),
    "--fix": (["--unsafe-fixes"], ["--fix"], {}),
    "--unsafe-fixes": (["--fix"], ["--unsafe-fixes"], {}),
    "--diff": (["--unsafe-fixes"], ["--diff"], {}),
    "--fix-only": (["--unsafe-fixes"], ["--fix-only"], {}),
    "--show-fixes": (["--fix", "--unsafe-fixes"], ["--show-fixes"], {}),
    "--fixable": (["--fix", "--unsafe-fixes"], ["--fixable=HKP302"], {}),
    "--unfixable": (["--fix", "--unsafe-fixes"], ["--unfixable=HKP201"], {}),
    "--statistics": ([], ["--statistics"], {}),
    "--exit-zero": ([], ["--exit-zero"], {}),
    "--verbose": VERBOSE,
    "--explain-file": ([], ["--explain-file=pkg/main.py"], {}),
    "--fail-on": (["--assume-scripted", "pkg/lib.py"], ["--fail-on=certain"], {"pkg/lib.py": LIBRARY}),
    "--stdin-filename": (["-"], ["--stdin-filename=pkg/hooks.py"], {}),
    "--warn-unused-noqa": ([], ["--warn-unused-noqa"], UNUSED),
    "--add-noqa": ([], ["--add-noqa"], {}),
    "--baseline": ([], ["--baseline=known.json"], {}),
    "--write-baseline": ([], ["--write-baseline=new.json"], {}),
    "--witness": ([], ["--witness=seen.json"], {"seen.json": SEEN}),
    "--show-settings": ([], ["--show-settings"], {}),
    "--show-files": ([], ["--show-files"], {}),
}
HOOKS = {
    "--output-format": ([], ["--output-format=json"], {}),
    "--world": ([], ["--world=traced"], {}),
    "--module-class": ([], ["--module-class=pkg.net.Net"], {}),
    "--form": ([], ["--form=lambda"], {}),
    "--verbose": VERBOSE,
    "--verdicts": ([], ["--verdicts=asked.json"], {"asked.json": ASKED}),
}
# With the one finding that the program itself shows: whatever an option changes, it changes of one.
PYTHON = ["--python", sys.executable, "--select=HKP201"]
VERIFY = {
    "--python": (PYTHON, PYTHON, {}),  # once more: a row for each
    "--only": (PYTHON, ["--only=refuted"], {}),
    "--reproduce": (PYTHON, ["--reproduce=scripts"], {}),
    "--timeout": (
        PYTHON,
        ["--timeout=1"],
        {"pkg/net.py": f"import time\ntime.sleep(2)\n{FILES['pkg/net.py']}"},
    ),
    "--memory": (PYTHON, ["--memory=64"], MUCH),
    "--no-cache": (PYTHON, ["--no-cache"], {}),
    "--baseline": (PYTHON, ["--baseline=known.json"], {}),
    "--statistics": (PYTHON, ["--statistics"], {}),
    "--fix": ([*PYTHON, "--unsafe-fixes"], ["--fix"], {}),
    "--unsafe-fixes": ([*PYTHON, "--fix"], ["--unsafe-fixes"], {}),
    "--diff": ([*PYTHON, "--unsafe-fixes"], ["--diff"], {}),
    "--exit-zero": (PYTHON, ["--exit-zero"], {}),
    "--fail-on": ([*PYTHON, "--memory=64"], ["--fail-on=confirmed"], MUCH),
    "--output-format": (PYTHON, ["--output-format=json"], {}),
    "--output-file": (PYTHON, ["--output-file=out.txt"], {}),
    "--quiet": (PYTHON, ["--quiet"], {}),
}
RULES = {"--output-format": ([], ["--output-format=json"], {})}
# What holds of torch's versions is tested with the settings, who does the work with the pool.
ELSEWHERE = {"--torch", "--help", "--jobs", "--executor"}

WALKED = {"check": SHARED | CHECK, "hooks": SHARED | HOOKS, "verify": VERIFY, "rules": RULES}


def options(name: str) -> set[str]:
    command = cli.cli.get_command(click.Context(cli.cli), name)
    assert command is not None
    declared = [param for param in command.params if isinstance(param, click.Option)]
    return {next(name for name in option.opts if name.startswith("--")) for option in declared}


@pytest.mark.parametrize("command", WALKED)
def test_no_option_is_left_out(command: str) -> None:
    # What verify shares with check is the same function, and is walked there.
    shared = SHARED.keys() - {"--no-cache", "--cache-dir"} if command == "verify" else set()
    assert WALKED[command].keys() | shared == options(command) - ELSEWHERE


def outcome(folder: Path, *arguments: str) -> tuple[object, ...]:
    """Return everything that a run leaves behind, but for how long it took."""
    done = hookproof(*arguments, cwd=folder, stdin=FILES["pkg/hooks.py"].encode())
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    written = {
        str(path.relative_to(folder)): path.read_text("utf-8") if path.suffix == ".py" else ""
        for path in folder.rglob("*")
        if path.is_file()
    }
    unlike = r"[\d.]+ s\)|^checked \d+ of \d+ findings against torch.*\n|/tmp/\S*"
    said = [re.sub(unlike, "", text, flags=re.M) for text in (done.stdout, done.stderr)]
    return done.returncode, *said, written


@pytest.mark.parametrize("command", WALKED)
def test_without_options_nothing_changes(command: str, tmp_path: Path) -> None:
    first, second = (outcome(write_project(tmp_path / name), command) for name in ("first", "second"))
    assert first == second


class Unchanged:
    """What commands leave behind without the option that is looked at, asked once."""

    def __init__(self, folder: Path) -> None:
        """Let the projects stand in this folder."""
        self.folder = folder
        self._known: dict[tuple[object, ...], tuple[object, ...]] = {}

    def of(self, command: str, given: Sequence[str], files: Mapping[str, str]) -> tuple[object, ...]:
        """Return what a command leaves behind that is given this, in a project with these files too."""
        key = (command, *given, *files.items())
        if key not in self._known:
            project = write_project(self.folder / str(len(self._known)), dict(files))
            self._known[key] = outcome(project, command, *given)
        return self._known[key]


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Unchanged:
    return Unchanged(tmp_path_factory.mktemp("unchanged"))


@pytest.mark.parametrize(
    ("command", "option"), [(command, option) for command, walked in WALKED.items() for option in walked]
)
def test_an_option_changes_something(command: str, option: str, unchanged: Unchanged, tmp_path: Path) -> None:
    always, added, files = WALKED[command][option]
    if command == "hooks" and option != "--output-format":
        always = ["--output-format=html", *always]  # the one format with findings
    project = write_project(tmp_path / "project", files)
    if option == "--baseline":
        hookproof("check", "--write-baseline=known.json", cwd=project)
        files = {**files, "known.json": (project / "known.json").read_text("utf-8")}
    assert outcome(project, command, *always, *added) != unchanged.of(command, always, files)
