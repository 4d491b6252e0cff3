"""The recipes of the README for flake8, pre-commit and CI: read by schemas of their makers, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hooked_project import FOUND, ROOT, environment, places, write_project

README = (ROOT / "README.md").read_text("utf-8")


def recipe(language: str, with_text: str) -> str:
    """Return the one block of the README in this language that has this text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)
    (found,) = [block for block in blocks if with_text in block]
    return str(found)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def run(lines: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run shell lines as a CI service does, with this tree's command in place of the installed one."""
    programs = folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    for name, module in (("hookproof", "hookproof"), ("flake8", "flake8")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        (programs / name).chmod(0o755)
    variables = environment(PATH=os.pathsep.join((str(programs), os.environ["PATH"])))
    return subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)], cwd=folder, env=variables, capture_output=True, text=True
    )


def shell_lines(lines: list[str]) -> list[str]:
    """Return the lines but for the installation, which must be of this project."""
    installing = [line for line in lines if line.startswith("pip install")]
    assert installing == ["pip install hookproof"]
    assert re.search(r'^name = "hookproof"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    return [line for line in lines if line not in installing]


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


def test_the_github_job_uploads_what_it_writes_and_does_not_fail(repository: Path) -> None:
    workflow: dict[str, Any] = yaml.safe_load(recipe("yaml", "upload-sarif"))
    steps = workflow["jobs"]["hookproof"]["steps"]
    assert workflow["permissions"]["security-events"] == "write"
    done = run(shell_lines([step["run"] for step in steps if "run" in step]), repository)
    assert done.returncode == 0, done.stderr
    (upload,) = [step for step in steps if "upload-sarif" in step.get("uses", "")]
    log = json.loads((repository / upload["with"]["sarif_file"]).read_text("utf-8"))
    assert {result["ruleId"] for result in log["runs"][0]["results"]} == {code for *_, code in FOUND}


def test_annotations_on_github_name_what_was_found(repository: Path) -> None:
    (command,) = re.findall(r"without any upload: `(hookproof [^`]*)`", README)
    done = run([command], repository)
    assert done.returncode == 1
    assert len(re.findall(r"^::error .*file=pkg/", done.stdout, re.M)) == len(FOUND)


def test_the_gitlab_job_fails_and_leaves_its_report(repository: Path) -> None:
    job = yaml.safe_load(recipe("yaml", "codequality"))["hookproof"]
    done = run(shell_lines(job["script"]), repository)
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
    assert {place for place in places(done.stdout) if place[3].startswith("HKP")} == FOUND


def test_the_baseline_of_an_old_project_lets_only_new_findings_fail(repository: Path) -> None:
    written, given = re.findall(r"`(--(?:write-)?baseline hookproof-baseline\.json)`", README)
    assert run([f"hookproof check {written}"], repository).returncode == 0
    assert run([f"hookproof check {given}"], repository).returncode == 0
    (repository / "pkg" / "hooks.py").open("a").write("    m.cache.append(2)\n")
    assert run([f"hookproof check {given}"], repository).returncode == 1
