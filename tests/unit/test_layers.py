"""Imports go downward and never in a circle, those of type checkers too."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from places import ROOT

SOURCES = ROOT / "src"

LAYERS = (
    # faces: command line, flake8 and pytest
    (
        "__main__",
        "cli",
        "config_command",
        "facts_command",
        "flake8_plugin",
        "plain_arguments",
        "pytest_plugin",
    ),
    # findings checked against torch, programs that are run and watched, and editors
    ("server", "verify", "watching"),
    # a run of the command, and the files that are checked one by one
    ("added_noqa", "by_file", "explaining", "fixing", "mended", "options", "remaining", "run", "telling"),
    ("output", "verdicts", "witnessed"),
    # the pipeline
    ("session",),
    # what to write in the place of what is flagged
    ("fixes",),
    ("settings",),
    ("rules",),
    # events of all programs to outcomes
    ("outcomes",),
    # what becomes of hooks where eager mode is left
    ("worlds",),
    # what a program does with values, then what classes of modules say of them
    ("interpreter",),
    ("classes",),
    # what Python does with values, one of which is tracked
    ("evaluator",),
    ("modules",),
    # of which TorchScript type values are, and what names mean
    ("torch_types",),
    ("semantic",),
    # text to IR, then files and bytes
    ("syntax",),
    ("source",),
    # what was probed from torch, and what worlds there are
    ("facts", "worlds.registry", "worlds.world"),
    # what probes torch, elsewhere
    ("probe",),
    # values of all
    ("", "exit_status", "finding", "report", "urls", "worker_pool"),
)


def _module(path: Path) -> str:
    parts = path.relative_to(SOURCES / "hookproof").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _imports() -> dict[str, frozenset[str]]:
    """Return what each module of the project imports of it, names without `hookproof.` in front."""
    paths = {_module(path): path for path in (SOURCES / "hookproof").rglob("*.py")}
    return {
        module: frozenset(_imported(path, module, paths.keys())) - {module} for module, path in paths.items()
    }


def _imported(path: Path, module: str, modules: object) -> Iterator[str]:
    package = ["hookproof", *module.split(".")] if module else ["hookproof"]
    if path.name != "__init__.py":
        package.pop()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            names = [".".join((*base, alias.name)) for alias in node.names]
        for name in names:
            if name.split(".")[0] == "hookproof":
                yield _nearest(name.removeprefix("hookproof").lstrip("."))


def _nearest(name: str) -> str:
    """Return the module that a dotted name is, or is in."""
    while name and not (
        (SOURCES / "hookproof" / name.replace(".", "/")).with_suffix(".py").exists()
        or (SOURCES / "hookproof" / name.replace(".", "/") / "__init__.py").exists()
    ):
        name = name.rpartition(".")[0]
    return name


def _layer(module: str) -> int:
    rooms = (module, module.split(".")[0])
    return next(number for room in rooms for number, layer in enumerate(LAYERS) if room in layer)


def _circles() -> set[str]:
    """Return every module that imports itself by way of others."""
    imports, reached = _imports(), defaultdict[str, set[str]](set)
    for module in imports:
        pending = list(imports[module])
        while pending:
            found = pending.pop()
            if found not in reached[module]:
                reached[module].add(found)
                pending.extend(imports[found])
    return {module for module in imports if module in reached[module]}


def test_each_package_has_its_layer() -> None:
    named = [package for layer in LAYERS for package in layer]
    assert len(named) == len(set(named))
    modules = _imports().keys()
    assert {room for room in named if "." not in room} == {module.split(".")[0] for module in modules}
    assert {room for room in named if "." in room} <= modules


def test_no_import_goes_upward() -> None:
    upward = {
        f"{module} -> {imported}"
        for module, modules in _imports().items()
        for imported in modules
        if _layer(imported) < _layer(module)
    }
    assert not upward, "import it from below, or move what is needed downward"


def test_no_module_is_in_a_circle() -> None:
    assert not _circles(), "these import themselves by way of others: hand in what is needed"


def test_what_runs_in_the_user_s_interpreter_imports_only_itself() -> None:
    for package in ("verify.target", "probe"):
        target = {module for module in _imports() if module.startswith(package)}
        assert not {
            f"{module} -> {imported}"
            for module in target
            for imported in _imports()[module]
            if imported not in target
        }
