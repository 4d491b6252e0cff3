"""Bad input through the real command: a clear line on stderr, exit 2, and everything else still reported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hooked_project import FILES, FOUND, environment, hookproof, locations, write_project

CONCISE = "--output-format=concise"
HOOK = "m.register_forward_hook(h)\n"


def check_with(tmp_path: Path, name: str, content: str | bytes) -> subprocess.CompletedProcess[str]:
    write_project(tmp_path, {name: content})
    return hookproof("check", CONCISE, "-q", cwd=tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("def f(m):\n    m.register_forward_hook(h)\n    return (:\n", "line 3"),
        ("def f(m):\n    x = (\n    m.register_forward_hook(h)\n", ""),
        ("def f(m):\n\tm.register_forward_hook(h)\n        y\n", ""),
        (HOOK.encode() + b"x = '\xff\xfe'\n", "utf-8"),
        (b"# coding: no-such-codec\n" + HOOK.encode(), "no-such-codec"),
        (b"# coding: ascii\nx = '\xe9'\n" + HOOK.encode(), "ascii"),
        (HOOK.encode() + b"x = 1\x00\n", "null byte"),
        (HOOK.encode("utf-16"), "utf-16"),
        (HOOK.encode("utf-32"), "utf-32"),
    ],
    ids=["syntax", "unclosed", "tabs", "undecodable", "unknown codec", "not ascii", "null", "wide", "wider"],
)
def test_what_is_not_python_is_told_and_the_rest_reported(
    content: str | bytes, told: str, tmp_path: Path
) -> None:
    done = check_with(tmp_path, "pkg/bad.py", content)
    assert locations(done.stdout) == FOUND
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "pkg/bad.py" in line
    assert told in line
    machine = json.loads(hookproof("check", "--output-format=json", cwd=tmp_path).stdout)
    assert [failure["path"] for failure in machine["files"]["failed"]] == ["pkg/bad.py"]
    assert len(machine["findings"]) == len(FOUND)


@pytest.mark.parametrize(
    "unused",
    ["def unused():\n    return 1 +\n", "class Unused:\n    x = = 1\n", "unused = )\n", 'unused = "\\x0"\n'],
)
def test_an_error_where_nobody_looks_is_told_too(unused: str, tmp_path: Path) -> None:
    hooks = FILES["pkg/hooks.py"]
    done = check_with(tmp_path, "pkg/hooks.py", f"{hooks}\n\n{unused}")
    assert locations(done.stdout) >= FOUND - {("pkg/hooks.py", 7, 5, "HKP302")}
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    at = hooks.count("\n") + 3 + unused.rstrip().count("\n")
    assert line.startswith(f"cannot parse pkg/hooks.py: line {at}: ")


def test_a_bad_file_that_nobody_gave_does_not_fail_a_good_one(tmp_path: Path) -> None:
    write_project(tmp_path, {"pkg/bad.py": HOOK + "def f(:\n"})
    done = hookproof("check", CONCISE, "-q", "pkg/hooks.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert locations(done.stdout) == {("pkg/hooks.py", 7, 5, "HKP302")}


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 400 + "1" + ")" * 400,
        "[" * 150 + "]" * 150,
        "-" * 3000 + "1",
        " + ".join(["x"] * 5000),
        "x" + ".f()" * 2000,
        " ".join(["'a'"] * 5000),
        "0" + "".join(f"\n{'if' if not n else 'elif'} x == {n}: pass" for n in range(2000)),
        "0" + "".join(f"\n{' ' * n}if x:" for n in range(99)) + f"\n{' ' * 99}pass",
    ],
    ids=["parentheses", "lists", "signs", "sum", "chain", "strings", "elifs", "indents"],
)
def test_very_deep_code_is_analysed_or_told(expression: str, tmp_path: Path) -> None:
    done = check_with(tmp_path, "pkg/deep.py", f"x = 1\n{HOOK}y = {expression}\n")
    assert locations(done.stdout) == FOUND
    if done.returncode == 1:
        assert done.stderr == ""
    else:
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert "pkg/deep.py" in line
        assert "Traceback" not in line


def test_very_large_files_are_analysed(tmp_path: Path) -> None:
    hooks = "import torch\n\n\ndef h(m, i, o):\n    pass\n\n\nm = torch.nn.Linear(1, 1)\n"
    long_line = f"data = '{'x' * 5_000_000}'\n"
    many = "".join(f"def f{n}(a, b):\n    return a + b * {n}\n\n\n" for n in range(20_000))
    done = check_with(tmp_path, "pkg/large.py", hooks + long_line + many + HOOK)
    assert locations(done.stdout) == FOUND
    assert (done.returncode, done.stderr) == (1, "")


def test_links_in_a_circle_and_to_nowhere(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "pkg" / "loop").symlink_to(tmp_path)
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "pkg" / "gone.py").symlink_to(tmp_path / "no such file.py")
    done = hookproof("check", CONCISE, "-q", cwd=tmp_path)
    assert locations(done.stdout) == FOUND
    assert "Traceback" not in done.stderr
    assert all("gone.py" in line for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    "name", ["with space.py", "größe.py", "日本.py", "a'b\"c.py", "[x]*.py", "-dash.py", "new\nline.py"]
)
def test_any_file_name(name: str, tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "pkg" / "hooks.py").rename(tmp_path / "pkg" / name)
    main = tmp_path / "pkg" / "main.py"
    main.write_text(main.read_text("utf-8").replace("net.register_forward_hook(count)\n", "pass\n"), "utf-8")
    text = (tmp_path / "pkg" / name).read_text("utf-8")
    (tmp_path / "pkg" / name).write_text(
        text + "\n\nimport torch\n\ntorch.jit.script(torch.nn.ReLU()).register_forward_hook(count)\n", "utf-8"
    )
    for output_format in ("json", "sarif", "junit", "gitlab", "full", "github"):
        done = hookproof("check", f"--output-format={output_format}", "-q", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (1, "")
        assert "HKP101" in done.stdout
    found = json.loads(hookproof("check", "--output-format=json", cwd=tmp_path).stdout)["findings"]
    assert f"pkg/{name}" in {each["path"] for each in found}
    alone = hookproof("check", CONCISE, "-q", "--", f"pkg/{name}", cwd=tmp_path)
    assert alone.returncode == 1


def test_a_name_that_is_not_text(tmp_path: Path) -> None:
    write_project(tmp_path)
    bad = os.path.join(os.fsencode(tmp_path), b"pkg", b"caf\xe9.py")
    with open(bad, "wb") as stream:
        stream.write(b"import torch\n\ntorch.jit.script(torch.nn.ReLU()).register_forward_hook(print)\n")
    for output_format in ("concise", "json", "sarif", "junit", "full"):
        done = hookproof("check", f"--output-format={output_format}", "-q", cwd=tmp_path)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "HKP101" in done.stdout


def test_paths_that_are_not_there_or_hold_nothing(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "empty").mkdir()
    missing = hookproof("check", CONCISE, "-q", "no such.py", "pkg", "", cwd=tmp_path)
    assert missing.returncode == 2
    assert locations(missing.stdout) == FOUND
    assert "no such.py: No such file or directory" in missing.stderr.splitlines()
    assert len(missing.stderr.splitlines()) == 2
    empty = hookproof("check", "empty", cwd=tmp_path)
    assert (empty.returncode, empty.stderr) == (0, "No Python files under the given paths\n")


def test_more_levels_of_indentation_than_python_takes(tmp_path: Path) -> None:
    nested = "".join(f"{' ' * n}if x:\n" for n in range(1000)) + " " * 1000 + HOOK
    done = check_with(tmp_path, "pkg/deep.py", nested)
    assert locations(done.stdout) == FOUND
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "pkg/deep.py: line 101: too many levels of indentation" in line


@pytest.mark.parametrize("given", ["pkg/pipe.py", "/dev/zero"])
def test_what_may_never_end_is_not_read(given: str, tmp_path: Path) -> None:
    write_project(tmp_path)
    os.mkfifo(tmp_path / "pkg" / "pipe.py")
    done = hookproof("check", CONCISE, "-q", given, "pkg", cwd=tmp_path)
    assert locations(done.stdout) == FOUND
    assert (done.returncode, done.stderr) == (2, f"{given}: Not a regular file\n")


def test_a_pipe_beside_a_file_of_no_project_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "alone.py").write_text(HOOK, "utf-8")
    done = hookproof("check", CONCISE, "-q", "alone.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    write_project(tmp_path, {"pkg/secret.py": HOOK, "locked/a.py": HOOK})
    (tmp_path / "pkg" / "secret.py").chmod(0)
    (tmp_path / "locked").chmod(0)
    command = [sys.executable, "-m", "hookproof", "check", CONCISE, "-q"]
    if os.geteuid() == 0:
        # Root may read everything; a fault in reading is all the same to the command, so it is put there.
        program = (
            "import builtins, os, sys; real, scan = open, os.scandir\n"
            "def refuse(path, *a, **k):\n"
            "    if 'secret' in str(path): raise PermissionError(13, 'Permission denied', path)\n"
            "    return real(path, *a, **k)\n"
            "def deny(path='.'):\n"
            "    if 'locked' in str(path): raise PermissionError(13, 'Permission denied', path)\n"
            "    return scan(path)\n"
            "builtins.open, os.scandir = refuse, deny\n"
            f"sys.argv = ['hookproof', 'check', '{CONCISE}', '-q']\n"
            "from hookproof.cli import main; main()\n"
        )
        command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    (tmp_path / "locked").chmod(0o755)
    assert locations(done.stdout) == FOUND
    assert done.returncode == 2
    told = sorted(done.stderr.splitlines())
    assert len(told) == 2
    assert "locked" in told[1] or "locked" in told[0]
    assert all("Permission denied" in line for line in told)
