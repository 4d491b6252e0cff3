"""One answer, byte for byte, on made-up trees: whatever processes, cache, seed, directory; and flake8."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyflakes.checker import Checker

from grown_programs import counts, grown
from hooked_project import environment, hookproof
from hostile_texts import hostile_files, with_line
from places import FIXTURES
from token_mutations import mutated, pieces

_FORM = ("-q", "--output-format=json")
_SEEDS = (1, 2)
_PLAIN = 220  # enough for several processes


@pytest.fixture(params=_SEEDS, ids=lambda seed: f"tree {seed}")
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a tree of fixtures, programs, broken and hostile files, in folders that import each other's."""
    random = Random(request.param)
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    fixtures = [pieces(path) for path in sorted(FIXTURES.glob("hkp*.py"))]
    texts = ["".join(random.choice(fixtures)).encode() for _ in range(12)]
    texts += [mutated(random, fixtures).encode("utf-8", "surrogatepass") for _ in range(12)]
    short = [data for _, data, _ in hostile_files() if len(data) < 2_000]
    texts += random.sample(short, 12)
    texts += [with_line("module.other").encode()] * 6
    texts += [f"from pkg{n}.part{n} import *\nimport torch\n".encode() for n in range(6)]
    texts += [f"value = {number}\n".encode() for number in range(_PLAIN)]
    random.shuffle(texts)
    for number, data in enumerate(texts):
        where = folder / random.choice(("", "pkg0", "pkg1", "pkg2/deep"))
        where.mkdir(parents=True, exist_ok=True)
        (where / f"part{number}.py").write_bytes(data)
    for name, count in random.sample([*counts()], 4):
        for file, text in grown(name, count // 4 + 1).items():
            path = folder / f"grown_{count}_{name.replace(' ', '_')}" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return folder


def answer(folder: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    done = hookproof("check", *arguments, *_FORM, cwd=folder, **more)
    return done.returncode, done.stdout, done.stderr


def test_a_tree_has_one_answer(tree: Path) -> None:
    first = answer(tree, "--no-cache", "-j1", PYTHONHASHSEED="0")
    assert len(json.loads(first[1])["findings"]) > 10
    assert first[0] == 2
    assert answer(tree, "--no-cache", "-j8", PYTHONHASHSEED="7") == first
    assert answer(tree, "-j3", PYTHONHASHSEED="8") == first  # writes the cache
    assert answer(tree, PYTHONHASHSEED="9") == first
    # All that is given by name, in another order.
    given = (path for path in tree.iterdir() if path.is_dir() or path.suffix == ".py")
    paths = sorted((path.name for path in given if not path.name.startswith(".")), reverse=True)
    assert answer(tree, "--no-cache", "-j2", *paths) == first
    # From elsewhere, the same of other names.
    above, below = (_located(answer(where, "--no-cache", given), where) for where, given in _elsewhere(tree))
    assert above == below == _located(first, tree)


def test_flake8_says_the_same(tree: Path) -> None:
    for each in json.loads(answer(tree, "--no-cache")[1])["files"]["failed"]:
        (tree / each["path"]).unlink()  # flake8 itself fails on some encodings
    for path in filter(_overflows_pyflakes, tree.rglob("*.py")):
        path.unlink()  # the plugin that flake8 comes with ends the run
    report = json.loads(answer(tree, "--no-cache")[1])
    assert report["files"]["failed"] == []
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "flake8",
            "--select=HKP",
            "-j1",
            "--format=%(path)s|%(row)d|%(col)d|%(code)s|%(text)s",
        ],
        cwd=tree,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    theirs = sorted(line.removeprefix("./") for line in done.stdout.splitlines())
    # Behind what both say, flake8 tells of a fix in words.
    assert [re.sub(r" \((un)?safe fix.*\)$", "", line) for line in theirs] == sorted(
        map(_as_flake8, report["findings"])
    )
    assert len(theirs) > 10


def _overflows_pyflakes(path: Path) -> bool:
    try:
        Checker(ast.parse(path.read_bytes()))
    except RecursionError:
        return True
    return False


def _as_flake8(finding: dict[str, Any]) -> str:
    said = "|".join(str(finding[key]) for key in ("path", "line", "column", "code", "message"))
    noted = f"{said} (torch: {finding['torch']})" if finding["torch"] else said
    is_warning = finding["severity"] == "warning"
    return f"{noted} [{finding['confidence']}{', warning' if is_warning else ''}]"


def _elsewhere(tree: Path) -> tuple[tuple[Path, str], tuple[Path, str]]:
    return (tree.parent, tree.name), (tree / "pkg2" / "deep", "../..")


def _located(found: tuple[int, str, str], where: Path) -> tuple[int, Any, list[str]]:
    """Return an answer with paths that do not depend on the directory."""

    def settled(value: Any) -> Any:
        match value:
            case {"path": str(path)}:
                return {**{k: settled(v) for k, v in value.items()}, "path": os.path.normpath(where / path)}
            case dict():
                return {key: settled(each) for key, each in value.items()}
            case list():
                return [settled(each) for each in value]
        return value

    status, text, _ = found
    report = settled(json.loads(text))
    failed = report["files"].pop("failed")
    # A failure's reason names the path.
    return status, report, sorted(each["path"] for each in failed)
