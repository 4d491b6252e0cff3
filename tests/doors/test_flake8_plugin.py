"""The plugin in real flake8: the findings of `check`, whatever the number of jobs, never an exception."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hooked_project import FOUND, ROOT, environment, hookproof, locations, write_project
from hookproof import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


# What `python -m flake8` does, with something before it that spawned workers run too.
PROGRAM = """\
from hookproof import by_file
{prelude}
if __name__ == "__main__":
    import multiprocessing
    import runpy

    multiprocessing.set_start_method("{start}")
    runpy.run_module("flake8", run_name="__main__")
"""


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make what an installation would leave behind, so that the declared entry point is what is tested."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    folder = tmp_path_factory.mktemp("installed")
    info = folder / f"hookproof-{__version__}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: hookproof\nVersion: {__version__}\n")
    lines = [f"{name} = {value}" for name, value in project["entry-points"]["flake8.extension"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[flake8.extension]", *lines, ""]))
    return folder


def flake8(
    metadata: Path, cwd: Path, *arguments: str, stdin: bytes = b"", spawn: bool = False, prelude: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flake8"]
    if spawn or prelude:
        program = cwd / "program.txt"
        program.write_text(PROGRAM.format(start="spawn" if spawn else "fork", prelude=prelude))
        command = [sys.executable, str(program)]
    return run([*command, *arguments], metadata, cwd, stdin)


def run(
    command: list[str], metadata: Path, cwd: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[str]:
    variables = environment()
    variables["PYTHONPATH"] = os.pathsep.join((variables["PYTHONPATH"], str(metadata)))
    done = subprocess.run(
        command,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=variables,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_flake8_finds_what_check_finds(jobs: str, metadata: Path, tmp_path: Path) -> None:
    write_project(tmp_path)
    checked = hookproof("check", "--output-format", "concise", cwd=tmp_path)
    linted = flake8(metadata, tmp_path, "--select=HKP", f"-j{jobs}")
    assert locations(linted.stdout) == locations(checked.stdout) == FOUND
    assert linted.stderr == ""
    assert linted.returncode == 1
    told = sorted(line.removeprefix("./") for line in linted.stdout.splitlines())
    lines, edits = zip(*(re.split(r" \((?=(?:un)?safe fix: )", line) for line in told), strict=True)
    assert list(lines) == checked.stdout.splitlines()
    assert edits == (
        "safe fix: put `cache: list[int]` at pkg/net.py:5:5)",
        "unsafe fix: put `def hook(m, i, o): return None` at 10:5, put `hook` at 10:34)",
    )


def test_flake8_with_spawned_workers(metadata: Path, tmp_path: Path) -> None:
    write_project(tmp_path)
    linted = flake8(
        metadata, tmp_path, "--select=HKP", "-j2", "--hookproof-min-confidence=certain", "pkg", spawn=True
    )
    assert (locations(linted.stdout), linted.stderr) == (FOUND, "")


def test_flake8_on_stdin_and_on_text_that_is_not_on_disk(metadata: Path, tmp_path: Path) -> None:
    write_project(tmp_path)
    source = b"# one more line\n" + (tmp_path / "pkg" / "hooks.py").read_bytes()
    linted = flake8(
        metadata, tmp_path, "--select=HKP", "--stdin-display-name=pkg/hooks.py", "-", stdin=source
    )
    assert locations(linted.stdout) == {("pkg/hooks.py", 8, 5, "HKP302")}


def test_columns_in_other_encodings_and_with_a_mark(metadata: Path, tmp_path: Path) -> None:
    hook = "def count(m, input, output):\n    'é'; m.cache.append('ü')\n"
    for name, data in {
        "latin": f"# coding: latin-1\n{hook}".encode("latin-1"),
        "mark": b"\xef\xbb\xbf# \r\n" + hook.replace("\n", "\r\n").encode(),
    }.items():
        folder = tmp_path / name
        write_project(folder, {"pkg/hooks.py": data})
        checked = hookproof("check", "--output-format=concise", "--select=HKP3", cwd=folder)
        linted = flake8(metadata, folder, "--select=HKP3")
        assert locations(linted.stdout) == locations(checked.stdout) == {("pkg/hooks.py", 3, 10, "HKP302")}


def test_settings_come_from_pyproject_and_flake8s_options_win(metadata: Path, tmp_path: Path) -> None:
    write_project(tmp_path, {"pyproject.toml": '[tool.hookproof]\nignore = ["HKP302"]\n'})
    assert {code for *_, code in locations(flake8(metadata, tmp_path, "--select=HKP").stdout)} == {"HKP201"}
    only = flake8(metadata, tmp_path, "--select=HKP", "--extend-ignore=HKP201")
    assert only.stdout == ""
    other = tmp_path / "other.toml"
    other.write_text('[tool.hookproof]\nselect = ["HKP302"]\n')
    given = flake8(metadata, tmp_path, "--select=HKP", "--hookproof-config=other.toml")
    assert {code for *_, code in locations(given.stdout)} == {"HKP302"}


def test_library_mode_by_option_and_by_flake8s_own_file(metadata: Path, tmp_path: Path) -> None:
    library = (
        "def watch(model, seen):\n    for m in model.modules():\n        m.register_forward_hook(seen)\n"
    )
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "lib.py").write_text(library)
    assert flake8(metadata, tmp_path, "--select=HKP").stdout == ""
    by_option = flake8(metadata, tmp_path, "--select=HKP", "--hookproof-assume-scripted").stdout
    assert locations(by_option) == {("lib.py", 3, 9, "HKP120")}
    (tmp_path / ".flake8").write_text("[flake8]\nselect = HKP\nhookproof-assume-scripted = true\n")
    assert flake8(metadata, tmp_path).stdout == by_option
    (tmp_path / ".flake8").write_text("[flake8]\nselect = HKP\nhookproof-assume = trace,script\n")
    assert flake8(metadata, tmp_path).stdout == by_option


def test_noqa_means_the_same(metadata: Path, tmp_path: Path) -> None:
    hooks = (
        "def count(m, input, output):\n    m.cache.append(1)  # noqa: HKP302\n"
        "    m.cache.append(2)  # noqa: E501\n    m.cache.append(3)  # noqa\n    m.cache.append(4)\n"
    )
    for first in ("", "# hookproof: noqa: HKP302\n", "# hookproof: noqa\n", "# flake8: noqa\n"):
        write_project(tmp_path, {"pkg/hooks.py": first + hooks})
        checked = hookproof("check", "--output-format=concise", "--select=HKP3", cwd=tmp_path)
        linted = flake8(metadata, tmp_path, "--select=HKP3")
        assert locations(linted.stdout) == locations(checked.stdout)
        assert len(locations(linted.stdout)) == (0 if first else 2)
    everything = flake8(metadata, tmp_path, "--select=HKP3", "--disable-noqa")
    assert len(locations(everything.stdout)) == 4


@pytest.mark.parametrize("paths", [[], ["pkg/net.py", "pkg/hooks.py"]])
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("selct = []", "tool.hookproof.selct: unknown key (did you mean `select`?)"),
        (
            'assume-scripted = ["pkg.net.Nett"]',
            "tool.hookproof.assume-scripted: no class `pkg.net.Nett` is defined in the project",
        ),
    ],
)
def test_a_wrong_setting_is_one_line(
    table: str, problem: str, jobs: str, paths: list[str], metadata: Path, tmp_path: Path
) -> None:
    write_project(tmp_path, {"pyproject.toml": f"[tool.hookproof]\n{table}\n"})
    linted = flake8(metadata, tmp_path, "--select=HKP", f"-j{jobs}", *paths)
    assert linted.stderr == f"hookproof: {tmp_path / 'pyproject.toml'}: {problem}\n"
    assert (linted.returncode, linted.stdout) == (2, "")


def test_a_wrong_setting_is_one_line_where_flake8_reads_stdin(metadata: Path, tmp_path: Path) -> None:
    table = '[tool.hookproof]\nassume-scripted = ["pkg.net.Nett"]\n'
    write_project(tmp_path, {"pyproject.toml": table})
    linted = flake8(metadata, tmp_path, "--select=HKP", "--stdin-display-name=pkg/hooks.py", "-")
    assert linted.stderr.count("\n") == 1
    assert (linted.returncode, linted.stdout) == (2, "")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_failure_is_one_finding_for_each_file(jobs: str, metadata: Path, tmp_path: Path) -> None:
    write_project(tmp_path, {"pkg/other.py": "import os\n"})
    failing = """\
def fail(*_, **__):
    raise RecursionError("too\\ndeep")

by_file.find = fail
"""
    linted = flake8(metadata, tmp_path, "--select=HKP,F", f"-j{jobs}", "pkg", prelude=failing)
    assert sorted(linted.stdout.splitlines()) == [
        "pkg/__init__.py:1:1: HKP000 not analysed: too deep",
        "pkg/hooks.py:1:1: HKP000 not analysed: too deep",
        "pkg/main.py:1:1: HKP000 not analysed: too deep",
        "pkg/net.py:1:1: HKP000 not analysed: too deep",
        "pkg/other.py:1:1: F401 'os' imported but unused",
        "pkg/other.py:1:1: HKP000 not analysed: too deep",
    ]


def test_a_file_that_cannot_be_analysed_is_one_finding_there(metadata: Path, tmp_path: Path) -> None:
    # flake8 takes such a file for latin-1, Python refuses it.
    undecodable = "# coding: ascii\nimport torch\n\ntorch.jit.script('é')\n".encode()
    write_project(tmp_path, {"pkg/odd.py": undecodable})
    checked = hookproof("check", "--output-format=concise", cwd=tmp_path)
    assert checked.returncode == 2
    linted = locations(flake8(metadata, tmp_path, "--select=HKP").stdout)
    assert linted == {*FOUND, ("pkg/odd.py", 1, 1, "HKP000")}


@pytest.mark.parametrize(("jobs", "start"), [("1", "fork"), ("2", "fork"), ("2", "spawn")])
def test_a_project_is_analysed_once_in_a_process_and_before_it_forks(
    jobs: str, start: str, metadata: Path, tmp_path: Path
) -> None:
    write_project(
        tmp_path, {f"pkg/more_{number}.py": "x = 1\n" for number in range(250)}
    )  # worth two processes
    counting = """\
find = by_file.find

def count(*arguments, **options):
    with open("counted.txt", "a") as log:
        log.write("analysed\\n")
    return find(*arguments, **options)

by_file.find = count
"""
    linted = flake8(
        metadata, tmp_path, "--select=HKP", f"-j{jobs}", "pkg", prelude=counting, spawn=start == "spawn"
    )
    assert locations(linted.stdout) == FOUND
    count = (tmp_path / "counted.txt").read_text().count("analysed")
    assert count == 1 if start == "fork" else 1 <= count <= 2


def test_what_check_leaves_out_is_left_out_and_what_is_named_is_not(metadata: Path, tmp_path: Path) -> None:
    settings = '[tool.hookproof]\nextend-exclude = ["hooks.py"]\n'
    write_project(tmp_path, {"pyproject.toml": settings})
    for paths in (["."], ["pkg"], ["pkg/hooks.py", "pkg/main.py"]):
        checked = hookproof("check", "--output-format=concise", *paths, cwd=tmp_path)
        assert locations(flake8(metadata, tmp_path, "--select=HKP", *paths).stdout) == locations(
            checked.stdout
        )
        assert (locations(checked.stdout) == FOUND) is (len(paths) == 2)


def test_python_code_that_calls_flake8_gets_the_same(metadata: Path, tmp_path: Path) -> None:
    write_project(tmp_path)
    program = tmp_path / "program.py"
    program.write_text(
        "from flake8.api.legacy import get_style_guide\n"
        "guide = get_style_guide(select=['HKP'])\n"
        "for path in ('pkg/net.py', 'pkg/hooks.py', 'pkg'):\n"
        "    print(guide.check_files([path]).get_statistics('HKP'))\n"
    )
    done = run([sys.executable, str(program)], metadata, tmp_path)
    told = [line for line in done.stdout.splitlines() if line.startswith("[")]
    codes = [sorted(re.findall(r"\d+ (HKP\d+)", line)) for line in told]
    assert codes == [[], ["HKP302"], ["HKP201", "HKP302"]]


NOTING = """\
def find(*_, **__):
    open("analysed.txt", "w").close()
    raise ValueError

by_file.find = find
"""


@pytest.mark.parametrize(
    ("options", "is_analysed"),
    [
        (["--select=F,E"], False),
        (["--select=F", "--extend-select=C9"], False),
        (["--select=F,HKP3"], True),
        (["--select=F", "--extend-select=H"], True),
        (["--extend-select=F"], True),
        ([], True),
    ],
)
def test_nothing_is_analysed_where_nothing_of_it_is_selected(
    options: list[str], is_analysed: bool, metadata: Path, tmp_path: Path
) -> None:
    write_project(tmp_path)
    flake8(metadata, tmp_path, *options, prelude=NOTING)
    assert (tmp_path / "analysed.txt").exists() is is_analysed


def test_the_adapter_is_thin() -> None:
    assert len((ROOT / "src/hookproof/flake8_plugin.py").read_text("utf-8").splitlines()) < 60
