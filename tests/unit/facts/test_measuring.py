"""`hookproof facts probe` writes what the torch of an interpreter gives; here others take its place."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from hooked_project import hookproof
from hookproof.facts.atlas import BASE, Facts, raw_facts
from hookproof.facts.measuring import ProbeError, measure, whole

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a script takes the place of an interpreter")


def interpreter(folder: Path, body: str) -> str:
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\nimport json, sys\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_a_file_that_settings_take(tmp_path: Path) -> None:
    facts = {**raw_facts(BASE), "torch": "2.99.0"}
    facts["hooks"] = [api for api in facts["hooks"] if api["name"] != "register_forward_hook"]
    (tmp_path / "said.json").write_text(json.dumps(facts))
    python = interpreter(tmp_path, f"sys.stdout.write(open({str(tmp_path / 'said.json')!r}).read())")
    done = hookproof("facts", "probe", "--python", python, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Wrote torch-2.99.0.json: torch 2.99.0; `--torch torch-2.99.0.json` takes it" in done.stderr
    written = Facts(str(tmp_path / "torch-2.99.0.json"))
    assert "register_forward_hook" not in written.hook_apis
    assert "register_forward_pre_hook" in written.hook_apis
    shown = hookproof("facts", "diff", BASE, "torch-2.99.0.json", cwd=tmp_path)
    assert "register_forward_hook: gone" in shown.stdout


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit('No module named torch')", "No module named torch"),
        ("sys.exit(3)", "ended with 3"),
    ],
)
def test_an_interpreter_without_torch(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=said):
        measure(interpreter(tmp_path, body))
    done = hookproof("facts", "probe", "--python", interpreter(tmp_path, body), cwd=tmp_path)
    assert (done.returncode, said in done.stderr, done.stdout) == (2, True, "")


@pytest.mark.slow
def test_no_interpreter(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="No such file"):
        measure(str(tmp_path / "none"))


def test_facts_as_text_are_the_same_facts() -> None:
    facts = raw_facts(BASE)
    assert json.loads(whole(facts)) == facts
