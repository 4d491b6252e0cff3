"""Findings in a library, whose users bring the models and most of what its hooks need."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asked_together import Judged, asked_together
from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.reproduce import write_reproductions
from hookproof.verify.run import Limits

LIBRARY = """\
from functools import partial
from typing import Tuple

from torch import Tensor, nn


def record(module, input, output, name):
    print(name, output.shape)


class Recorder:
    def __init__(self, client, name):
        self.client, self.name = client.connect(), name

    def __call__(self, module, input, output):
        self.client.send(self.name, output)


class Tool:
    def __init__(self, client):
        self.client = client
        self.seen = {}

    def watch(self, model: nn.Module):
        def remember(module: nn.Module, input: Tuple[Tensor], output: Tensor):
            kinds = {1, 2}
            self.seen[kinds] = output

        return model.register_forward_hook(remember)

    def watch_before(self, model: nn.Module, names: list):
        def remember_names(module: nn.Module, input: Tuple[Tensor]) -> None:
            names.append(input[0])

        return model.register_forward_pre_hook(remember_names)

    def watch_partially(self, layer, **options):
        hook = partial(record, name=options["name"])
        return layer.register_forward_hook(hook)

    def watch_with_an_object(self, layer, name):
        recorder = Recorder(self.client, name)
        return layer.register_forward_hook(recorder)


def nested(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    def double(value):
        first = value * 2

        if first.dim() > 1:
            return first
        return value

    return double(output)


def watch_all(model: nn.Module):
    for module in model.modules():
        module.register_forward_hook(nested)
"""

CHAIN = """\
from typing import Tuple

import torch
from torch import Tensor, nn


def first(module, input: Tuple[Tensor], output: Tensor) -> None:
    module.nowhere


def second(module, input: Tuple[Tensor], output: Tensor) -> None:
    module.nowhere


def export():
    model = nn.Linear(2, 2)
    model.register_forward_hook(first)
    model.register_forward_hook(second)
    return torch.jit.script(model)
"""

FLAGGED = """\
from typing import Sequence

from torch import nn


def note(module, *given):
    print(type(module).__name__)


def watch_before(model: nn.Module, before: bool = False):
    for part in model.modules():
        if before:
            part.register_forward_pre_hook(note)


def watch_output(part, after):
    if after:
        part.register_forward_hook(note)


def watch_input(part):
    part.register_forward_pre_hook(note)


def watch(model: nn.Module, after: bool = False):
    for part in model.modules():
        watch_output(part, after)
        watch_input(part)


class Features:
    def __init__(self, names: Sequence[str], named_modules: dict, kind: str = "after"):
        modules = {name: part for name, part in named_modules}
        for name in names:
            if kind == "before":
                modules[name].register_forward_pre_hook(note)
            elif kind == "after":
                modules[name].register_forward_hook(note)
"""
PASSED_ON = """\
from typing import Tuple

from torch import Tensor, nn


class Info:
    def __init__(self, depth: int):
        self.depth = depth

    def show(self) -> str:
        return f"{self.depth!r}"


def make(depth: int, source):
    def note(module, input: Tuple[Tensor], output: Tensor) -> None:
        Info(depth).show()

    return note


def watch(model: nn.Module, source):
    return model.register_forward_hook(make(1, source))
"""

# What the constructors need is to be guessed: functions, patterns, and a module that may be left out.
GUESSED = """\
import fnmatch


def flops(sizes, layer, weight):
    return sizes + layer.hidden_size * weight.shape[0]


def count(layer, input, output):
    weight = layer.__getattr__("weight")
    flops(0, layer, weight)


class Stats:
    def __init__(self, model, hook_fn_locs, hook_fns):
        self.model = model
        self.stats = dict((hook_fn.__name__, []) for hook_fn in hook_fns)
        for hook_fn_loc, hook_fn in zip(hook_fn_locs, hook_fns):
            self.register(hook_fn_loc, hook_fn)

    def register(self, hook_fn_loc, hook_fn):
        for name, module in self.model.named_modules():
            if fnmatch.fnmatch(name, hook_fn_loc):
                module.register_forward_hook(count)


class Counter:
    def __init__(self, depth=2, module=None):
        self.names = []
        for name, part in module.named_children() if module is not None else ():
            part.register_forward_pre_hook(lambda *_: self.names.append(name))
            part.register_forward_hook(lambda *_: self.names.pop())
"""

PROGRAMS = {
    "guessed": (GUESSED, Settings(assume_scripted=True)),
    "library": (LIBRARY, Settings(assume_scripted=True)),
    "chain": (CHAIN, Settings()),
    "passed on": (PASSED_ON, Settings(assume_scripted=True)),
    "flagged": (FLAGGED, Settings(assume_scripted=True)),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """Return the findings in each program with their verdicts, and the answers, all of one worker."""
    findings = {}
    for name, (text, settings) in PROGRAMS.items():
        folder = tmp_path_factory.mktemp("program")
        (folder / "tool.py").write_text(text, "utf-8")
        findings[name] = check_paths([str(folder)], settings).findings
    return asked_together(findings)


def said(findings: list[Finding]) -> list[tuple[str, Verdict]]:
    """Return the code of each finding and its verdict."""
    return [(f.code, f.verdict) for f in findings if f.verdict]


def test_what_the_users_of_a_library_bring_is_stood_in_for(judged: dict[str, Judged]) -> None:
    found = said(judged["library"][0])
    assert {"HKP120", "HKP202", "HKP213", "HKP501"} <= {code for code, _ in found}
    # `watch_partially` asks its callers for an option by a name that nothing tells.
    assert [code for code, v in found if v.status != "confirmed"] == ["HKP120"], found
    assert any("stand-in module" in v.reason for _, v in found)
    assert any("stand-ins for its arguments" in v.reason for _, v in found)
    assert any("stand-ins were used for what it captures" in v.reason for _, v in found)


def test_what_constructors_need_is_guessed_and_what_other_arguments_need_left_out(
    judged: dict[str, Judged],
) -> None:
    found = said(judged["guessed"][0])
    assert [code for code, _ in found if code in ("HKP120", "HKP311")] == ["HKP311", "HKP120", "HKP120"]
    assert {v.status for _, v in found} == {"confirmed"}, found


def test_what_the_hook_before_returns_is_asked_about_whatever_else_that_hook_does(
    judged: dict[str, Judged],
) -> None:
    found = said(judged["chain"][0])
    assert sorted(code for code, _ in found) == ["HKP206", "HKP301", "HKP301"]
    assert [v.status for _, v in found] == ["confirmed"] * 3, found
    assert any("behind that of `first`" in v.reason for _, v in found)


def test_ctrl_c_while_scripts_are_run_keeps_those_that_have_been(
    judged: dict[str, Judged], tmp_path: Path
) -> None:
    findings, answers = judged["chain"]

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    found = write_reproductions(
        findings,
        list(plan(findings)),
        answers,
        str(tmp_path / "scripts"),
        sys.executable,
        Limits(timeout=60, jobs=1),
        interrupt,
    )
    scripts = [f.verdict.reproduction for f in found if f.verdict]
    assert len(scripts) == 3
    assert sum(script is not None for script in scripts) == 1


def test_a_captured_value_is_asked_about_whatever_it_is_passed_to(judged: dict[str, Judged]) -> None:
    found = said(judged["passed on"][0])
    assert [(code, v.status) for code, v in found] == [("HKP213", "confirmed"), ("HKP120", "confirmed")], (
        found
    )
    assert "passed to print" in found[0][1].reason


def test_a_registration_that_a_flag_leads_to_or_that_is_behind_another_is_asked_about(
    judged: dict[str, Judged],
) -> None:
    found = said(judged["flagged"][0])
    assert [code for code, _ in found if code == "HKP120"] == ["HKP120"] * 4
    assert {verdict.status for _, verdict in found} == {"confirmed"}, found
    assert any("flags turned" in verdict.reason for _, verdict in found)
