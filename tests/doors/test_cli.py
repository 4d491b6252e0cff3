"""The command line: exit status, what goes to which stream, and every option of `check`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from hooked_project import (
    FILES,
    FOUND,
    ROOT,
    as_in_a_terminal,
    environment,
    hookproof,
    locations,
    write_project,
)
from hookproof import __version__
from hookproof.rules import registry

CONCISE = "--output-format=concise"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text("import torch\n\n\ndef f(x):\n    return torch.relu(x)\n")
    return tmp_path


def test_findings_on_stdout_status_on_stderr_exit_one(project: Path) -> None:
    done = hookproof("check", CONCISE, cwd=project)
    assert locations(done.stdout) == FOUND
    assert done.returncode == 1
    assert re.match(
        r"Found 2 errors \(4 files checked, \d parsed, \d+\.\d s\)\ntorch warns that .*\nNext: ", done.stderr
    )


def test_nothing_found_is_zero(clean: Path) -> None:
    done = hookproof("check", cwd=clean)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("Nothing found (1 file checked")


def test_one_file_gets_the_findings_of_the_whole_project(project: Path) -> None:
    alone = hookproof("check", CONCISE, "pkg/hooks.py", cwd=project)
    assert locations(alone.stdout) == {("pkg/hooks.py", 7, 5, "HKP302")}
    elsewhere = hookproof("check", CONCISE, "hooks.py", cwd=project / "pkg")
    assert locations(elsewhere.stdout) == {("hooks.py", 7, 5, "HKP302")}


def test_stdin_takes_the_location_of_a_file(project: Path) -> None:
    changed = FILES["pkg/hooks.py"].replace("m.cache", "# moved\n    m.cache").encode()
    done = hookproof("check", CONCISE, "-", "--stdin-filename=pkg/hooks.py", cwd=project, stdin=changed)
    assert locations(done.stdout) == {("pkg/hooks.py", 8, 5, "HKP302")}
    full = hookproof("check", "-", "--stdin-filename=pkg/hooks.py", cwd=project, stdin=changed)
    assert "8 |     m.cache.append(1)\n" in full.stdout
    nameless = hookproof("check", "-", cwd=project, stdin=b"x = 1\n")
    assert nameless.returncode == 0
    assert "1 file checked" in nameless.stderr
    broken = hookproof("check", "-", cwd=project, stdin=b"m.register_forward_hook(\n")
    assert broken.returncode == 2
    assert "stdin.py" in broken.stderr


@pytest.mark.parametrize(("command", "name"), [("check", "findings"), ("hooks", "hooks")])
def test_json_is_valid_and_repeats_to_the_byte(command: str, name: str, project: Path) -> None:
    first, second = (hookproof(command, "--output-format=json", cwd=project).stdout for _ in range(2))
    assert first == second
    schema = json.loads(
        files("hookproof.output").joinpath("schemas", f"{name}.schema.json").read_text("utf-8")
    )
    jsonschema.Draft202012Validator(schema).validate(json.loads(first))
    assert len(json.loads(first)[name]) == 2


def test_output_file(project: Path) -> None:
    done = hookproof("check", CONCISE, "--output-file=out.txt", cwd=project, FORCE_COLOR="1")
    assert done.stdout == ""
    assert done.returncode == 1
    assert locations((project / "out.txt").read_text("utf-8")) == FOUND
    full = hookproof("check", "-o", "full.txt", cwd=project, FORCE_COLOR="1")
    assert full.returncode == 1
    assert "\x1b" not in (project / "full.txt").read_text("utf-8")
    nowhere = hookproof("check", "-o", "no/such/folder", cwd=project)
    assert nowhere.returncode == 2
    assert nowhere.stderr.startswith("hookproof: --output-file no/such/folder: ")


def test_statistics_exit_zero_and_quiet(project: Path) -> None:
    counted = hookproof("check", "--statistics", cwd=project)
    assert counted.stdout == "1 HKP201 lambda-hook\n1 HKP302 unscriptable-attribute\n"
    assert counted.returncode == 1
    calm = hookproof("check", CONCISE, "--exit-zero", "--quiet", cwd=project)
    assert (calm.returncode, calm.stderr) == (0, "")
    assert locations(calm.stdout) == FOUND
    failing = hookproof("check", "--exit-zero", "--quiet", "missing.py", cwd=project)
    assert (failing.returncode, failing.stderr) == (2, "missing.py: No such file or directory\n")


def test_colours_only_where_they_are_wanted(project: Path) -> None:
    assert "\x1b[" not in hookproof("check", cwd=project).stdout
    assert "\x1b[" in hookproof("check", cwd=project, FORCE_COLOR="1").stdout
    assert "\x1b[" not in hookproof("check", cwd=project, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_noqa_comments_silence_are_reported_unused_and_are_added(project: Path) -> None:
    (project / "pkg" / "net.py").write_text(FILES["pkg/net.py"] + "\n\nx = 1  # noqa: HKP101\n")
    (project / "pkg" / "other.py").write_text("x = 1  # noqa : HKP302\n# hookproof: noqa: HKP303\n")
    added = hookproof("check", "--add-noqa", cwd=project)
    assert added.returncode == 0
    assert added.stderr == "Added noqa comments for 2 findings\n"
    assert "m.cache.append(1)  # noqa: HKP302\n" in (project / "pkg" / "hooks.py").read_text("utf-8")
    done = hookproof("check", CONCISE, "-q", cwd=project)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    strict = hookproof("check", CONCISE, "-q", "--warn-unused-noqa", cwd=project)
    assert strict.returncode == 1
    assert strict.stderr.splitlines() == [
        "pkg/other.py:1:8: malformed noqa: no code follows `noqa` directly, so this silences every code",
        "pkg/net.py:14:8: unused `noqa: HKP101`",
        "pkg/other.py:2:20: unused `noqa: HKP303`",
    ]


def test_a_baseline_hides_what_is_known_and_shows_what_is_new(project: Path) -> None:
    written = hookproof("check", "--write-baseline=known.json", cwd=project)
    assert (written.returncode, written.stdout) == (0, "")
    hidden = hookproof("check", "--baseline=known.json", cwd=project)
    assert (hidden.returncode, hidden.stdout) == (0, "")
    hooks = project / "pkg" / "hooks.py"
    hooks.write_text("# moved\n" + FILES["pkg/hooks.py"] + "    m.cache.append(1)\n")
    shown = hookproof("check", CONCISE, "--baseline=known.json", cwd=project)
    assert locations(shown.stdout) == {("pkg/hooks.py", 9, 5, "HKP302")}
    for content in ("{", '{"version": 2, "findings": []}', None):
        file = project / "bad.json"
        if content is None:
            file.unlink()
        else:
            file.write_text(content)
        bad = hookproof("check", "--baseline=bad.json", cwd=project)
        assert (bad.returncode, len(bad.stderr.splitlines())) == (2, 1)
        assert "bad.json" in bad.stderr


def test_possible_findings_are_counted_and_can_be_asked_for(clean: Path) -> None:
    (clean / "lib.py").write_text(
        "def watch(model, seen):\n    for m in model.modules():\n        m.register_forward_hook(seen)\n"
    )
    silent = hookproof("check", CONCISE, cwd=clean)
    assert (silent.stdout, silent.returncode) == ("", 0)
    assert "possible finding" in silent.stderr
    for option in ("--assume-scripted", "--min-confidence=possible"):
        shown = hookproof("check", CONCISE, option, ".", cwd=clean)
        assert locations(shown.stdout) == {("lib.py", 3, 9, "HKP120")}
        assert "hidden" not in shown.stderr


def test_hooks_in_every_format_and_with_filters(project: Path) -> None:
    table = hookproof("hooks", cwd=project)
    assert table.returncode == 0
    assert "pkg/main.py:9:5" in table.stdout
    assert table.stderr.startswith("2 registrations (4 files checked")
    page = hookproof("hooks", "--output-format=html", cwd=project).stdout
    assert page.startswith("<!DOCTYPE html>")
    assert "HKP302" in page
    for option, left in (
        ("--form=lambda", 1),
        ("--module-class=pkg.net.Net", 1),
        ("--world=compiled", 2),
        ("--world=traced", 0),
    ):
        listed = json.loads(hookproof("hooks", "--output-format=json", option, cwd=project).stdout)
        assert len(listed["hooks"]) == left, option


def test_explain_and_rules(tmp_path: Path) -> None:
    for name in ("HKP302", "hkp302", "unscriptable-attribute"):
        page = hookproof("explain", name, cwd=tmp_path)
        assert page.stdout.startswith("# HKP302 unscriptable-attribute\n")
        assert "## Use instead" in page.stdout
    unknown = hookproof("explain", "HKP999", cwd=tmp_path)
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == "hookproof: no rule is called `HKP999` (`hookproof rules` lists them)\n"
    listed = json.loads(hookproof("rules", "--output-format=json", cwd=tmp_path).stdout)
    assert [rule["code"] for rule in listed] == list(registry.codes())
    table = hookproof("rules", "HKP3", cwd=tmp_path).stdout
    assert set(re.findall(r"HKP\d{3}", table)) == set(registry.codes("HKP3"))
    markdown = hookproof("rules", "--output-format=markdown", cwd=tmp_path).stdout
    assert set(re.findall(r"^\| (HKP\d{3})", markdown, re.MULTILINE)) == set(registry.codes())
    assert hookproof("rules", "HKP99", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--nonsense"],
        ["check", "--output-format=xml"],
        ["check", "--min-confidence=sure"],
        ["check", "--select=HKP999"],
        ["check", "--torch=new"],
        ["check", "--ignore=HKP"],
        ["check", "--config=none.toml"],
        ["check", "--stdin-filename=a.py"],
        ["nonsense"],
        ["explain"],
    ],
)
def test_a_command_that_is_not_understood_is_one_line_and_two(arguments: list[str], clean: Path) -> None:
    done = hookproof(*arguments, cwd=clean)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("hookproof: ")


def test_help_and_version(tmp_path: Path) -> None:
    assert hookproof("--version", cwd=tmp_path).stdout == f"hookproof, version {__version__}\n"
    commands = hookproof("--help", cwd=tmp_path)
    assert commands.returncode == 0
    for name in ("check", "verify", "hooks", "explain", "rules"):
        assert re.search(rf"^  {name} .*[^.]\.$", commands.stdout, re.MULTILINE)


def test_a_clean_run_imports_nothing_heavy(clean: Path) -> None:
    program = (
        "import sys; from hookproof.cli import main\n"
        "try: main(['check', '-q'])\nexcept SystemExit as end: assert end.code == 0\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'rich', 'libcst', 'jsonschema', 'torch', 'pygments', 'flake8'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=clean,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    program = f"{sys.executable} -m hookproof check {CONCISE} -q | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", program], cwd=project, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout.strip() in ("1", "141")


def test_ctrl_c_ends_cleanly(project: Path) -> None:
    # Stdin stays open, so that the command is surely still at work when the signal comes.
    process = subprocess.Popen(
        [sys.executable, "-m", "hookproof", "check", "-"],
        cwd=project,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=as_in_a_terminal,
    )
    time.sleep(2)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, b"", b"hookproof: interrupted")


def test_shell_completion_comes_from_click(tmp_path: Path) -> None:
    done = hookproof(
        cwd=tmp_path, _HOOKPROOF_COMPLETE="bash_complete", COMP_WORDS="hookproof ex", COMP_CWORD="1"
    )
    assert done.stdout == "plain,explain\n"


def test_what_was_given_and_left_out_is_counted(tmp_path: Path) -> None:
    write_project(tmp_path)
    options = ("--extend-exclude=hooks.py", "--force-exclude", "--output-format=json")
    some = hookproof("check", *options, "pkg/hooks.py", "pkg/net.py", cwd=tmp_path)
    assert some.returncode == 0
    assert "(1 file checked, 1 parsed, 1 excluded, " in some.stderr
    skipped = [{"path": "pkg/hooks.py", "reason": "excluded by `hooks.py`"}]
    files = {"checked": 1, "parsed": 1, "failed": [], "skipped": skipped}
    assert json.loads(some.stdout)["files"] == files
    none = hookproof("check", *options, "pkg/hooks.py", cwd=tmp_path)
    said = "pkg/hooks.py: excluded by `hooks.py`\nNo Python files under the given paths (1 excluded)\n"
    assert none.stderr == said


def test_comments_are_not_written_to_a_file_that_was_not_read(tmp_path: Path) -> None:
    write_project(tmp_path)
    before = (tmp_path / "pkg" / "hooks.py").read_bytes()
    done = hookproof("check", "-", "--stdin-filename=pkg/hooks.py", "--add-noqa", cwd=tmp_path, stdin=before)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (tmp_path / "pkg" / "hooks.py").read_bytes() == before


def test_the_core_needs_six_packages_and_what_they_need(tmp_path: Path) -> None:
    write_project(tmp_path)
    program = """\
import contextlib, io, site, sys
from hookproof.cli import main
for arguments in (["check"], ["hooks"], ["hooks", "--output-format=html"], ["rules"], ["explain", "HKP101"]):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(arguments)
ours = ("/site-packages/", "\\\\site-packages\\\\")
found = {name.partition(".")[0] for name, module in sys.modules.items()
    if any(part in (getattr(module, "__file__", None) or "") for part in ours)}
print(*sorted(name for name in found if not name.startswith("_")))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    declared = {"click", "libcst", "msgspec", "packaging", "rich", "tomli"}
    theirs = {"yaml", "markdown_it", "mdurl", "pygments", "commonmark", "typing_extensions"}
    assert done.stdout.split(), done.stderr
    assert set(done.stdout.split()) <= declared | theirs
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    needed = re.search(r"^dependencies = \[(.*?)^\]", project, re.M | re.S)
    assert needed
    assert set(re.findall(r'"(\w+)', needed[1])) == declared
