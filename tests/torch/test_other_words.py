"""Another version of torch or of Python may say a thing in other words: that does not mean it accepts it."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import msgspec
import pytest

from hookproof.finding import Prediction
from hookproof.rules.registry import rule
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of
from places import ROOT


@pytest.mark.parametrize(
    "name", ["hkp101_hook_on_script_module", "hkp405_traced_container", "hkp414_raw_member_iteration"]
)
def test_an_error_in_words_that_nobody_predicted_refutes_nothing(name: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "fixtures" / f"{name}.py", tmp_path)
    findings = [
        msgspec.structs.replace(each, prediction=Prediction(each.prediction.exception, "words nobody says"))
        for each in check_paths([str(tmp_path)], Settings()).findings
        if each.prediction is not None
    ]
    assert findings
    for answer in ask(sys.executable, plan(findings), Limits(timeout=60)):
        assert verdict_of(findings[answer["id"]], answer).status == "inconclusive"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("HKP405", "argument of type 'TracedModule' is not a container or iterable"),  # Python 3.14 on
        ("HKP405", "argument of type 'TracedModule' is not iterable"),
        ("HKP405", "'TracedModule' object is not iterable"),
        ("HKP414", "argument of type 'torch._C.ModuleDict' is not a container or iterable"),
        ("HKP414", "'OrderedModuleDict' object is not iterable"),
    ],
)
def test_what_several_versions_of_python_say(code: str, message: str) -> None:
    prediction = rule(code).prediction
    assert prediction is not None
    assert re.search(prediction.message, message)


def test_no_forward_of_ours_is_read_as_having_a_type_comment() -> None:
    # torch 1.8 takes `# type: ignore` behind a `def` for the types of its parameters.
    for folder in ("probe", "verify"):
        for path in (ROOT / "src" / "hookproof" / folder).rglob("*.py"):
            assert not re.search(r"def forward\([^\n]*# type:", path.read_text("utf-8")), path
