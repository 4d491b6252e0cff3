"""Torch runs each program that `data/repairs.txt` says a repair makes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from repair_programs import CHANGED, HEAD, PROGRAMS

_RUNS = """
import json, os, runpy, sys, traceback
import torch, torch.export, torch.fx
answers = {}
for path in sys.argv[1:]:
    read, write = os.pipe()
    if not os.fork():
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            runpy.run_path(path, run_name="__main__")
            said = "ran"
        except BaseException:
            said = traceback.format_exc()
        os.write(write, said.encode()[-4000:])
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        answers[path] = pipe.read().decode()
    os.wait()
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what came of the programs, by their names."""
    folder = tmp_path_factory.mktemp("programs")
    paths: dict[str, str] = {}
    for number, name in enumerate(CHANGED):
        path = folder / f"program_{number}.py"
        path.write_text(HEAD + PROGRAMS[name].partition("--- becomes\n")[2])
        paths[str(path)] = name
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _RUNS, *paths], capture_output=True, cwd=folder, check=True
    )
    return {paths[path]: said for path, said in json.loads(done.stdout).items()}


@pytest.mark.parametrize("name", CHANGED)
def test_torch_runs_what_a_repair_makes(name: str, answers: dict[str, str]) -> None:
    assert answers[name] == "ran"
