"""Nothing of the checked tree is imported, though it has a module of every name that is imported anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hooked_project import environment
from hostile_texts import with_line

# What `python -m` itself looks for in the working directory before it comes to hookproof, in 3.10 to 3.13.
_BEFORE = frozenset(
    {"runpy", "importlib", "warnings", "contextlib", "collections", "keyword", "operator", "reprlib"}
    | {"functools", "types", "traceback"}
)
_OTHERS = {"torch", "libcst", "click", "msgspec", "rich", "tomli", "numpy", "distributed", "dask", "flake8"}
_OTHERS |= {"pytest", "hookproof", "sitecustomize", "usercustomize", "yaml", "pygments", "markdown_it"}
_NAMES = (sys.stdlib_module_names | _OTHERS) - {"__main__", "antigravity", "this"}
_COMMANDS = {
    "check": ["check", "-q", "."],
    "check by click": ["check", "-q", "-j2", "--statistics", "."],
    "SARIF": ["check", "-q", "--output-format=sarif", "."],
    "in full": ["check", "-q", "--output-format=full", "m.py"],
    "from stdin": ["check", "-q", "-"],
    "hooks": ["hooks", "-q", "."],
    "the page": ["hooks", "-q", "--output-format=html", "."],
    "explain": ["explain", "HKP302"],
    "rules": ["rules"],
    "help": ["--help"],
}


def planted(folder: Path, names: frozenset[str] | set[str]) -> Path:
    """Return the folder with modules and packages of these names, which leave a trace where they are run."""
    for number, name in enumerate(sorted(names)):
        file = folder / (f"{name}.py" if number % 2 else f"{name}/__init__.py")
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(f"__import__('builtins').open('ran', 'a').write('{name} ')\n", "utf-8")
    (folder / "planted.pth").write_text("import os; open('ran', 'a').write('pth ')\n", "utf-8")
    (folder / "m.py").write_text(with_line("pass"), "utf-8")
    (folder / "pyproject.toml").touch()
    return folder


def ran(folder: Path, command: list[str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, input=b"", timeout=120, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1)
    trace = folder / "ran"
    return trace.read_text("utf-8") if trace.exists() else ""


@pytest.mark.parametrize("name", _COMMANDS)
def test_the_script_imports_nothing_of_the_tree(name: str, tmp_path: Path) -> None:
    script = tmp_path / "bin" / "hookproof"
    script.parent.mkdir()
    script.write_text("import sys\nfrom hookproof.__main__ import run\nsys.exit(run())\n", "utf-8")
    folder = planted(tmp_path / "tree", _NAMES)
    assert ran(folder, [sys.executable, str(script), *_COMMANDS[name]]) == ""


@pytest.mark.parametrize("name", _COMMANDS)
def test_the_module_imports_nothing_of_the_tree(name: str, tmp_path: Path) -> None:
    folder = planted(tmp_path, _NAMES - _BEFORE - {"hookproof"})
    assert ran(folder, [sys.executable, "-m", "hookproof", *_COMMANDS[name]]) == ""


def test_python_can_be_told_to_import_nothing_of_the_tree_either(tmp_path: Path) -> None:
    folder = planted(tmp_path, _NAMES)
    assert ran(folder, [sys.executable, "-I", "-m", "hookproof", *_COMMANDS["check"]]) == ""
