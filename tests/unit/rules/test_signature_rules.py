"""Differential tests: what the rules say of a hook's signature, captures and syntax is what torch does.

Each program attaches one hook to one module and scripts it. The rules must find something exactly where
torch raises, and one of their findings must predict torch's own message.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import pytest

from hook_answers import answers, assert_agreement, findings_of
from hookproof.finding import Finding
from torch_oracle import oracle

# --- signatures ------------------------------------------------------------------------------------

MODULES = ["One()", "Two()", "Maybe()", "Nested()", "Inferred()", "Nothing()", "nn.Linear(2, 2)"]
INPUTS = [
    *("", "Tuple[Tensor]", "tuple[Tensor]", "Tuple[Tensor, int]", "Tuple[Tensor, Optional[Tensor]]"),
    *("Tuple[Tensor, Tensor]", "Tuple[Tuple[Tensor, int]]", "Tuple[Tensor, ...]", "tuple[Any, ...]"),
    *("Tuple", "tuple", "Any", "Tensor", "List[Tensor]", "Sequence[Tensor]", "'Tuple[Tensor]'", "Alias"),
    *("Tuple[Any]", "Optional[Tuple[Tensor]]", "nn.Module", "Union[Tensor, int]", "list", "object"),
    *("Tuple[torch.Tensor]", "Tuple[Tensor, Tensor | None]", "Callable[..., Any]", "Dict[str, Tensor]"),
]
OUTPUTS = [
    *("", "Tensor", "torch.Tensor", "Tuple[Tensor, int]", "tuple[Tensor, int]", "Optional[Tensor]", "Any"),
    *("None", "object", "tuple", "List[Tensor]", "Tensor | None", "Tuple[Tensor, ...]", "nn.Module"),
]
RETURNS = [
    *("", "None", "Tensor", "Tuple[Tensor]", "Tuple[Tensor, int]", "Any", "tuple", "Tuple[Tensor, ...]"),
    *("Optional[Tensor]", "Tuple[Tuple[Tensor, int]]", "int", "object", "Tuple[Tensor, Optional[Tensor]]"),
]
FITTING = {
    "One()": ("Tuple[Tensor]", "Tensor"),
    "Two()": ("Tuple[Tensor, int]", "Tuple[Tensor, int]"),
    "Maybe()": ("Tuple[Tensor, Optional[Tensor]]", "Optional[Tensor]"),
    "Nested()": ("Tuple[Tuple[Tensor, int]]", "Tensor"),
    "Inferred()": ("Tuple[Tensor]", "Tuple[Tensor, int]"),
    "Nothing()": ("Tuple[Tensor]", "None"),
    "nn.Linear(2, 2)": ("Tuple[Tensor]", "Tensor"),
}
PARAMETERS = [
    *("m", "m, input: Tuple[Tensor]", "m, input: Tuple[Tensor], output", "*args", "m, *args", "m, **kwargs"),
    *("m, input: Tuple[Tensor], output: Tensor, z: int = 1", "m, input: Tuple[Tensor], output=None"),
    *("m, input: Tuple[Tensor], *, output", "m, input: Tuple[Tensor], output: Tensor, *, z: int = 1"),
    *("m, /, input: Tuple[Tensor], output: Tensor", "m, input: Tuple[Tensor], output, **kwargs"),
    *("m: nn.Linear, input: Tuple[Tensor], output", "m: Union[nn.Linear, int], input: Tuple[Tensor], output"),
    *("m, input, output, z", "m, args: Tuple[Any, ...], kwargs: Dict[str, Any], output: Tensor"),
]


Pair = TypeVar("Pair")


def sampled(pairs: Iterable[Pair], count: int) -> list[Pair]:
    """Return that many of `pairs`, the same ones in every run."""
    return random.Random(1).sample(list(pairs), count)


def colon(name: str, annotation: str) -> str:
    """Return a parameter with its annotation, if it has one."""
    return f"{name}: {annotation}" if annotation else name


def program(module: str, parameters: str, returns: str = "", api: str = "register_forward_hook") -> str:
    """Return a program whose hook, whatever it says to return, is never run."""
    arrow = f" -> {returns}" if returns else ""
    return (
        f"def hook({parameters}){arrow}:\n    raise RuntimeError('never run')\n"
        f"model = {module}\nmodel.{api}(hook)\ntorch.jit.script(model)"
    )


def forward_hook(module: str, taken: str, given: str, returns: str) -> str:
    return program(module, f"m, {colon('input', taken)}, {colon('output', given)}", returns)


def pre_hook(module: str, taken: str, returns: str) -> str:
    return program(module, f"m, {colon('input', taken)}", returns, "register_forward_pre_hook")


def test_input_annotations_agree_with_torch(tmp_path: Path) -> None:
    programs = [
        forward_hook(module, taken, FITTING[module][1], "None")
        for module, taken in sampled(itertools.product(MODULES, INPUTS), 100)
    ]
    assert_agreement(answers(programs, tmp_path), breaking=60, surviving=5)


def test_output_annotations_agree_with_torch(tmp_path: Path) -> None:
    programs = [
        forward_hook(module, FITTING[module][0], given, "")
        for module, given in sampled(itertools.product(MODULES, OUTPUTS), 60)
    ]
    assert_agreement(answers(programs, tmp_path), breaking=30, surviving=5)


def test_return_annotations_of_pre_hooks_agree_with_torch(tmp_path: Path) -> None:
    programs = [
        pre_hook(module, FITTING[module][0], returns)
        for module, returns in sampled(itertools.product(MODULES, RETURNS), 60)
    ]
    assert_agreement(answers(programs, tmp_path), breaking=30, surviving=6)


def test_whole_signatures_agree_with_torch(tmp_path: Path) -> None:
    choose = random.Random(20)
    programs = {
        forward_hook(
            choose.choice(MODULES),
            choose.choice(INPUTS[:8]),
            choose.choice(OUTPUTS[:6]),
            choose.choice(RETURNS),
        )
        for _ in range(50)
    } | {pre_hook(choose.choice(MODULES), choose.choice(INPUTS), choose.choice(RETURNS)) for _ in range(40)}
    assert_agreement(answers(sorted(programs), tmp_path), breaking=60, surviving=1)


def test_parameter_lists_agree_with_torch(tmp_path: Path) -> None:
    apis = ["register_forward_hook", "register_forward_pre_hook"]
    programs = [
        program("nn.Linear(2, 2)", parameters, "None", api) for parameters in PARAMETERS for api in apis
    ]
    assert_agreement(answers(programs, tmp_path), breaking=20, surviving=4)


def test_chains_of_hooks_agree_with_torch(tmp_path: Path) -> None:
    given = ["Tensor", "", "Tuple[Tensor, int]", "Optional[Tensor]"]
    between = ["", "model.register_forward_pre_hook(before)\n", "model.register_forward_hook(first)\n"]
    programs = [
        "def before(m, input: Tuple[Tensor]) -> None:\n    print(1)\n"
        f"def first(m, input: Tuple[Tensor], output: Tensor){f' -> {returns}' if returns else ''}:\n"
        "    raise RuntimeError('never run')\n"
        f"def second(m, input: Tuple[Tensor], {colon('output', taken)}):\n    print(1)\n"
        f"model = One()\nmodel.register_forward_hook(first)\n{extra}model.register_forward_hook(second)\n"
        "torch.jit.script(model)"
        for returns, taken, extra in itertools.product(["", "None", "Tensor", *given[2:]], given, between)
    ]
    assert_agreement(answers(programs, tmp_path), breaking=20, surviving=10)


# --- fixes -----------------------------------------------------------------------------------------


def apply(text: str, findings: Iterable[Finding]) -> str:
    """Return `text` with the safe fixes of `findings` made, from the end to the start."""
    edits = {edit for finding in findings if finding.fix and finding.fix.safe for edit in finding.fix.edits}
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, reverse=True):
        assert edit.line == edit.end_line
        line = lines[edit.line - 1]
        lines[edit.line - 1] = line[: edit.column - 1] + edit.replacement + line[edit.end_column - 1 :]
    return "".join(lines)


UNTYPED = [
    ("m, input, output", "register_forward_hook"),
    ("m, args: Any, result", "register_forward_hook"),
    ("m, input", "register_forward_pre_hook"),
    ("m, input: Tuple[Tensor, ...]", "register_forward_pre_hook"),
    ("m, input: Tuple[Any], output: Any", "register_forward_hook"),
]


@pytest.mark.parametrize("module", MODULES)
def test_fixed_annotations_compile(module: str, tmp_path: Path) -> None:
    programs = [
        f"def hook({parameters}):\n    print(1)\nmodel = {module}\nmodel.{api}(hook)\ntorch.jit.script(model)"
        for parameters, api in UNTYPED
    ]
    broken = answers(programs, tmp_path)
    assert all(answer.outcome.raised for answer in broken)
    path = tmp_path / "programs.py"
    text = path.read_text("utf-8")
    fixed = apply(text, findings_of(text, path))
    assert not findings_of(fixed, path)
    outcomes = oracle().run(path, [f"program_{index}" for index in range(len(programs))])
    assert not [str(outcome) for outcome in outcomes.values() if outcome.raised], fixed
