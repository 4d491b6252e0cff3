"""The recipes of docs/ci.md: read by schemas of their makers, and run from a wheel, without torch."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dockerfile_parse import DockerfileParser
from junitparser import JUnitXml

import built
from act_runner import ONE_COMMAND, Job, run_workflow
from built import installed as install
from hooked_project import FOUND, ROOT, locations, write_project
from hookproof import urls

PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")


def recipe(language: str, with_text: str) -> str:
    """Return the one block of the page in this language that has this text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    (found,) = [block for block in blocks if with_text in block]
    return str(found)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory)


@pytest.fixture
def path(installed: Path, tmp_path: Path) -> str:
    """Return a PATH with the commands of the wheel first, where `pip` can install nothing but hookproof."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "pip").write_text('#!/bin/sh\ntest "$*" = "install hookproof"\n')
    (programs / "pip").chmod(0o755)
    assert not list(installed.parent.glob("lib/python*/site-packages/torch"))
    return os.pathsep.join((str(programs), str(installed), os.environ["PATH"]))


def run(lines: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run shell lines as a CI service does."""
    return subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)],
        cwd=folder,
        env={**built.outside(), **variables},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        (recipe("yaml", "hookproof/hookproof@"), "github-workflows"),
        (recipe("yaml", "upload-sarif"), "github-workflows"),
        ((ROOT / ".github/workflows/release.yml").read_text("utf-8"), "github-workflows"),
        ((ROOT / "action.yml").read_text("utf-8"), "github-actions"),
        (recipe("yaml", "image:"), "gitlab-ci"),
        (recipe("yaml", "include:"), "gitlab-ci"),
        ((ROOT / "ci/gitlab.yml").read_text("utf-8"), "gitlab-ci"),
    ],
    ids=["action-used", "sarif", "release", "action", "gitlab", "gitlab-include", "gitlab-template"],
)
def test_what_a_service_reads_is_what_its_schema_says(text: str, schema: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yml"
    file.write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(file)]
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


def test_the_github_job_uploads_what_it_writes_and_does_not_fail(
    repository: Path, tmp_path: Path, path: str
) -> None:
    workflow = recipe("yaml", "upload-sarif")
    assert yaml.safe_load(workflow)["permissions"]["security-events"] == "write"
    used = re.findall(r"uses: (\S+)", workflow)
    assert used[0] == "actions/checkout@v4"
    for name in ("setup-python", "codeql-action/upload-sarif"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "action.yml").write_text(ACTION)
    actions = {used[1]: tmp_path / "setup-python", "github/codeql-action@v3": tmp_path / "codeql-action"}
    job = run_workflow(workflow, repository, actions=actions, PATH=path)
    assert job.succeeded
    assert [line.split()[1:] for line in job.printed.splitlines() if line.startswith("given")] == [
        [".", "3.12"],
        ["hookproof.sarif"],
    ]


def annotated(job: Job) -> set[tuple[str, int, int]]:
    """Return where a runner shows annotations."""
    return {
        (each.properties["file"], int(each.properties["line"]), int(each.properties["col"]))
        for each in job.commands
    }


def test_annotations_on_github_name_what_was_found(repository: Path, path: str) -> None:
    (command,) = re.findall(r"`(hookproof check --output-format github)` prints", PAGE)
    job = run_workflow(ONE_COMMAND.format(command), repository, PATH=path)
    assert not job.succeeded
    assert annotated(job) == {location[:3] for location in FOUND}


def test_the_action_installs_itself_and_annotates(repository: Path, tmp_path: Path) -> None:
    workflow = recipe("yaml", "hookproof/hookproof@")
    (name,) = re.findall(r"uses: (hookproof/\S+)", workflow)
    # As it is fetched: by its tag, the source with it.
    action = built.hook_repository(tmp_path / "action")
    job = run_workflow(workflow, repository, actions={name: action}, **built.outside())
    assert not job.succeeded
    assert annotated(job) == {location[:3] for location in FOUND}


def action_step(**inputs: str) -> str:
    """Return the script of the action's second step as a runner with these inputs runs it."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    values = {name: each["default"] for name, each in action["inputs"].items()} | inputs
    step = action["runs"]["steps"][1]
    given = {key: value.replace("${{ inputs.", "").removesuffix(" }}") for key, value in step["env"].items()}
    lines = [f"export {key}={shlex.quote(values.get(name, 'hookproof'))}" for key, name in given.items()]
    return "\n".join((*lines, step["run"]))


@pytest.mark.parametrize(
    ("inputs", "status", "file"),
    [
        ({}, 1, None),
        ({"args": "--exit-zero"}, 0, None),
        ({"fail-on": "certain", "paths": "pkg/hooks.py pkg/net.py"}, 1, None),
        ({"paths": "pkg/net.py"}, 0, None),
        ({"output-format": "sarif", "output-file": "out.sarif"}, 1, "out.sarif"),
        ({"args": "--select $(touch${IFS}evil)", "paths": "; touch evil"}, 2, None),
    ],
)
def test_the_inputs_of_the_action_are_arguments(
    inputs: dict[str, str], status: int, file: str | None, repository: Path, path: str
) -> None:
    done = run([action_step(**inputs)], repository, PATH=path)
    assert done.returncode == status, done.stderr
    assert not (repository / "evil").exists()
    if file is not None:
        assert json.loads((repository / file).read_text("utf-8"))["runs"]


@pytest.mark.parametrize("text", [recipe("yaml", "image:"), (ROOT / "ci/gitlab.yml").read_text("utf-8")])
def test_the_gitlab_job_fails_and_leaves_its_report(text: str, repository: Path, path: str) -> None:
    job = yaml.safe_load(text)["hookproof"]
    done = run(job["script"], repository, PATH=path, **job.get("variables", {}))
    assert done.returncode == 1, done.stderr
    assert job["artifacts"]["when"] == "always"
    issues = json.loads((repository / job["artifacts"]["reports"]["codequality"]).read_text("utf-8"))
    assert {(each["location"]["path"], each["check_name"]) for each in issues} == {
        (path, code) for path, _, _, code in FOUND
    }


def test_jenkins_reads_what_its_stage_writes(repository: Path, path: str) -> None:
    stage = recipe("groovy", "junit")
    done = run(re.findall(r"^ *sh '(.*)'$", stage, re.M), repository, PATH=path)
    assert done.returncode == 0, done.stderr
    (report,) = re.findall(r"junit '(.*)'", stage)
    assert JUnitXml.fromfile(str(repository / report)).failures == len(FOUND)


def test_the_pre_commit_recipe_names_hooks_that_there_are(tmp_path: Path) -> None:
    file = tmp_path / ".pre-commit-config.yaml"
    file.write_text(recipe("yaml", "repos:"))
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    (repo,) = yaml.safe_load(file.read_text())["repos"]
    assert repo["repo"] == urls.repository()
    declared = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in declared]


def test_the_flake8_recipe_selects_and_ignores(repository: Path, path: str) -> None:
    (repository / ".flake8").write_text(recipe("ini", "[flake8]"))
    (repository / "tests").mkdir()
    (repository / "tests" / "test_main.py").write_text((repository / "pkg" / "main.py").read_text())
    done = run(["flake8"], repository, PATH=path)
    assert {location for location in locations(done.stdout) if location[3].startswith("HKP")} == FOUND


def test_the_baseline_of_an_old_project_lets_only_new_findings_fail(repository: Path, path: str) -> None:
    written, given = re.findall(r"`(--(?:write-)?baseline hookproof-baseline\.json)`", PAGE)
    assert run([f"hookproof check {written}"], repository, PATH=path).returncode == 0
    assert run([f"hookproof check {given}"], repository, PATH=path).returncode == 0
    (repository / "pkg" / "hooks.py").open("a").write("    m.cache.append(2)\n")
    assert run([f"hookproof check {given}"], repository, PATH=path).returncode == 1


def test_the_image_runs_the_wheel_as_nobody(installed: Path, repository: Path) -> None:
    lines = DockerfileParser(fileobj=io.BytesIO((ROOT / "Dockerfile").read_bytes())).structure
    told = [(each["instruction"], each["value"]) for each in lines if each["instruction"] != "COMMENT"]
    assert [value for name, value in told if name == "COPY"] == [". /source", "--from=build /wheels /wheels"]
    wheel, install = (value.split() for name, value in told if name == "RUN")
    assert (wheel[:2], wheel[-1]) == (["pip", "wheel"], "/source")
    assert wheel[wheel.index("--wheel-dir") + 1] == install[install.index("--find-links") + 1] == "/wheels"
    assert told[-4:-2] == [("USER", "nobody"), ("WORKDIR", "/project")]
    command = [*json.loads(told[-2][1]), *json.loads(told[-1][1])]
    done = run([shlex.join([str(installed / command[0]), *command[1:]])], repository)
    assert done.returncode == 1
    assert not (repository / ".hookproof_cache").exists()


def test_what_the_image_is_built_from_is_all_that_building_needs() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split() if line.startswith("!")}
    assert kept == {"LICENSE", "README.md", "pyproject.toml", "src"}


def test_addresses_are_those_of_the_project() -> None:
    address = str(urls.repository())
    named = re.findall(r"https://(?:raw\.githubusercontent\.com|github\.com)/\w+/\w+", PAGE)
    assert named
    assert {each.replace("raw.githubusercontent", "github") for each in named} == {address}
    assert f"uses: {address.removeprefix('https://github.com/')}@" in PAGE
