"""`check --explain-file`: why a file was read or not, and why nothing is reported of a hook in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooked_project import hookproof
from notebooks import made

HEAD = "import torch\nfrom torch import nn\n\n\n"
HOOK = "def double(m, inputs, output):\n    return output * 2\n\n\n"
# Each program registers its hook on line 10; behind it is what is said of that line.
NET = "net = nn.Linear(2, 2)\n"
ON_NET = "net.register_forward_hook(double)\n"
SCRIPT = "torch.jit.script(net)\n"
PROGRAMS = {
    "reported": (NET + ON_NET + SCRIPT, "  HKP204 at reported.py:5:1 is reported (certain)"),
    "guarded": (
        "net = torch.load('n')\nif not isinstance(net, torch.jit.ScriptModule): " + ON_NET,
        "  nothing is reported: it is guarded: a test above it keeps ScriptModules out",
    ),
    "removed": (
        NET + "handle = " + ON_NET + "handle.remove()\n" + SCRIPT,
        "  nothing is reported: a handle is removed again, which may be that of this hook (removed.py:11)",
    ),
    "unreached": (
        NET + ON_NET + "net(torch.rand(1, 2))\n",
        "  nothing is reported: no code shows that the module leaves eager mode with the hook on it",
    ),
    "unknown": (
        "def watch(net):\n    " + ON_NET,
        "  nothing is reported: the class of the module is not known",
    ),
    "hidden": (
        "def watch(net):\n    " + ON_NET,
        "  HKP204 at hidden.py:5:1 is hidden: it is only `possible`, for nothing shows that anybody "
        "scripts or traces the module (`--min-confidence possible` shows it)",
    ),
    "silenced": (
        NET + "net.register_forward_hook(lambda m, i, o: None)  # noqa: HKP201\n" + SCRIPT,
        "  HKP201 at silenced.py:10:27 is silenced by a `noqa` comment on its line",
    ),
    "ignored": (
        NET + ON_NET + SCRIPT,
        "  HKP204 at ignored.py:5:1 is not reported: `per-file-ignores` has its rule for this file",
    ),
    "unselected": (
        "net = torch.jit.script(nn.Linear(2, 2))\n" + ON_NET,
        "  HKP101 at unselected.py:10:1 is not reported: its rule is not selected (`select`, `ignore`)",
    ),
    "known": (
        NET + ON_NET + SCRIPT,
        "  HKP204 at known.py:5:1 is not reported: it is in the baseline known.json",
    ),
}
SETTINGS = """\
[tool.hookproof]
extend-exclude = ["old"]
ignore = ["HKP101"]
per-file-ignores = { "ignored.py" = ["HKP204"] }
baseline = "known.json"
"""
KNOWN = """\
{"version": 1, "findings": [{"path": "known.py", "code": "HKP204", "line": "def double(m, inputs, output):",
 "count": 1}]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    for name, (program, _) in PROGRAMS.items():
        (folder / f"{name}.py").write_text(HEAD + HOOK + program, "utf-8")
    (folder / "plain.py").write_text("x = 1\n", "utf-8")
    (folder / "broken.py").write_text(HEAD + "net.register_forward_hook(\n", "utf-8")
    (folder / "n.ipynb").write_text(made(HEAD + HOOK, PROGRAMS["reported"][0]), "utf-8")
    (folder / "old").mkdir()
    (folder / "old" / "a.py").write_text(HEAD, "utf-8")
    (folder / "pyproject.toml").write_text(SETTINGS, "utf-8")
    (folder / "known.json").write_text(KNOWN, "utf-8")
    return folder


def answer(folder: Path, place: str) -> list[str]:
    done = hookproof("check", "--explain-file", place, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_why_nothing_is_reported_of_a_hook(name: str, folder: Path) -> None:
    found, read, hook, *reasons = answer(folder, f"{name}.py:10")
    assert found == f"{name}.py: is found by `hookproof check .`"
    assert read == f"{name}.py: is parsed: a hook may be registered on line 10, by its text"
    assert hook.startswith(f"{name}.py:10: `register_forward_hook` of ")
    assert PROGRAMS[name][1] in reasons


def test_why_a_file_is_not_read(folder: Path) -> None:
    assert answer(folder, "plain.py") == [
        "plain.py: is found by `hookproof check .`",
        "plain.py: registers no hook and calls nothing that leaves eager mode, by its text, "
        "and is not parsed",
    ]
    assert answer(folder, "old/a.py")[0] == (
        "old/a.py: is excluded by `old` (as is all in old), so it is read only if it is given by name"
    )
    assert "cannot parse broken.py: line 5" in answer(folder, "broken.py")[1]


def test_a_line_without_a_hook_names_those_that_have_one(folder: Path) -> None:
    assert answer(folder, "reported.py:5")[-1] == "reported.py:5: HKP204 is reported (certain)"
    assert answer(folder, "reported.py:3")[-1] == (
        "reported.py:3: no hook is registered on this line; hooks are on line 10"
    )


def test_cells_of_notebooks_are_asked_about_by_their_number(folder: Path) -> None:
    *_, hook, said = answer(folder, "n.ipynb:cell 2:2")
    assert hook == "n.ipynb:cell 2:2: `register_forward_hook` of `double` on torch.nn.Linear"
    assert said == "  HKP204 at n.ipynb:cell 1:5:1 is reported (certain)"


def test_what_is_not_there_is_one_line(folder: Path) -> None:
    for place, reason in (("none.py:3", "no such file"), ("old", "is a folder")):
        done = hookproof("check", "--explain-file", place, cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert reason in done.stderr
