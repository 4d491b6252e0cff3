"""The recipes of docs/ci.md for flake8, pre-commit and CI: read by schemas of their makers, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from act_runner import ONE_COMMAND, run_workflow
from hooked_project import FOUND, ROOT, environment, locations, write_project

PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")


def recipe(language: str, with_text: str) -> str:
    """Return the one block of the page in this language that has this text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    (found,) = [block for block in blocks if with_text in block]
    return str(found)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def commands(folder: Path) -> str:
    """Return a PATH with this tree's commands first; nothing but hookproof can be installed."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    assert re.search(r'^name = "hookproof"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    for name, line in {
        "hookproof": f'exec "{sys.executable}" -m hookproof "$@"',
        "flake8": f'exec "{sys.executable}" -m flake8 "$@"',
        "pip": 'test "$*" = "install hookproof"',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\nPYTHONPATH='{environment()['PYTHONPATH']}' {line}\n")
        (programs / name).chmod(0o755)
    return os.pathsep.join((str(programs), os.environ["PATH"]))


def run(lines: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run shell lines as a CI service does."""
    return subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment(PATH=commands(folder.parent)),
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("with_text", "file", "schema"),
    [
        ("upload-sarif", ".github/workflows/hookproof.yml", "vendor.github-workflows"),
        ("codequality", ".gitlab-ci.yml", "vendor.gitlab-ci"),
    ],
)
def test_a_recipe_is_what_the_services_schema_says(
    with_text: str, file: str, schema: str, tmp_path: Path
) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(recipe("yaml", with_text))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# What stands for the actions of others: it shows what it was given, if that file is there.
ACTION = """\
inputs:
  sarif_file: {default: "."}
  python-version: {default: ""}
runs:
  using: composite
  steps:
    - run: |
        ls -d '${{ inputs.sarif_file }}'
        echo 'given ${{ inputs.sarif_file }} ${{ inputs.python-version }}'
      shell: bash
"""


def test_the_github_job_uploads_what_it_writes_and_does_not_fail(repository: Path, tmp_path: Path) -> None:
    workflow = recipe("yaml", "upload-sarif")
    assert yaml.safe_load(workflow)["permissions"]["security-events"] == "write"
    used = re.findall(r"uses: (\S+)", workflow)
    assert used[0] == "actions/checkout@v4"
    for name in ("setup-python", "codeql-action/upload-sarif"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "action.yml").write_text(ACTION)
    actions = {used[1]: tmp_path / "setup-python", "github/codeql-action@v3": tmp_path / "codeql-action"}
    job = run_workflow(workflow, repository, actions=actions, PATH=commands(tmp_path))
    assert job.succeeded
    assert [line.split()[1:] for line in job.printed.splitlines() if line.startswith("given")] == [
        [".", "3.12"],
        ["hookproof.sarif"],
    ]


def test_annotations_on_github_name_what_was_found(repository: Path, tmp_path: Path) -> None:
    (command,) = re.findall(r"without any upload: `(hookproof [^`]*)`", PAGE)
    job = run_workflow(ONE_COMMAND.format(command), repository, PATH=commands(tmp_path))
    assert not job.succeeded
    assert {
        (each.properties["file"], int(each.properties["line"]), int(each.properties["col"]))
        for each in job.commands
    } == {location[:3] for location in FOUND}


def test_the_gitlab_job_fails_and_leaves_its_report(repository: Path) -> None:
    job = yaml.safe_load(recipe("yaml", "codequality"))["hookproof"]
    done = run(job["script"], repository)
    assert done.returncode == 1
    assert job["artifacts"]["when"] == "always"
    issues = json.loads((repository / job["artifacts"]["reports"]["codequality"]).read_text("utf-8"))
    assert {(each["location"]["path"], each["check_name"]) for each in issues} == {
        (path, code) for path, _, _, code in FOUND
    }


def test_the_pre_commit_recipe_names_hooks_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(recipe("yaml", "repos:"))
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    (repo,) = yaml.safe_load(path.read_text())["repos"]
    declared = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in declared]


def test_the_flake8_recipe_selects_and_ignores(repository: Path) -> None:
    (repository / ".flake8").write_text(recipe("ini", "[flake8]"))
    (repository / "tests").mkdir()
    (repository / "tests" / "test_main.py").write_text((repository / "pkg" / "main.py").read_text())
    done = run(["flake8"], repository)
    assert {location for location in locations(done.stdout) if location[3].startswith("HKP")} == FOUND


def test_the_baseline_of_an_old_project_lets_only_new_findings_fail(repository: Path) -> None:
    written, given = re.findall(r"`(--(?:write-)?baseline hookproof-baseline\.json)`", PAGE)
    assert run([f"hookproof check {written}"], repository).returncode == 0
    assert run([f"hookproof check {given}"], repository).returncode == 0
    (repository / "pkg" / "hooks.py").open("a").write("    m.cache.append(2)\n")
    assert run([f"hookproof check {given}"], repository).returncode == 1
