"""Findings in a library, whose users bring the models and most of what its hooks need."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from hookproof.engine import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.reproduce import write_reproductions
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of

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


def test_what_the_users_of_a_library_bring_is_stood_in_for(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text(LIBRARY, "utf-8")
    findings = check_paths([str(tmp_path)], Settings(assume_scripted=True)).findings
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), Limits(timeout=60, jobs=2))}
    found = [(f.code, verdict_of(f, answers[number])) for number, f in enumerate(findings)]
    assert {"HKP120", "HKP202", "HKP213", "HKP501"} <= {code for code, _ in found}
    assert [v.status for _, v in found] == ["confirmed"] * len(found), found
    assert any("stand-in module" in v.reason for _, v in found)
    assert any("stand-ins for its arguments" in v.reason for _, v in found)
    assert any("stand-ins were used for what it captures" in v.reason for _, v in found)


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


def test_what_the_hook_before_returns_is_asked_about_whatever_else_that_hook_does(tmp_path: Path) -> None:
    (tmp_path / "chain.py").write_text(CHAIN, "utf-8")
    findings = check_paths([str(tmp_path)], Settings()).findings
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), Limits(timeout=60, jobs=2))}
    found = [(f.code, verdict_of(f, answers[number])) for number, f in enumerate(findings)]
    assert sorted(code for code, _ in found) == ["HKP206", "HKP301", "HKP301"]
    assert [v.status for _, v in found] == ["confirmed"] * 3, found
    assert any("behind that of `first`" in v.reason for _, v in found)


def test_ctrl_c_while_scripts_are_run_keeps_those_that_have_been(tmp_path: Path) -> None:
    (tmp_path / "chain.py").write_text(CHAIN, "utf-8")
    findings = check_paths([str(tmp_path)], Settings()).findings
    limits = Limits(timeout=60, jobs=1)
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), limits)}
    judged = [
        msgspec.structs.replace(f, verdict=verdict_of(f, answers[number]))
        for number, f in enumerate(findings)
    ]

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    folder = str(tmp_path / "scripts")
    found = write_reproductions(
        judged, list(plan(judged)), answers, folder, sys.executable, limits, interrupt
    )
    scripts = [f.verdict.reproduction for f in found if f.verdict]
    assert len(scripts) == 3
    assert sum(script is not None for script in scripts) == 1


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


def test_a_captured_value_is_asked_about_whatever_it_is_passed_to(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text(PASSED_ON, "utf-8")
    findings = check_paths([str(tmp_path)], Settings(assume_scripted=True)).findings
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), Limits(timeout=60, jobs=2))}
    found = [(f.code, verdict_of(f, answers[number])) for number, f in enumerate(findings)]
    assert [(code, v.status) for code, v in found] == [("HKP213", "confirmed")], found
    assert "passed to print" in found[0][1].reason
