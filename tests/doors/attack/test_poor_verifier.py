"""`verify`, `run` and pytest where things are missing: one line, the right status, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hooked_project import environment, write_project
from left_behind import assert_nothing_left

_COMMAND = f"{sys.executable} -m hookproof"
_VERIFY = f"{_COMMAND} verify --no-cache -q --output-format concise --select HKP201"
_PROGRAM = "print('it ran')\n"
_TEST = "def test_it():\n    import torch\n\n    torch.nn.Linear(1, 1).register_forward_hook(print)\n"
# An interpreter for the worker that runs it where something fails from its so many-th call on.
_LESS = """
import errno, os, runpy, sys
real, calls = os.{name}, []
def refuse(*given, **more):
    calls.append(given)
    if len(calls) > {allowed}:
        raise OSError(errno.{error}, os.strerror(errno.{error}))
    return real(*given, **more)
os.{name} = refuse
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
_NO_SHARED_MEMORY = """
import errno, os, runpy, sys
real = os.stat
def stat(path, *given, **more):
    if str(path).startswith("/dev/shm"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
    return real(path, *given, **more)
def refuse(event, given):
    if event in ("open", "os.listdir", "os.scandir", "os.mkdir") and str(given[0]).startswith("/dev/shm"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", given[0])
os.stat = stat
sys.addaudithook(refuse)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
# What makes a `/dev` with the devices that every program needs, and nothing else.
_BARE_DEVICES = (
    "mount -t tmpfs none /mnt; for name in null zero full random urandom tty; do "
    ": > /mnt/$name; mount --bind /dev/$name /mnt/$name; done; ln -s /proc/self/fd /mnt/fd; "
    "mount --rbind /mnt /dev; test ! -e /dev/shm;"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("poor"), {"program.py": _PROGRAM, "test_it.py": _TEST})
    main = (folder / "pkg" / "main.py").read_text("utf-8")
    write_project(folder, {"pkg/größe.py": main, os.fsdecode(b"pkg/caf\xe9.py"): main})
    return folder


def in_shell(script: str, project: Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=project,
        env=environment(TMPDIR=str(temporary)),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=180,
        check=False,
    )
    assert_nothing_left(temporary)
    said = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    return subprocess.CompletedProcess(script, done.returncode, *said)


def lacking(name: str, error: str, allowed: int, folder: Path) -> str:
    """Return the path of an interpreter for the worker in which a function of `os` fails."""
    program = _LESS.format(name=name, error=error, allowed=allowed)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c {shlex.quote(program)} "$@"\n', "utf-8")
    python.chmod(0o700)
    return str(python)


# --- verify --------------------------------------------------------------------------------------------


def test_few_descriptors_odd_names_an_old_locale_and_no_stdin_change_no_verdict(
    project: Path, tmp_path: Path
) -> None:
    old = "LC_ALL=C LANG=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0"
    done = in_shell(f"ulimit -n 32; {old} {_VERIFY} -j8 pkg <&-", project, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    lines = sorted(done.stdout.splitlines())
    assert [line[:7] for line in lines] == ["pkg/caf", "pkg/gr\\", "pkg/mai"]
    assert all(line.endswith("(the program)]") for line in lines)


@pytest.mark.parametrize(
    ("streams", "status", "told"),
    [
        (">&-", 2, "hookproof: standard output is closed\n"),
        ("> /dev/full", 2, "hookproof: No space left on device\n"),
        ("<&- >&- 2>&-", 2, ""),
        ("| head -c 0; exit ${PIPESTATUS[0]}", 141, ""),
    ],
)
def test_verdicts_that_cannot_be_shown_are_one_line(
    streams: str, status: int, told: str, project: Path, tmp_path: Path
) -> None:
    done = in_shell(f"{_VERIFY} pkg/main.py {streams}", project, tmp_path)
    assert (done.returncode, done.stderr) == (status, told)


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("-f 0", "torch can't be asked here: No usable temporary directory found"),
        ("-v 300000", "has no usable torch (ImportError: libtorch_cpu.so: failed to map segment"),
    ],
)
def test_torch_that_cannot_be_asked_is_one_line(limit: str, told: str, project: Path, tmp_path: Path) -> None:
    done = in_shell(f"ulimit {limit}; {_VERIFY} pkg/main.py", project, tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert told in line


@pytest.mark.parametrize(
    ("name", "error", "told"),
    [("mkdir", "ENOSPC", "No space left on device"), ("fork", "EAGAIN", "Resource temporarily unavailable")],
)
def test_a_worker_that_cannot_begin_is_one_line(
    name: str, error: str, told: str, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    python = lacking(name, error, 0, tmp_path)
    done = in_shell(f"{_VERIFY} --python {python} pkg/main.py", project, tmp_path / "temporary")
    assert (done.returncode, done.stderr) == (2, f"hookproof: torch can't be asked here: {told}\n")


@pytest.mark.parametrize("allowed", [1, 2])
def test_a_worker_that_runs_out_of_processes_leaves_findings_open(
    allowed: int, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    python = lacking("fork", "EAGAIN", allowed, tmp_path)
    done = in_shell(f"{_VERIFY} --timeout 5 --python {python} pkg/main.py", project, tmp_path / "temporary")
    assert (done.returncode, done.stderr) == (1, "")
    assert "[inconclusive" in done.stdout


def test_without_shared_memory_every_verdict_is_the_same(project: Path, tmp_path: Path) -> None:
    """In a mount namespace whose `/dev` has none; where that cannot be had, Python finds none there."""
    (tmp_path / "temporary").mkdir()
    patched = tmp_path / "python"
    patched.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c {shlex.quote(_NO_SHARED_MEMORY)} "$@"\n', "utf-8"
    )
    patched.chmod(0o700)
    bare = f"{_BARE_DEVICES} exec {_VERIFY} pkg/main.py"
    script = (
        f"if unshare -rm true 2> /dev/null; then unshare -rm sh -ec '{bare}';"
        f"else {_VERIFY} --python {patched} pkg/main.py; fi"
    )
    without = in_shell(script, project, tmp_path / "temporary")
    usual = in_shell(f"{_VERIFY} pkg/main.py", project, tmp_path / "temporary")
    assert (without.returncode, without.stdout, without.stderr) == (1, usual.stdout, "")


# --- run and pytest ------------------------------------------------------------------------------------


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "<&-"])
def test_a_program_runs_whoever_hears_of_its_hooks(streams: str, project: Path, tmp_path: Path) -> None:
    # What Python itself keeps back must not be lost either.
    done = in_shell(f"unset PYTHONUNBUFFERED; {_COMMAND} run program.py {streams}", project, tmp_path)
    assert (done.returncode, done.stdout) == (0, "it ran\n")


@pytest.mark.parametrize("streams", [">&-", "<&- >&- 2>&-", "| head -c 0; exit ${PIPESTATUS[0]}"])
def test_a_program_ends_as_without_the_witness(streams: str, project: Path, tmp_path: Path) -> None:
    watched = in_shell(f"{_COMMAND} run -q program.py {streams}", project, tmp_path)
    alone = in_shell(f"{sys.executable} program.py {streams}", project, tmp_path)
    assert watched.returncode == alone.returncode


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("run -q -o /dev/full program.py", "hookproof: --output-file /dev/full: No space left on device\n"),
        ("run -q -o - program.py >&-", "hookproof: --output-file -: standard output is closed\n"),
    ],
)
def test_what_cannot_be_told_of_a_program_is_one_line(
    given: str, told: str, project: Path, tmp_path: Path
) -> None:
    done = in_shell(f"{_COMMAND} {given}", project, tmp_path)
    assert (done.returncode, done.stderr) == (2, told)


def test_a_report_that_cannot_be_written_fails_no_test(project: Path, tmp_path: Path) -> None:
    pytest_run = f"{sys.executable} -m pytest --hookproof --hookproof-report /dev/full -q -p no:cacheprovider"
    done = in_shell(f"ulimit -n 32; {pytest_run} test_it.py", project, tmp_path)
    assert done.returncode == 0
    assert "--hookproof-report /dev/full: No space left on device" in done.stdout


@pytest.mark.parametrize(
    "streams", [">&-", "<&- >&- 2>&-", "> /dev/full", "| head -c 0; exit ${PIPESTATUS[0]}"]
)
def test_a_suite_that_cannot_be_shown_ends_as_without_the_plugin(
    streams: str, project: Path, tmp_path: Path
) -> None:
    def ran(option: str) -> tuple[int, str]:
        command = f"{sys.executable} -m pytest {option} -q -p no:cacheprovider test_it.py {streams}"
        done = in_shell(command, project, tmp_path)
        return done.returncode, done.stderr.strip().rpartition("\n")[2]

    assert ran("--hookproof") == ran("")


def test_a_report_is_written_whether_the_tests_can_be_shown_or_not(project: Path, tmp_path: Path) -> None:
    report = project / "report.json"
    command = f"{sys.executable} -m pytest --hookproof-report {report} -q -p no:cacheprovider test_it.py"
    assert in_shell(f"{command} > /dev/full", project, tmp_path).returncode != 0
    assert len(json.loads(report.read_text("utf-8"))["registrations"]) == 1


def test_no_name_reaches_a_terminal_as_a_command(project: Path, tmp_path: Path) -> None:
    names = [os.fsdecode(name) for name in (b"e\x1b[2J\xe9.py", b"test_\x1b[2J.py", b"::error::test_x.py")]
    for name in names:
        (project / name).write_text(_TEST + "\n\ntest_it()\n", "utf-8")
    for name in names:
        done = in_shell(f"{_COMMAND} run {shlex.quote(name)}", project, tmp_path)
        assert done.returncode == 0
        assert "found there" in done.stderr or "met no entry point" in done.stderr
        assert re.search("[\x00-\x08\x0b-\x1f\x7f]", done.stderr) is None
        assert "\n::" not in f"\n{done.stderr}"
        (project / name).unlink()
