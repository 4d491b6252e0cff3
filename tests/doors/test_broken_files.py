"""One syntax error, wherever it stands, is a failure of its file at the right line; the rest is reported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooked_project import hookproof
from hookproof.session.pipeline import check_paths, inventory
from hookproof.settings import Settings
from places import FIXTURES

pytestmark = pytest.mark.slow  # by its mere number

GOOD = "hkp302_unscriptable_attribute.py"
# One of each way in which a rule, the interpreter or the inventory comes to read a part of a class late.
BROKEN = (
    "hkp102_hook_loop_reaches_script_module.py",
    "hkp206_hook_output_type.py",
    "hkp302_unscriptable_attribute.py",
    "hkp403_method_not_compiled.py",
)


def broken_at_each_function(text: str) -> Iterator[tuple[int, str]]:
    """Yield the text with the first line of one function's body made wrong, and which line that is."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno > node.lineno:
            line, indent = node.body[0].lineno, node.body[0].col_offset
            yield line, "\n".join([*lines[: line - 1], " " * indent + "self.seen = =", *lines[line:], ""])


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_function_is_a_failure_of_its_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").touch()
    Path("good.py").write_text((FIXTURES / GOOD).read_text("utf-8"), "utf-8")
    expected = check_paths(["good.py"], Settings()).findings
    lines = {}
    for line, text in broken_at_each_function((FIXTURES / name).read_text("utf-8")):
        Path(f"bad_{line}.py").write_text(text, "utf-8")
        lines[f"bad_{line}.py"] = line
    report = check_paths(["."], Settings())
    assert tuple(found for found in report.findings if found.path == "good.py") == expected
    for failure in (*report.files.failed, *inventory(["."], Settings()).files.failed):
        assert f"{failure.path}: line {lines[failure.path]}: invalid syntax" in failure.reason
    assert len(report.files.failed) > 3


@pytest.mark.parametrize("part", ["self.seen = =", "return x +", "def (:", '"\\N{nothing}"'])
def test_a_class_that_does_not_parse_ends_nothing_but_its_file(part: str, tmp_path: Path) -> None:
    text = (FIXTURES / GOOD).read_text("utf-8")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "good.py").write_text(text, "utf-8")
    (tmp_path / "bad.py").write_text(text.replace("self.cache = []", part), "utf-8")
    alone = hookproof("check", "--output-format=concise", "-q", "good.py", cwd=tmp_path)
    both = hookproof("check", "--output-format=concise", "-q", cwd=tmp_path)
    assert both.returncode == 2
    assert [line for line in both.stdout.splitlines() if line.startswith("good.py")] == (
        alone.stdout.splitlines()
    )
    (line,) = both.stderr.splitlines()
    assert line.startswith("cannot parse bad.py: line ")


@pytest.mark.parametrize("line", ["from torch.nn  functional as F", "import torch.", "from torch import ("])
def test_an_import_that_does_not_parse_is_told_too(line: str, tmp_path: Path) -> None:
    """The names of imports are read without a parser."""
    text = (FIXTURES / GOOD).read_text("utf-8")
    (tmp_path / "bad.py").write_text(text.replace("import torch\n", f"import torch\n{line}\n", 1), "utf-8")
    (failure,) = check_paths([str(tmp_path / "bad.py")], Settings()).files.failed
    assert "bad.py: line " in failure.reason


def test_a_file_that_does_not_parse_hides_nothing_of_a_registry_that_others_fill(tmp_path: Path) -> None:
    """Whoever looks an entry up has to read all files that register some."""
    forms = FIXTURES.parent / "tests" / "forms" / "registrations"
    for file in (forms / "class_registered_by_a_call").glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    nets = (forms / "other_class_of_a_registry" / "two_nets.py").read_text("utf-8")
    bad = tmp_path / "other_nets.py"
    bad.write_text(nets.replace("class Plain(nn.Module):\n", ""), "utf-8")
    report = check_paths([str(tmp_path)], Settings())
    assert [finding.code for finding in report.findings] == ["HKP201"]
    (failure,) = report.files.failed
    assert failure.path == str(bad)
