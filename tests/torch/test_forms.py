"""Ways to write one thing: each small program of `data/forms.txt` runs on torch and is put through `check`.

A heading says what becomes of the program: it `breaks` with these findings, it `survives` without any, or it
breaks and is `missed`, which is known and written down there until somebody fixes it.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from form_programs import Form, forms
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

ALL = list(forms())


def test_forms_have_names_of_their_own() -> None:
    names = [form.name for form in ALL]
    assert len(names) == len(set(names))
    assert all(bool(form.codes) == (form.kind == "breaks") for form in ALL)


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_form_is_told_as_torch_does(form: Form, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(form.text, "utf-8")
    if form.kind == "survives":
        runpy.run_path(str(program), run_name="__main__")
    else:
        with pytest.raises(
            Exception,
            match=r"attribute|cache|supported|[Ee]xpected|Modules that|super\(|as a value|Arguments for call"
            r"|annotated as|undefined value|if-expression",
        ):
            runpy.run_path(str(program), run_name="__main__")
    found = check_paths([str(program)], Settings()).findings
    assert sorted({finding.code for finding in found}) == sorted(form.codes)
