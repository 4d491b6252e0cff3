"""The comparison across Pythons: what it pins, what it asks, and that an answer that is other is noticed."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import get_args

import pytest
from packaging.requirements import Requirement

from hooked_project import ROOT, environment, write_project
from hookproof.settings import OutputFormat

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SPEC = importlib.util.spec_from_file_location("compare_pythons", ROOT / "tools" / "compare_pythons.py")
assert SPEC is not None
assert SPEC.loader is not None
TOOL = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(TOOL)


def test_the_lowest_versions_are_those_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["flake8"]]
    for written, pin in zip(map(Requirement, needed), map(Requirement, TOOL.lowest()), strict=True):
        assert (pin.name, str(pin.marker)) == (written.name, str(written.marker))
        assert str(pin.specifier).replace("==", ">=") == str(written.specifier)


@pytest.mark.slow
def test_interpreters_that_answer_the_same_and_one_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path)
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    asked = [
        question
        for question in TOOL.questions([str(tmp_path)], str(tmp_path / "pkg" / "main.py"))
        if question[-1] != "HKP302" and ("json" in question or "concise" in question)
    ]
    first, second = (TOOL.answers_of(sys.executable, asked) for _ in range(2))
    assert list(TOOL.differences(asked, first, second)) == []
    assert {answer.status for answer in first} == {0, 1}
    assert all(len(answer.text) > 50 for answer in first)
    changed = [answer._replace(text=answer.text.replace("HKP201", "HKP202")) for answer in second]
    (at,) = [number for number, question in enumerate(asked) if "concise" in question]
    (told,) = TOOL.differences(asked[at:], first[at:], [changed[at], *second[at + 1 :]])
    assert re.search(r"^    -.*HKP201.*\n    \+.*HKP202", told, re.M)


def test_every_format_is_asked_about() -> None:
    asked = [question for question in TOOL.questions(["all"], "one.py") if question[-1] == "one.py"]
    formats = {
        question[question.index("--output-format") + 1] for question in asked if question[1] == "check"
    }
    assert formats == set(get_args(OutputFormat))
    assert {question[0] for question in asked} == {"hookproof", "flake8"}
