"""`hookproof verify` through its real door: exit status, formats, Ctrl-C, no torch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

import hookproof
from hooked_project import as_in_a_terminal
from hookproof.settings import VerifySettings
from left_behind import assert_nothing_left

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(hookproof.__file__).parents[1])}
PYTHON = ("--python", sys.executable)
PROJECT = """\
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.cache = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def remember(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.cache.append(output)


def main():
    model = Net()
    model.register_forward_hook(remember)
    torch.jit.script(model)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hookproof]\n")
    (tmp_path / "net.py").write_text(PROJECT)
    return tmp_path


def verify(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hookproof", "verify", "net.py", *arguments]
    return subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=120, check=False, env=ENVIRONMENT
    )


def test_says_that_it_executes_the_project_and_what_torch_said(project: Path) -> None:
    process = verify(project, "--output-format", "json", "--python", sys.executable, "--reproduce", "scripts")
    assert process.returncode == 1, process.stderr
    assert "executes the project's code" in process.stderr
    verdicts = [finding["verdict"] for finding in json.loads(process.stdout)["findings"]]
    assert [verdict["status"] for verdict in verdicts] == ["confirmed"]
    assert "has no attribute 'cache'" in verdicts[0]["error"]
    script = project / verdicts[0]["reproduction"]
    again = subprocess.run(
        [sys.executable, "-I", str(script)], cwd=project, capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "has no attribute 'cache'" in again.stderr


def test_a_row_for_each_interpreter_and_only_what_is_asked_for(project: Path) -> None:
    both = ("--python", sys.executable, "--python", sys.executable, "--output-format", "concise", "-q")
    process = verify(project, *both, "--only", "confirmed")
    assert process.returncode == 1
    assert len(process.stdout.splitlines()) == 2
    assert verify(project, *both, "--only", "refuted").stdout == ""


def test_without_torch_one_line_and_exit_2(project: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(project / "bare")], check=True)
    process = verify(project, "-q", "--python", str(project / "bare" / "bin" / "python"))
    assert process.returncode == 2
    assert process.stdout == ""
    (line,) = process.stderr.splitlines()
    assert "has no usable torch" in line
    assert "--python" in line


def test_help_says_plainly_that_code_is_executed(project: Path) -> None:
    assert "EXECUTES THE PROJECT'S CODE" in " ".join(verify(project, "--help").stdout.split())


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_a_run_that_is_ended_leaves_nothing_behind(number: int, status: int, project: Path) -> None:
    marker, temporary = project / "marker", project / "temporary"
    temporary.mkdir()
    (project / "pyproject.toml").write_text('[tool.hookproof.verify]\nwritable = ["."]\n')
    start = f"import time\nimport torch\nopen({str(marker)!r}, 'w').write('x')\ntime.sleep(60)\n"
    (project / "net.py").write_text(PROJECT.replace("import torch\n", start, 1))
    command = [
        sys.executable,
        "-m",
        "hookproof",
        "verify",
        "net.py",
        "--output-format",
        "concise",
        "--python",
        sys.executable,
    ]
    process = subprocess.Popen(
        command,
        cwd=project,
        env={**ENVIRONMENT, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=as_in_a_terminal,
    )
    deadline = time.monotonic() + 60
    while not marker.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == status, errors
    assert "Traceback" not in errors
    if number == signal.SIGINT:
        assert "inconclusive" in output
        assert "interrupted" in errors
    assert_nothing_left(temporary)


def test_what_a_comment_silences_is_not_put_to_torch(project: Path) -> None:
    file = project / "net.py"
    file.write_text(PROJECT.replace("append(output)", "append(output)  # noqa: HKP302"))
    process = verify(project, "--python", sys.executable)
    assert (process.returncode, process.stdout) == (0, "")
    assert "Nothing found, so nothing was checked against torch" in process.stderr


def test_a_relative_interpreter_is_relative_to_where_it_is_named(project: Path) -> None:
    (project / ".venv" / "bin").mkdir(parents=True)
    python = project / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    quietly = ("-q", "--output-format", "concise", "--statistics")
    named = verify(project, "--python", ".venv/bin/python", *quietly)
    assert (named.returncode, named.stderr) == (1, "")
    (project / "pyproject.toml").write_text('[tool.hookproof.verify]\npython = [".venv/bin/python"]\n')
    (project / "below").mkdir()
    command = [sys.executable, "-m", "hookproof", "verify", "../net.py", *quietly]
    below = subprocess.run(
        command, cwd=project / "below", env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (below.returncode, below.stdout, below.stderr) == (1, named.stdout, "")
    missing = verify(project, "--python", "venv/bin/python", "-q")
    assert missing.returncode == 2
    assert "venv/bin/python can't be started" in missing.stderr


def test_the_options_of_check_mean_the_same(project: Path) -> None:
    counted = verify(project, *PYTHON, "-q", "--statistics", "--exit-zero")
    assert (counted.returncode, counted.stdout) == (0, "1 HKP302 unscriptable-attribute\n")
    assert (project / ".hookproof_cache").exists()
    subprocess.run(
        [sys.executable, "-m", "hookproof", "check", "--write-baseline", "known.json"],
        cwd=project,
        env=ENVIRONMENT,
        check=True,
    )
    known = verify(project, *PYTHON, "--baseline", "known.json")
    assert (known.returncode, known.stdout) == (0, "")
    assert "nothing was checked against torch" in known.stderr


def test_no_cache_is_written_where_none_is_wanted(project: Path) -> None:
    assert verify(project, *PYTHON, "-q", "--no-cache").returncode == 1
    assert not (project / ".hookproof_cache").exists()


@pytest.mark.parametrize(
    ("source", "fail_on", "status"),
    [
        (PROJECT, "confirmed", 1),
        ("raise OSError\n" + PROJECT, "confirmed", 0),
        ("raise OSError\n" + PROJECT, "any", 1),
    ],
)
def test_fail_on_says_which_verdicts_count(source: str, fail_on: str, status: int, project: Path) -> None:
    (project / "net.py").write_text(source)
    assert verify(project, *PYTHON, "-q", "--fail-on", fail_on).returncode == status


def test_lines_say_how_far_it_is_where_there_is_no_terminal(project: Path) -> None:
    (project / "net.py").write_text(f"import time\ntime.sleep(6)\n{PROJECT}")
    process = verify(project, *PYTHON)
    assert "checked 0 of 1 findings against torch\n" in process.stderr


ODD = """\
import torch
from torch import nn


class Odd(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.fc = nn.Linear(sizes["in"], 3)
        self.scale = 2.0

    def forward(self, x):
        assert len(x) == 17
        return self.fc(x)


def show(module, input, output):
    print(module.scale)


def trace(model: Odd, x):
    traced = torch.jit.trace(model, x)
    traced.register_forward_hook(show)
    return traced
"""
MAKERS = """\
import torch, net
sizes = {"in": 7}
make = lambda: net.Odd(sizes)
inputs = lambda: (torch.zeros(17, 7),)


def test_trace(tmp_path):
    net.trace(make(), *inputs())(*inputs())
"""
UNLESS_WRITABLE = """\
import os
if not os.access(os.path.dirname(os.path.abspath(__file__)), os.W_OK):
    raise OSError("nothing can be written here")
"""
# key: what the table has in any case, what is added, the file that is verified.
TABLE = {
    "factories": (
        'inputs = {"net:Odd" = "makers:inputs"}',
        'factories = {"net:Odd" = "makers:make"}',
        ODD,
    ),
    "inputs": ('factories = {"net:Odd" = "makers:make"}', 'inputs = {"net:Odd" = "makers:inputs"}', ODD),
    "tests": ("", 'tests = ["makers.py::test_trace"]', ODD),
    "python": ("", 'python = ["no-such-python"]', PROJECT),
    "timeout": ("", "timeout = 1", f"import time\ntime.sleep(2)\n{PROJECT}"),
    "writable": ("", 'writable = ["."]', UNLESS_WRITABLE + PROJECT),
    "memory": ("", "memory = 64", f"much = bytearray(500_000_000)\n{PROJECT}"),
}


def test_every_key_of_the_table_is_walked() -> None:
    assert set(TABLE) == {field.encode_name for field in msgspec.structs.fields(VerifySettings)}


@pytest.mark.parametrize("key", TABLE)
def test_a_key_of_the_table_changes_what_torch_is_asked(key: str, project: Path) -> None:
    always, added, source = TABLE[key]
    (project / "net.py").write_text(source)
    (project / "makers.py").write_text(MAKERS)
    answers = []
    for table in (always, f"{always}\n{added}"):
        (project / "pyproject.toml").write_text(f"[tool.hookproof.verify]\n{table}\n")
        process = verify(project, "--output-format=json", *([] if key == "python" else PYTHON))
        assert "Traceback" not in process.stderr
        findings = json.loads(process.stdout)["findings"] if process.returncode < 2 else []
        answers.append([each["verdict"]["status"] for each in findings])
    expected = {"python": [["confirmed"], []], "timeout": [["confirmed"], ["inconclusive"]]}
    wanted = {"memory": expected["timeout"], **expected}.get(key, [["inconclusive"], ["confirmed"]])
    assert answers == wanted
