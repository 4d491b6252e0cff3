"""`check` finds in each program under `forms/` what stands at the ends of its lines, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fixture_programs import read_expectations
from form_programs import FormFile, form_files
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

ALL = [
    pytest.param(form, marks=pytest.mark.xfail(strict=True, reason=form.gap) if form.gap else ())
    for form in form_files()
]


def test_each_program_says_what_torch_does() -> None:
    for form in form_files():
        assert ("breaks" in form.head) != ("survives" in form.head), form


@pytest.mark.parametrize("form", ALL, ids=str)
def test_program_has_the_findings_it_expects(form: FormFile, tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").touch()
    for file in form.files:
        copy = tmp_path / file.relative_to(form.main.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    report = check_paths([str(tmp_path)], Settings(assume_scripted="hookproof" in form.head))
    found = {f"{Path(each.path).name}:{each.line} {each.code}" for each in report.findings}
    expected = {
        f"{each.path.name}:{each.line} {each.code}"
        for file in form.files
        for each in read_expectations(file.read_text("utf-8"), file)
    }
    any_code = {each.removesuffix(" HKP???") for each in expected if each.endswith("???")}
    found = {
        f"{location} HKP???" if location in any_code else f"{location} {code}"
        for location, code in map(str.split, found)
    }
    assert found == expected
    if "unsure" in form.head:
        assert not [each.message for each in report.findings if each.confidence == "certain"]
    unsaid = form.head.get("unsaid", "\n")
    assert not [each.message for each in report.findings if unsaid in each.message]
