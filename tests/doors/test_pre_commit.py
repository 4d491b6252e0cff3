"""The hooks in real pre-commit: a fresh environment without torch, evidence in files that did not change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from built import git, hook_repository
from hooked_project import ROOT, write_project

LOOP = """\
import torch
from torch import nn

for part in nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())):
    part.register_forward_hook(print)
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hook_repository(tmp_path_factory.mktemp("repository") / "hookproof")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a git repository with one file that its settings leave out."""
    project = write_project(
        tmp_path / "project", {"pyproject.toml": '[tool.hookproof]\nextend-exclude = ["left_out.py"]\n'}
    )
    (project / "pkg" / "left_out.py").write_text((project / "pkg" / "main.py").read_text("utf-8"))
    git("init", "-q", cwd=project)
    git("add", "-A", cwd=project)
    return project


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of pre-commit's environments: what it has installed once, all tests use."""
    return tmp_path_factory.mktemp("home")


def pre_commit(*arguments: str, project: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the real pre-commit, with environments of its own that know nothing of this tree."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=project,
        env={**variables, "PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def configured(repository: Path, *hooks: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    """Return a configuration with these hooks of what is committed in `repository`."""
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout.strip()
    return {"repos": [{"repo": str(repository), "rev": revision, "hooks": list(hooks)}]}


def installed(home: Path) -> list[str]:
    """Return the packages in the environments that pre-commit made."""
    found = home.glob("repo*/py_env*/lib/python*/site-packages/*")
    return [path.name for path in found]


def test_one_changed_file_is_checked_with_the_project_around_it(
    repository: Path, project: Path, home: Path
) -> None:
    config = configured(repository, {"id": "hookproof"})
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    changed = pre_commit(
        "run", "hookproof", "--files", "pkg/hooks.py", "pkg/left_out.py", project=project, home=home
    )
    assert changed.returncode == 1, changed.stdout + changed.stderr
    assert "pkg/hooks.py:7:5: HKP302" in changed.stdout
    assert "HKP201" not in changed.stdout
    assert "pkg/main.py:9: registered here" in changed.stdout
    assert "1 file checked, 1 parsed, 1 excluded" in changed.stdout


def test_all_hooks_from_a_configuration_and_an_environment_without_torch(
    repository: Path, project: Path, home: Path
) -> None:
    config = configured(
        repository,
        {"id": "hookproof"},
        {"id": "hookproof-fix"},
        {"id": "hookproof-verify", "args": ["--python", sys.executable]},
    )
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    fine = pre_commit("run", "--files", "pkg/net.py", project=project, home=home)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert "hookproof verify" not in fine.stdout, "it runs the project's code: only by hand"
    found = pre_commit("run", "--files", "pkg/hooks.py", project=project, home=home)
    assert found.returncode == 1
    assert "pkg/hooks.py:7:5: HKP302" in found.stdout
    assert "cache: list[int]" in (project / "pkg" / "net.py").read_text(), (
        "what has one right repair is fixed"
    )
    git("checkout", "--", "pkg", cwd=project)
    (project / "pkg" / "loop.py").write_text(LOOP)
    git("add", "-A", cwd=project)
    mended = pre_commit("run", "hookproof-fix", "--files", "pkg/loop.py", project=project, home=home)
    assert "files were modified by this hook" in mended.stdout
    assert "isinstance(part, torch.jit.ScriptModule)" in (project / "pkg" / "loop.py").read_text()
    assert (
        pre_commit("run", "hookproof-fix", "--files", "pkg/loop.py", project=project, home=home).returncode
        == 0
    )
    manual = ("run", "--hook-stage", "manual", "hookproof-verify", "--files", "pkg/hooks.py")
    verified = pre_commit(*manual, project=project, home=home)
    assert verified.returncode == 1, verified.stdout + verified.stderr
    assert "pkg/hooks.py:7:5: HKP302" in verified.stdout
    assert "= confirmed by torch " in verified.stdout
    del config["repos"][0]["hooks"][2]["args"]  # type: ignore[index]
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    without = pre_commit(*manual, project=project, home=home)
    assert without.returncode == 1
    assert "exit code: 2" in without.stdout
    assert "has no usable torch" in without.stdout
    assert "pass --python PATH" in without.stdout
    names = installed(home)
    assert "hookproof" in names
    assert not [name for name in names if name.startswith("torch")]


def test_the_hooks_are_declared_as_pre_commit_wants_them() -> None:
    hooks = {
        hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    }
    assert set(hooks) == {"hookproof", "hookproof-fix", "hookproof-verify"}
    assert hooks["hookproof-verify"]["stages"] == ["manual"]
    assert "--force-exclude" in hooks["hookproof"]["entry"]
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
