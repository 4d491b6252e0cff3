"""Full disks, few descriptors, little memory, no processes, no shared memory, closed streams, old locales."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hooked_project import environment, hookproof, write_project

_COMMAND = f"{sys.executable} -m hookproof"
_COMMANDS = {
    "check": "check --no-cache -q --output-format concise .",
    "check as SARIF": "check --no-cache -q --output-format sarif .",
    "check in full": "check --no-cache -q .",
    "hooks": "hooks --no-cache -q .",
    "the page": "hooks --no-cache -q --output-format html .",
    "rules": "rules",
    "explain": "explain HKP302",
    "help": "check --help",
    "settings": "check --show-settings .",
    "files": "check --show-files .",
}
# Runs the command where an audit hook or a patch takes something away from it.
_WITHOUT = """
import errno, os, sys
{}
from hookproof.__main__ import run
run()
"""
_NO_SHARED_MEMORY = _WITHOUT.format("""
def refuse(event, given):
    if event in ("open", "os.listdir", "os.scandir", "os.mkdir") and str(given[0]).startswith("/dev/shm"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", given[0])
sys.addaudithook(refuse)""")
_NO_PROCESSES = _WITHOUT.format("""
import subprocess
def refuse(*_, **__):
    raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
os.fork = os.posix_spawn = subprocess._fork_exec = subprocess._posixsubprocess = refuse
subprocess._USE_POSIX_SPAWN = subprocess._USE_VFORK = False
refuse.fork_exec = refuse""")
_FULL_DISK = _WITHOUT.format("""
import builtins
real_open, real_write = os.open, os.write
def refuse(path, flags, *rest, **more):
    if flags & os.O_WRONLY:
        raise OSError(errno.ENOSPC, "No space left on device", path)
    return real_open(path, flags, *rest, **more)
os.open = refuse""")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with findings and, below `many`, one whose output no pipe holds."""
    folder = write_project(tmp_path_factory.mktemp("poor"))
    main = (folder / "pkg" / "main.py").read_text("utf-8")
    many = write_project(folder / "many", {f"pkg/main{number}.py": main for number in range(300)})
    (many / "pkg" / "größe.py").write_text(main, "utf-8")
    return folder


def in_shell(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", script.replace("HOOKPROOF", _COMMAND)],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    return subprocess.CompletedProcess(script, done.returncode, *said)


def python(program: str, arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return in_shell(f"{sys.executable} -c {shlex.quote(program)} {arguments}", folder)


@pytest.mark.parametrize("name", _COMMANDS)
def test_closed_stdout_is_one_line(name: str, project: Path) -> None:
    done = in_shell(f"HOOKPROOF {_COMMANDS[name]} >&-", project)
    assert (done.returncode, done.stderr) == (2, "hookproof: standard output is closed\n")


@pytest.mark.parametrize("name", _COMMANDS)
def test_full_stdout_is_one_line(name: str, project: Path) -> None:
    done = in_shell(f"HOOKPROOF {_COMMANDS[name]} > /dev/full", project)
    assert (done.returncode, done.stderr) == (2, "hookproof: No space left on device\n")


@pytest.mark.parametrize("name", _COMMANDS)
def test_all_streams_closed_ends_all_the_same(name: str, project: Path) -> None:
    assert in_shell(f"HOOKPROOF {_COMMANDS[name]} <&- >&- 2>&-", project).returncode == 2


@pytest.mark.parametrize("name", ["check", "check in full", "hooks", "the page"])
def test_a_reader_that_goes_away_is_no_error_to_tell_of(name: str, project: Path) -> None:
    """The output is larger than a pipe, and the reader is gone before it comes."""
    done = in_shell(
        f"(sleep 0.1; HOOKPROOF {_COMMANDS[name]}) | head -c 0; exit ${{PIPESTATUS[0]}}", project / "many"
    )
    assert (done.returncode, done.stderr) == (141, "")


def test_the_first_line_is_all_that_head_wants(project: Path) -> None:
    done = in_shell(f"HOOKPROOF {_COMMANDS['check']} | head -1; exit ${{PIPESTATUS[0]}}", project / "many")
    assert done.returncode in (1, 141)  # as quick as `head` is
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


@pytest.fixture(scope="module")
def enough(project: Path) -> str:
    """Return what is found in many files where nothing is missing."""
    found = in_shell(f"HOOKPROOF {_COMMANDS['check']}", project / "many")
    assert len(found.stdout) > 30_000
    return found.stdout


@pytest.mark.parametrize(("descriptors", "jobs"), [(10, 64), (10, 1), (32, 8), (32, 64)])
def test_few_descriptors_change_nothing(descriptors: int, jobs: int, enough: str, project: Path) -> None:
    few = in_shell(f"ulimit -n {descriptors}; HOOKPROOF {_COMMANDS['check']} -j{jobs}", project / "many")
    assert (few.returncode, few.stdout, few.stderr) == (1, enough, "")


def test_little_memory_is_one_line(enough: str, project: Path) -> None:
    """From what Python needs to start upwards; of some it dies itself, silently.

    None hangs, as Python's parser does where its memory ends amid an expression.
    """
    for kilobytes in range(24_000, 64_000, 2_500):
        done = in_shell(f"ulimit -v {kilobytes}; HOOKPROOF {_COMMANDS['check']} -j1", project / "many")
        if done.returncode == 1 and done.stdout:
            assert (done.stdout, done.stderr) == (enough, "")
        elif done.returncode not in (-signal.SIGSEGV, 128 + signal.SIGSEGV):
            assert done.returncode == 2
            assert done.stderr == "" or "emory" in done.stderr
            assert "Traceback" not in done.stderr


def test_a_file_too_large_for_the_memory_that_is_left_is_told_alone(project: Path, tmp_path: Path) -> None:
    """Its parser would hang where its memory ends; the other file has enough."""
    main = (project / "pkg" / "main.py").read_text("utf-8")
    write_project(tmp_path, {"pkg/large.py": main + "value = [f(g[0](1), (2, 3)) for x in y]\n" * 20_000})
    done = in_shell(f"ulimit -v 64000; HOOKPROOF {_COMMANDS['check']} -j1", tmp_path)
    assert (done.returncode, "pkg/main.py" in done.stdout) == (2, True)
    assert re.search(r"cannot analyse pkg/large.py: (line 1: )?not enough memory", done.stderr)


@pytest.mark.parametrize("name", ["check", "hooks"])
def test_without_processes_the_work_is_done_alone(name: str, project: Path) -> None:
    given = _COMMANDS[name] + (" -j8" if name == "check" else "")
    alone, usual = (
        python(_NO_PROCESSES, given, project / "many"),
        hookproof(*given.split(), cwd=project / "many"),
    )
    assert (alone.returncode, alone.stdout, alone.stderr) == (usual.returncode, usual.stdout, "")


def test_without_processes_torch_is_not_asked(project: Path) -> None:
    done = python(_NO_PROCESSES, "verify --no-cache -q .", project)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("hookproof: ")]
    assert "can't be started (Resource temporarily unavailable)" in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["check", "hooks"])
def test_without_shared_memory_nothing_changes(name: str, project: Path) -> None:
    given = _COMMANDS[name]
    without, usual = python(_NO_SHARED_MEMORY, given, project), hookproof(*given.split(), cwd=project)
    assert (without.returncode, without.stdout, without.stderr) == (usual.returncode, usual.stdout, "")


def test_a_full_disk_costs_the_cache_only(project: Path) -> None:
    usual = hookproof("check", "--no-cache", "-q", "--output-format=concise", cwd=project)
    done = python(_FULL_DISK, "check -q --output-format concise .", project)
    assert (done.returncode, done.stdout, done.stderr) == (1, usual.stdout, "")
    assert not (project / ".hookproof_cache" / "facts.msgpack").exists()


@pytest.mark.parametrize(
    ("option", "path"),
    [("--output-file", "out.txt"), ("--write-baseline", "known.json"), ("--add-noqa .", "pkg/hooks.py")],
)
def test_a_full_disk_is_one_line_for_what_should_be_written(option: str, path: str, project: Path) -> None:
    before = sorted(project.rglob("*.py*"))
    given = option if " " in option else f"{option} {path} ."
    done = python(_FULL_DISK, f"check --no-cache -q --output-format concise {given}", project)
    assert done.returncode == 2
    told = [line for line in done.stderr.splitlines() if "No space left on device" in line and path in line]
    assert told
    assert "Traceback" not in done.stderr
    assert sorted(project.rglob("*.py*")) == before
    assert not (project / "out.txt").exists()


@pytest.mark.parametrize(
    "output_format", ["full", "concise", "grouped", "json", "sarif", "junit", "gitlab", "github"]
)
def test_an_old_locale_shows_what_it_can(output_format: str, project: Path) -> None:
    old = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    done = in_shell(
        f"HOOKPROOF check --no-cache -q --output-format {output_format} pkg", project / "many", **old
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "HKP201" in done.stdout
    assert "gr" in done.stdout
