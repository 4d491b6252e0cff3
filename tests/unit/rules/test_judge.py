"""What is left unsaid: guesses that say one thing twice, or that are pointless because of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

LIBRARY = """\
from typing import Any, Sequence, Tuple

from torch import Tensor, nn

calls = {}


def hook(module, input, output: Sequence[Tensor]):
    calls["n"] = calls.get("n", 0) + 1
    print(type(module), module.parameters())


def attach(module: nn.Module):
    module.register_forward_hook(hook)
"""
SCRIPTED = LIBRARY + "\n\nmodel = nn.Linear(2, 2)\nattach(model)\ntorch.jit.script(model)\n".replace(
    "\n\nmodel", "\n\nimport torch\n\nmodel"
)
BOUND = """\
from typing import Tuple

from torch import Tensor, nn


class Recorder:
    def hook(self, module, input, output):
        print(type(module), module.parameters(), {**input})

    def attach(self, module: nn.Module):
        module.register_forward_hook(self.hook)
"""
KEYWORDS = """\
from torch import nn


def hook(module, args, kwargs, output):
    print(type(module), module.parameters(), {**kwargs})


def attach(module: nn.Module):
    module.register_forward_hook(hook, with_kwargs=True)
"""


def found(folder: Path, source: str, settings: Settings | None = None) -> list[Finding]:
    (folder / "hooks.py").write_text(source, "utf-8")
    return list(
        check_paths([str(folder)], settings or Settings(assume_scripted=True, ignore=("HKP120",))).findings
    )


def codes(findings: list[Finding]) -> list[tuple[int, str]]:
    return [(finding.line, finding.code) for finding in findings]


def test_a_guess_says_one_thing_of_a_hook_at_one_location(tmp_path: Path) -> None:
    at_def = [finding for finding in found(tmp_path, LIBRARY) if finding.line == 8]
    assert [finding.code for finding in at_def] == ["HKP210"]
    notes = [interpret.note for interpret in at_def[0].evidence]
    assert any(note.startswith("also HKP213: ") for note in notes)
    assert any(note.startswith("also HKP204: ") for note in notes)


def test_what_a_guess_left_unsaid_is_said_once_the_rest_is_switched_off(tmp_path: Path) -> None:
    settings = Settings(assume_scripted=True, ignore=("HKP210", "HKP213"))
    at_def = [finding for finding in found(tmp_path, LIBRARY, settings) if finding.line == 8]
    assert [finding.code for finding in at_def] == ["HKP204"]
    assert not [interpret for interpret in at_def[0].evidence if interpret.note.startswith("also ")]


def test_every_cause_of_what_is_known_to_break_is_said(tmp_path: Path) -> None:
    at_def = {finding.code for finding in found(tmp_path, SCRIPTED) if finding.line == 8}
    assert at_def == {"HKP204", "HKP210", "HKP213"}


@pytest.mark.parametrize(("source", "expected"), [(BOUND, (7, "HKP203")), (KEYWORDS, (4, "HKP208"))])
def test_guesses_about_the_body_of_a_hook_that_never_compiles_are_pointless(
    tmp_path: Path, source: str, expected: tuple[int, str]
) -> None:
    assert codes(found(tmp_path, source)) == [expected]
    assert (
        codes(found(tmp_path, source, Settings(assume_scripted=True, ignore=(expected[1], "HKP120")))) == []
    )


def test_the_body_of_a_bound_method_counts_where_its_module_is_scripted(tmp_path: Path) -> None:
    scripted = (
        BOUND
        + "\n\nimport torch\n\nmodel = nn.Linear(2, 2)\nRecorder().attach(model)\ntorch.jit.script(model)\n"
    )
    assert {(7, "HKP203"), (8, "HKP305"), (8, "HKP307")} <= set(codes(found(tmp_path, scripted)))


CHOSEN = """\
import sys

import torch
from torch import nn


def hook(module, input, output):
    print(output)


def script():
    model = nn.Sequential(nn.Linear(2, 2))
    for name, module in model.named_modules():
        {condition}
            module.register_forward_hook(hook)
    return torch.jit.script(model)
"""


@pytest.mark.parametrize(
    ("condition", "confidence"),
    [
        ("with torch.no_grad():", "certain"),
        ("if isinstance(module, nn.Linear):", "certain"),
        ("if name in sys.argv:", "likely"),  # there may be none of these names
        ("if name == 'decoder':", None),  # there is none of that name
    ],
)
def test_a_hook_on_chosen_modules_is_certain_only_where_one_is_known_to_be_chosen(
    condition: str, confidence: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "chosen.py"
    path.write_text(CHOSEN.format(condition=condition))
    found = check_paths([str(path)], Settings()).findings
    expected = set() if confidence is None else {confidence}
    assert {finding.confidence for finding in found if finding.code == "HKP204"} == expected
