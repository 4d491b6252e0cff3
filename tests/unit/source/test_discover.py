from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hookproof.source.discover import discover, module_name, module_names, project_root


def tree(root: Path, *names: str) -> None:
    """Make empty files, and directories where a name ends in a slash."""
    for name in names:
        path = root / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text("")


def ignore(root: Path, name: str, *lines: str) -> None:
    path = root / name / ".gitignore"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_files_sorted_and_once(root: Path) -> None:
    tree(root, "b.py", "a/z.py", "a/y.pyi", "a/x.txt", "a/b/c.py", "d.py/e.py")
    assert discover(["."]).files == ("a/b/c.py", "a/z.py", "b.py", "d.py/e.py")
    assert (
        discover(["a", "b.py", "a/z.py", "./b.py", str(root / "a")]).files
        == discover([str(root / "a"), "./b.py", "a/z.py", "b.py", "a"]).files
    )
    assert len(discover(["a", "b.py", "a/z.py", ".", str(root)]).files) == 4


def test_excluded_directories_are_not_entered_but_read_when_given(root: Path) -> None:
    tree(
        root,
        "a.py",
        ".venv/b.py",
        "site-packages/pkg/c.py",
        "site-packages/pkg/build/d.py",
        "x/__pycache__/e.py",
    )
    assert discover(["."]).files == ("a.py",)
    assert discover(["site-packages/pkg"]).files == ("site-packages/pkg/c.py",)
    assert discover([".venv/b.py"]).files == (".venv/b.py",)


def test_patterns(root: Path) -> None:
    tree(root, "a.py", "gen_a.py", "sub/gen_b.py", "sub/deep/c.py", "build/d.py")
    assert discover(["."], extend_exclude=["gen_*.py"]).files == ("a.py", "sub/deep/c.py")
    assert discover(["."], extend_exclude=["sub/deep"]).files == ("a.py", "gen_a.py", "sub/gen_b.py")
    assert discover(["."], exclude=["/gen_a.py", "sub/"]).files == ("a.py", "build/d.py")
    assert discover(["sub"], extend_exclude=["sub/deep"]).files == ("sub/gen_b.py",)
    assert discover([str(root / "sub")], extend_exclude=["deep"], root=root).files == (
        str(root / "sub/gen_b.py"),
    )
    assert discover(["sub/deep"], extend_exclude=["sub/deep", "gen_*"]).files == ("sub/deep/c.py",)


def test_ignores_what_git_ignores(root: Path) -> None:
    tree(
        root, *(f"{d}{n}.py" for d in ("", "a/", "a/b/", "c/", "c/b/", "keep/") for n in ("x", "gen", "odd"))
    )
    ignore(root, "", "gen.py", "/c/*.py", "keep/*", "!keep/odd.py", "# odd.py", "")
    ignore(root, "a", "!gen.py", "b/odd.py")
    ignore(root, "a/b", "/x.py")
    expected = _listed_by_git()
    assert 5 < len(expected) < 18
    assert discover(["."]).files == expected
    # The files above a path that is given count too, up to the repository's root.
    assert discover(["a/b"]).files == tuple(path for path in expected if path.startswith("a/b/"))
    assert len(discover(["."], respect_gitignore=False).files) == 18


@pytest.mark.parametrize(
    "lines",
    [
        ("gen.py", "!g*.py"),
        ("g*.py", "!gen.py"),
        ("gen.py", "!gen.py", "g*n.py", "!odd.py", "odd.py"),
        ("*.py", "!odd.py", "gen.py", "a/", "!a"),
        ("x.py/", "a", "!a/", "!x.py", "/x.py"),
    ],
)
def test_the_last_pattern_decides_as_in_git_whatever_its_kind(lines: tuple[str, ...], root: Path) -> None:
    tree(root, *(f"{folder}{name}.py" for folder in ("", "a/", "b/") for name in ("x", "gen", "odd")))
    ignore(root, "", *lines)
    assert discover(["."]).files == _listed_by_git()


def _listed_by_git() -> tuple[str, ...]:
    subprocess.run(["git", "init", "-q", "."], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "*.py"],
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(sorted(listed.stdout.split()))


def test_ignore_files_above_the_repository_do_not_count(root: Path) -> None:
    ignore(root, "", "*.py")
    tree(root, "repo/.git/", "repo/a/b.py")
    assert discover(["repo/a"]).files == ("repo/a/b.py",)


def test_a_given_path_beats_the_ignore_files(root: Path) -> None:
    tree(root, ".git/", "out/a.py")
    ignore(root, "", "out")
    assert discover(["."]).files == ()
    assert discover(["out"]).files == ("out/a.py",)
    assert discover(["out/a.py"]).files == ("out/a.py",)


def test_forced_excludes_hold_for_given_paths(root: Path) -> None:
    tree(root, "a.py", "build/b.py", "gen/c.py", "gen/deep/d.py")
    given = ["a.py", "build/b.py", "gen/deep", "gen/c.py"]
    assert len(discover(given, extend_exclude=["gen/deep"]).files) == 4
    forced = discover(given, extend_exclude=["gen/deep"], force_exclude=True)
    assert forced.files == ("a.py", "gen/c.py")


def test_links_end(root: Path) -> None:
    tree(root, "a/b.py")
    (root / "a/loop").symlink_to(root, target_is_directory=True)
    (root / "a/self").symlink_to("self")
    (root / "a/same.py").symlink_to("b.py")
    found = discover(["."])
    assert found.files == ("a/b.py",)
    assert found.failed == ()


def test_what_is_missing_is_reported(root: Path) -> None:
    tree(root, "a.py", "script")
    found = discover(["gone.py", "a.py", "script", "bad\0.py"])
    assert found.files == ("a.py", "script")
    (bad, why), gone = found.failed
    assert (bad, gone) == ("bad\0.py", ("gone.py", "No such file or directory"))
    assert "embedded null" in why  # in the words of each Python


def test_project_root(root: Path) -> None:
    tree(root, "p/pyproject.toml", "p/src/pkg/a.py", "p/sub/setup.cfg", "p/sub/x/y.py", "q/.git/", "q/z/a.py")
    assert project_root("p/src/pkg/a.py") == str(root / "p")
    assert project_root(root / "p/src") == str(root / "p")
    assert project_root("p/sub/x/y.py") == str(root / "p/sub")
    assert project_root("q/z/missing.py") == str(root / "q")
    assert project_root(root.anchor) is None


def test_module_name(root: Path) -> None:
    tree(
        root,
        "src/pkg/__init__.py",
        "src/pkg/a.py",
        "src/pkg/sub/__init__.py",
        "src/pkg/sub/b.py",
        "src/pkg/c/d.py",
    )
    tree(root, "src/e.py", "__init__.py/f.py", "odd/__init__.py")
    paths = {
        "src/pkg/__init__.py": "pkg",
        "src/pkg/a.py": "pkg.a",
        "src/pkg/sub/b.py": "pkg.sub.b",
        "src/pkg/c/d.py": "d",
        "src/e.py": "e",
        "src/pkg/../e.py": "e",
        "odd/__init__.py": "odd",
        "script": "script",
    }
    assert {path: module_name(path) for path in paths} == paths
    assert module_names(paths) == list(paths.values())
    os.chdir(root / "src/pkg")
    assert module_name("a.py") == "pkg.a"
