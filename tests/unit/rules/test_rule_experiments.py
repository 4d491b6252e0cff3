"""What a rule says of its experiment is all that `verify` knows of it: no code of a rule stands there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import hookproof.verify.plan
import hookproof.verify.verdict
from hookproof.finding import Finding, Prediction
from hookproof.rules import registry
from hookproof.rules.experiment import Program, ReducedHook
from hookproof.rules.rule import Rule
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of
from hookproof.worlds.outcome import Outcome
from torch_oracle import oracle

VERIFY = Path(hookproof.verify.plan.__file__).parent
RULES = registry.rules()


def test_no_rule_code_stands_in_verify() -> None:
    files = sorted(VERIFY.rglob("*.py"))
    assert len(files) > 20
    assert [path.name for path in files if re.search(r"HKP\d", path.read_text("utf-8"))] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_a_rule_asks_is_of_its_family(rule: Rule) -> None:
    asks = {
        "1": {"fate"},
        "2": {"callable", "body"},
        "3": {"use"},
        "4": {"use"},
        "5": {"body"},
        "6": {"fate"},
        "7": {"fate"},
        "8": {"fate"},
        "9": {"fate"},
    }
    assert rule.asks in asks[rule.code[3]]
    assert isinstance(rule.experiment, Program) or rule.asks != "fate"
    # It travels to the worker as JSON, and nothing of it is lost.
    data = msgspec.json.encode(rule.experiment)
    assert msgspec.json.decode(data, type=Program | ReducedHook) == rule.experiment


@pytest.mark.parametrize("rule", [r for r in RULES if r.asks == "fate"], ids=lambda rule: rule.code)
def test_the_life_cycle_of_a_rule_comes_to_what_the_rule_says(rule: Rule, tmp_path: Path) -> None:
    assert isinstance(rule.experiment, Program)
    assert rule.experiment.life_cycle
    api = next(api for code, api in _APIS if rule.code in code)
    life_cycle = rule.experiment.life_cycle.of(api)
    head = "from typing import Tuple\n\nimport torch\nfrom torch import nn\n\n"
    inputs = "inputs = (torch.rand(2, 4, requires_grad=True),)\n"
    path = tmp_path / "life.py"
    path.write_text(head + life_cycle.module + inputs + life_cycle.body + "scripted = 0\n", "utf-8")
    if rule.prediction is not None:
        outcome = oracle().run(path, [None])[None]
        assert rule.prediction.exception in outcome.exception, outcome
        assert re.search(rule.prediction.message, outcome.message), outcome
        return
    with path.open("a", encoding="utf-8") as file:
        file.write("scripted = in_torchscript\n")
    assert oracle().run(path, [None])[None].differs


_APIS = (
    (("HKP106",), "register_module_forward_hook"),
    (("HKP118",), "register_module_full_backward_hook"),
    (("HKP110", "HKP112", "HKP603", "HKP607", "HKP702"), "register_full_backward_hook"),
    (("HKP111",), "_register_state_dict_hook"),
    (tuple(registry.codes()), "register_forward_hook"),
)


class Shouts(Rule):
    """A rule that nobody but this test has heard of."""

    code = "HKP399"
    name = "shouts"
    summary = "A hook shouts"
    worlds = frozenset({"compiled"})
    asks = "use"
    experiment = ReducedHook(is_at_line=True)
    prediction = Prediction("RuntimeError", "has no attribute 'shout'")

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Find nothing: the test makes its findings from another rule's."""
        yield from ()


PROGRAM = """\
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    print(module.whisper)
    print(module.{name})


def main():
    model = nn.Linear(2, 2)
    model.register_forward_hook(hook)
    torch.jit.script(model)
"""


@pytest.mark.parametrize(("name", "status"), [("shout", "confirmed"), ("in_features", "refuted")])
def test_a_new_rule_is_put_to_torch_by_what_it_says_itself(
    name: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rule(code: str) -> Rule:
        return Shouts() if code == Shouts.code else registry.rule(code)

    monkeypatch.setattr(hookproof.verify.plan, "rule", rule)
    monkeypatch.setattr(hookproof.verify.verdict, "rule", rule)
    (tmp_path / "shouting.py").write_text(PROGRAM.format(name=name), "utf-8")
    found = check_paths([str(tmp_path)], Settings()).findings[0]
    own = msgspec.structs.replace(
        found,
        code=Shouts.code,
        line=9,
        end_line=9,
        end_column=found.column + len(f"module.{name}"),
        attribute=f"module.{name}",
        prediction=Shouts.prediction,
    )
    (answer,) = ask(sys.executable, plan([own]), Limits(timeout=60, jobs=1))
    assert verdict_of(own, answer).status == status, answer
