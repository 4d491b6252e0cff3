"""What is reported where a project names versions of torch: what holds in one, with a note in which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hooked_project import hookproof
from hookproof.facts.atlas import SHIPPED, raw_facts
from hookproof.rules import registry
from hookproof.session import torches
from hookproof.session.pipeline import check_paths, check_source
from hookproof.settings import Settings
from hookproof.source.cache import Cache
from places import ROOT

EXPORTED = """\
import torch
from torch import nn

kept = []


def keep(module, inputs, output):
    kept.append(output)


net = nn.Sequential(nn.Linear(2, 2))
net[0].register_forward_hook(keep)
torch.export.export(net, (torch.ones(1, 2),))
print(kept[0].numpy())
"""
LAMBDA = """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2))
net[0].register_forward_hook(lambda module, inputs, output: output)
torch.jit.script(net)
"""
WITH_AN_OPTION = LAMBDA.replace("output: output)", "output: output, prepend=True)")
ATTENTION = """\
import torch
from torch import nn


def first(module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
    pass


net = nn.MultiheadAttention(4, 2)
net.register_forward_hook(first)
torch.jit.script(net)
"""
APPLIED = """\
import torch
from torch import Tensor, nn


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


class Doubler:
    @staticmethod
    def apply(x):
        return x


def doubles(module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    return Double.apply(output)


net = nn.Linear(2, 2)
net.register_forward_hook(doubles)
torch.jit.script(net)
"""
ASSERTED = """\
import torch
from torch import nn


def finite(module, inputs, output):
    assert torch.isfinite(output).all()


net = nn.Sequential(nn.Linear(2, 2))
net[0].register_forward_hook(finite)
torch.export.export(net, (torch.ones(1, 2),))
"""


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "program.py"


def found(at: Path, text: str, *torch: str, cache: Cache | None = None) -> list[tuple[str, str | None]]:
    at.write_text(text)
    settings = Settings(torch=torch)
    findings = check_paths([str(at)], settings, cache=cache).findings
    assert findings == check_source(text.encode(), str(at), settings).findings
    return [(finding.code, finding.torch) for finding in findings]


@pytest.mark.parametrize(
    ("torch", "expected"),
    [
        ((), [("HKP602", "since 2.1")]),
        (("2.4",), [("HKP602", None)]),
        (("2.0",), []),
        ((">=2.4",), [("HKP602", None)]),
        ((">=1.8",), [("HKP602", "since 2.1")]),
        (("<2.1",), []),
        (("1.13", "2.6"), [("HKP602", "since 2.1")]),
    ],
)
def test_what_came_with_a_version(
    torch: tuple[str, ...], expected: list[tuple[str, str | None]], at: Path
) -> None:
    assert found(at, EXPORTED, *torch) == expected


def test_what_some_versions_accept(at: Path) -> None:
    # torch 2.0 to 2.13 compile it; before and after, `apply` is written in C++.
    assert found(at, APPLIED) == [("HKP501", "in 1.8, 1.12, 2.14, 2.15")]
    assert found(at, APPLIED, "2.13") == found(at, APPLIED, "2.0") == []
    assert found(at, APPLIED, ">=2.4") == [("HKP501", "since 2.14")]
    assert found(at, APPLIED, "1.12") == [("HKP501", None)]
    assert found(at, APPLIED.replace("return Double.", "return Doubler.")) == []
    # An export was strict by default, and let an assertion pass.
    [(code, note)] = found(at, ASSERTED)
    assert (code, note) == ("HKP605", "since 2.9")
    assert found(at, ASSERTED, "2.4") == []
    explicit = ASSERTED.replace("2),))", "2),), strict=False)")
    assert found(at, explicit) == [("HKP605", "since 2.1")]
    assert found(at, explicit, "2.4") == [("HKP605", None)]


def test_what_holds_everywhere_has_no_note(at: Path) -> None:
    for torch in ((), (">=1.8",), ("1.8",)):
        assert found(at, LAMBDA, *torch) == [("HKP201", None)]


def test_an_option_that_a_version_does_not_have(at: Path) -> None:
    assert found(at, WITH_AN_OPTION) == [("HKP201", "since 2.0")]
    assert found(at, WITH_AN_OPTION, "1.13") == []
    assert found(at, WITH_AN_OPTION, ">=1.8") == [("HKP201", "since 2.0")]


def test_the_type_to_write_is_that_of_the_version(at: Path) -> None:
    at.write_text(ATTENTION)

    def parts(*torch: str) -> tuple[int, list[str]]:
        findings = check_paths([str(at)], Settings(torch=torch)).findings
        [finding] = [finding for finding in findings if finding.code == "HKP205"]
        others = [evidence.note for evidence in finding.evidence if evidence.note.startswith("with torch ")]
        return finding.message.partition("write ")[2].count(","), others

    # `average_attn_weights` came with 1.11, `is_causal` with 2.0.
    assert (parts("1.8"), parts("1.12"), parts("2.0"), parts("2.13")) == ((5, []), (6, []), (7, []), (7, []))
    count, [other] = parts("1.12", "2.0", "2.13")
    assert (count, other.startswith("with torch 1.12: "), other.count(",")) == (7, True, 6)


def test_versions_that_answer_the_same_are_analysed_once(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysed: list[str] = []
    over = torches.over

    def counting(wanted: tuple[torches.Torch, ...], analyse: object) -> object:
        def of(torch: torches.Torch) -> object:
            analysed.append(torch.version)
            return analyse(torch)  # type: ignore[operator]

        return over(wanted, of)  # type: ignore[arg-type]

    monkeypatch.setattr(torches, "over", counting)
    at.write_text(LAMBDA)
    check_paths([str(at)], Settings(torch=(">=2.6",)))
    assert analysed == [SHIPPED[-1]]


def test_each_version_has_an_answer_of_its_own_in_the_cache(at: Path, tmp_path: Path) -> None:
    cache = Cache(str(tmp_path / "cache"))
    for torch in ("2.4", "2.0", "2.4", ">=1.8", "2.0"):
        expected = [] if torch == "2.0" else [("HKP602", "since 2.1" if torch == ">=1.8" else None)]
        assert found(at, EXPORTED, torch, cache=cache) == expected


def test_every_format_has_the_note(at: Path) -> None:
    at.write_text(EXPORTED)
    for name in (
        "full",
        "concise",
        "grouped",
        "github",
        "gitlab",
        "junit",
        "markdown",
        "pylint",
        "sarif",
        "json",
        "json-lines",
    ):
        shown = hookproof("check", f"--output-format={name}", at.name, cwd=at.parent)
        assert "since 2.1" in shown.stdout, name
    [finding] = json.loads(
        hookproof("check", "--output-format=json", at.name, cwd=at.parent).stdout
    )["findings"]  # fmt: skip
    assert finding["torch"] == "since 2.1"


def test_facts_of_ones_own(at: Path) -> None:
    mine = {**raw_facts("2.13.0"), "torch": "2.13.0"}
    mine["hooks"] = [api for api in mine["hooks"] if api["name"] != "register_forward_hook"]
    (at.parent / "mine.json").write_text(json.dumps(mine))
    at.write_text(LAMBDA)
    by_option = hookproof("check", "--torch=mine.json", at.name, cwd=at.parent)
    assert (by_option.returncode, by_option.stdout) == (0, "")
    (at.parent / "pyproject.toml").write_text('[tool.hookproof]\ntorch = "mine.json"\n')
    assert hookproof("check", at.name, cwd=at.parent).returncode == 0
    (at.parent / "mine.json").write_text("{}")
    broken = hookproof("check", at.name, cwd=at.parent)
    assert (broken.returncode, "holds no facts" in broken.stderr) == (2, True)


def test_explain_says_of_which_versions_a_rule_speaks() -> None:
    assert "It applies since 2.1." in hookproof("explain", "HKP601", cwd=ROOT).stdout
    assert "It applies to every version" in hookproof("explain", "HKP201", cwd=ROOT).stdout


def test_what_changed_between_two_versions() -> None:
    shown = hookproof("facts", "diff", "2.4", "2.15", cwd=ROOT)
    assert "register_state_dict_post_hook: new" in shown.stdout
    assert "compile, forward, after, leaf: kept -> not called" in shown.stdout
    as_json = json.loads(hookproof("facts", "diff", "2.4", "2.15", "--output-format=json", cwd=ROOT).stdout)
    assert (as_json["before"], as_json["after"]) == ("2.4.1", "2.15.0")
    assert {"table": "entry_points", "name": "torch.export.draft_export", "text": "new"} in as_json["changes"]
    assert "No known differences" in hookproof("facts", "diff", "2.4", "2.4.1", cwd=ROOT).stdout
    assert hookproof("facts", "diff", "2.4", "newest", cwd=ROOT).returncode == 2


def test_what_holds_in_an_older_version_only_is_found(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(registry.rule("HKP201")), "until", "2.6")
    assert found(at, LAMBDA, ">=2.0") == [("HKP201", "fixed in 2.6")]
    assert found(at, LAMBDA, ">=2.6") == []
