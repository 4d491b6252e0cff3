"""The hooks in real pre-commit: a fresh environment without torch, evidence in files that did not change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from hooked_project import ROOT, write_project


def git(*arguments: str, cwd: Path) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def hook_repository(folder: Path) -> Path:
    """Make a git repository of what an installation needs, as it is in this tree now."""
    import shutil

    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    git("init", "-q", cwd=folder)
    git("add", "-A", cwd=folder)
    git("commit", "-qm", "all", cwd=folder)
    return folder


def test_one_changed_file_is_checked_with_the_project_around_it(tmp_path: Path) -> None:
    repository = hook_repository(tmp_path / "hookproof")
    project = tmp_path / "project"
    write_project(project, {"pyproject.toml": '[tool.hookproof]\nextend-exclude = ["left_out.py"]\n'})
    (project / "pkg" / "left_out.py").write_text((project / "pkg" / "main.py").read_text("utf-8"))
    git("init", "-q", cwd=project)
    git("add", "-A", cwd=project)

    def try_repo(*arguments: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "try-repo", str(repository), "hookproof", *arguments],
            cwd=project,
            env={**variables, "PRE_COMMIT_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    changed = try_repo("--files", "pkg/hooks.py", "pkg/left_out.py")
    assert changed.returncode == 1, changed.stdout + changed.stderr
    assert "pkg/hooks.py:7:5: HKP302" in changed.stdout
    assert "HKP201" not in changed.stdout
    assert "pkg/main.py:9: registered here" in changed.stdout
    fine = try_repo("--files", "pkg/net.py")
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert not list((tmp_path / "home").glob("repo*/py_env*/lib/python*/site-packages/torch"))


def test_the_hooks_are_declared_as_pre_commit_wants_them() -> None:
    hooks = {
        hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    }
    assert set(hooks) == {"hookproof", "hookproof-verify"}
    assert hooks["hookproof-verify"]["stages"] == ["manual"]
    assert "--force-exclude" in hooks["hookproof"]["entry"]
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
