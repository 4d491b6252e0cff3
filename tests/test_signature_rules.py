"""Differential tests: what the rules say of a hook's signature, captures and syntax is what torch does.

Each program attaches one hook to one module and scripts it. The rules must find something exactly where
torch raises, and one of their findings must foretell torch's own message.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from hookproof.collect.source_file import SourceFile
from hookproof.finding import Finding
from hookproof.judge import judge
from hookproof.link.linker import link
from hookproof.link.project import Project
from hookproof.settings import Settings
from torch_oracle import Outcome, oracle

PRELUDE = """\
import contextlib, functools, math, time, warnings
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Alias = Tuple[Tensor]


class One(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class Two(nn.Module):
    def forward(self, x: Tensor, y: int = 1) -> Tuple[Tensor, int]:
        return x, y


class Maybe(nn.Module):
    def forward(self, x: Tensor, y: Optional[Tensor] = None) -> Optional[Tensor]:
        return x


class Nested(nn.Module):
    def forward(self, x: Tuple[Tensor, int]) -> Tensor:
        return x[0]


class Inferred(nn.Module):
    def forward(self, x):
        return x, 1


class Nothing(nn.Module):
    def forward(self, x) -> None:
        print(x)


class Instance:
    def __init__(self):
        self.n = 1


def helper(x: Tensor) -> Tensor:
    return x * 2


"""


@dataclass(frozen=True)
class Answer:
    """What torch and the rules say of one program."""

    source: str
    outcome: Outcome
    findings: tuple[Finding, ...]

    @property
    def foretold(self) -> bool:
        """Whether a finding predicts what torch raised."""
        return any(
            finding.prediction is not None
            and finding.prediction.exception in self.outcome.exception
            and re.search(finding.prediction.message, self.outcome.message)
            for finding in self.findings
        )

    def __str__(self) -> str:
        found = [f"{finding.code} {finding.message}" for finding in self.findings]
        return f"{self.source}\ntorch {self.outcome}\nfound {found}"


def findings_of(text: str, path: Path) -> list[Finding]:
    """Return what the rules find in one file."""
    path.write_text(text, "utf-8")
    file = SourceFile(str(path), path.stem, text.encode())
    project = Project([str(path)], lambda _: file)

    def fail(*failure: object) -> None:
        raise AssertionError(failure)

    return judge(link(project, [file], on_failure=fail).cases, Settings())


def answers(programs: Iterable[str], folder: Path) -> list[Answer]:
    """Run programs, each the body of a function, and check the file that holds them all."""
    sources = list(programs)
    text, spans = PRELUDE, []
    for index, source in enumerate(sources):
        first = text.count("\n") + 1
        lines = "".join(f"    {line}\n" for line in source.splitlines())
        text += f"def program_{index}():\n{lines}\n\n"
        spans.append((first, text.count("\n")))
    path = folder / "programs.py"
    found = [finding for finding in findings_of(text, path) if finding.outcome == "raises"]
    outcomes = oracle().run(path, [f"program_{index}" for index in range(len(sources))])
    return [
        Answer(
            source,
            outcomes[f"program_{index}"],
            tuple(finding for finding in found if first <= finding.line <= last),
        )
        for index, (source, (first, last)) in enumerate(zip(sources, spans, strict=True))
    ]


def assert_agreement(given: list[Answer], breaking: int, surviving: int) -> None:
    """Fail with every program of which torch and the rules say different things."""
    false_alarms = [a for a in given if a.findings and not a.outcome.raised]
    missed_alarms = [a for a in given if a.outcome.raised and not a.findings]
    wrong_cause = [a for a in given if a.outcome.raised and a.findings and not a.foretold]
    assert not false_alarms, "\n\n".join(map(str, false_alarms))
    assert not missed_alarms, "\n\n".join(map(str, missed_alarms))
    assert not wrong_cause, "\n\n".join(map(str, wrong_cause))
    assert sum(a.outcome.raised for a in given) >= breaking
    assert sum(not a.outcome.raised for a in given) >= surviving


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


# --- captured values -------------------------------------------------------------------------------

USES = {"print(V)": True, "y = V": False, "V": False, "y = [V]": True, "if V:\n        print(1)": True}
VALUES = [
    *("3", "3.5", "'a'", "True", "None", "[1, 2]", "{'a': 1}", "{1}", "(1, 2)", "b'a'", "1j"),
    *("torch.ones(2)", "Instance()", "dict()", "list([1])", "object()", "[x for x in range(3)]"),
]
FINE = [
    "y = helper(output)",
    "y = F.relu(output)",
    "y = math.sqrt(2.0) + math.pi",
    "y = torch.relu(output).to(torch.float16)",
    "print([V for V in [1, 2]])",
    "V = 2\n    print(V)",
    "if torch.jit.is_scripting():\n        print(1)\n    else:\n        print(V)",
    "if isinstance(output, Tensor):\n        print(1)\n    else:\n        print(V)",
    "if output is None:\n        print(V)",
    "if False:\n        print(V)",
    "if torch.jit.is_scripting():\n        return None\n    print(V)",
    "return None\n    print(V)",
    "y = 1 if torch.jit.is_scripting() else len(V)",
]
DOERS = ["V.append(1)", "V['a'] = output", "V += 1", "y = V.n", "for x in V:\n        print(x)", "y = len(V)"]


def capture(value: str, use: str) -> str:
    return (
        f"V = {value}\ndef hook(m, input: Tuple[Tensor], output: Tensor) -> None:\n    {use}\n"
        "model = One()\nmodel.register_forward_hook(hook)\ntorch.jit.script(model)"
    )


def test_captured_values_agree_with_torch(tmp_path: Path) -> None:
    programs = [capture(value, use) for value, use in itertools.product(VALUES, USES)]
    programs += [capture("[1]", use) for use in [*FINE, *DOERS[:2], *DOERS[4:]]]
    programs += [capture("Instance()", DOERS[3])]
    assert_agreement(answers(programs, tmp_path), breaking=50, surviving=40)


# --- syntax ----------------------------------------------------------------------------------------

SYNTAX = r"""
try:\n    y = 1\nexcept RuntimeError:\n    pass
try:\n    y = 1\nfinally:\n    pass
with torch.no_grad():\n    y = output + 1
with torch.no_grad() as g:\n    y = output + 1
with torch.inference_mode():\n    y = output + 1
with torch.enable_grad():\n    y = output + 1
with torch.set_grad_enabled(False):\n    y = output + 1
with torch.autograd.profiler.record_function('a'):\n    y = output + 1
with torch.profiler.record_function('a'):\n    y = output + 1
with torch.autocast('cpu'):\n    y = output + 1
with torch.cpu.amp.autocast():\n    y = output + 1
with torch.random.fork_rng():\n    y = output + 1
with torch.profiler.profile():\n    y = output + 1
with torch.device('cpu'):\n    y = output + 1
with contextlib.nullcontext():\n    y = output + 1
with contextlib.suppress(ValueError):\n    y = output + 1
with warnings.catch_warnings():\n    y = output + 1
with open('f') as f:\n    y = output + 1
yield output
yield from [output]
f = lambda x: x
t = (output, output)\ny = torch.add(*t)
d = {'alpha': 1}\ny = torch.add(output, output, **d)
y = f'{output}'
y = f'{1}{{}}'
y = f'{output!r}'
y = f'{1.0:.3f}'
y = f'{output=}'
y = 'a' f'{1}'
y = 'a' 'b'
y = b'a'
y = 1j
...
y = output[..., 0]
def f(x: Tensor):\n    return x
class A:\n    pass
global G\nG = 1
import math
from math import sqrt
y = 1\ndel y
d = {'a': 1}\ndel d['a']
d = [1, 2]\ndel d[0:1]
match 1:\n    case 1:\n        pass
if (n := 3) > 2:\n    print(n)
s = {1, 2}
s = {x for x in [1]}
d = {'a': 1}
a = {'a': 1}\nd = {**a}
a = {'a': 1}\nd = {'b': 2, **a}
d = {x: x for x in [1]}
d = {x: x for x in [1] if x}
d = {x: y for x in [1] for y in [2]}
d = [x for x in [1]]
d = [x for x in [1] if x > 0]
d = [x for x in [1] for y in [1]]
d = any(x > 0 for x in [1])
d = any(x > 0 for x in [1] if x)
b = (*input, output)
a = b = 1
a, *b = (1, 2, 3)
(a, b), c = (1, 2), 3
i = 0\nwhile i < 2:\n    i += 1\nelse:\n    i = 2
for i in range(2):\n    pass\nelse:\n    i = 2
for i in range(2):\n    if i == 1:\n        break\n    continue
for i, x in enumerate([1]):\n    print(x)
for i, x in zip([1], [2]):\n    print(x)
assert output.dim() == 2, f'x {output}'
if output.dim() == 7:\n    raise RuntimeError('x') from None
if output.dim() == 7:\n    raise
y = 1 not in [1] or output is not None
y = output[:, ::2]
y = 1 if output.dim() == 2 else 2
y = 0 < output.dim() < 3
y = output @ output.t()
output @= output.t()
y = 3\ny //= 2
y = 3\ny <<= 2\ny |= 2\ny ^= 2\ny -= 1\ny **= 2
y = +1
y = -output
y = 'a %s %d' % ('b', 1)
y = 'a {:.3f}'.format(1.0)
print('a', output, 1)
print('a', end='')
y: int = 1
y: int
y: List[int] = []
y: int | None = None
__jit_x = 1
d = dict()
d = sorted([2, 1])
d = list(output.size())
d = isinstance(output, (Tensor, int))
d = open('f')
d = callable(m)
d = locals()
d = globals()
d = eval('1')
exec('1')
d = iter([1])
d = next(iter([1]))
d = issubclass(int, int)
d = time.time()
d = time.perf_counter()
time.sleep(1)
d = functools.reduce(None, [1])
d = math.prod([1])
d = math.sqrt(2.0)
warnings.warn('a')
if not torch.jit.is_scripting():\n    f = lambda x: x
if not torch.jit.is_scripting():\n    try:\n        pass\n    except Exception:\n        pass
if not torch.jit.is_scripting():\n    d = open('f')
if not torch.jit.is_scripting():\n    with open('f') as f:\n        f.write('')
if not torch.jit.is_scripting() and output.dim() == 2:\n    d = open('f')
if output.dim() == 2 and not torch.jit.is_scripting():\n    d = open('f')
if torch.jit.is_scripting() or output.dim() == 2:\n    pass\nelse:\n    d = open('f')
if torch.jit.is_scripting():\n    return\nd = open('f')
if output.dim() == 2:\n    d = open('f')
if output.dim() > 2 and output.numel() < 4:\n    d = open('f')
if True:\n    pass\nelse:\n    d = open('f')
if hasattr(m, 'nope'):\n    d = open('f')
d = 1 if torch.jit.is_scripting() else open('f')
for i in range(2):\n    d = open('f')
while output.dim() > 7:\n    time.sleep(1)
"""


def with_body(snippet: str) -> str:
    body = "".join(f"    {line}\n" for line in snippet.split("\\n"))
    return (
        f"def hook(m, input: Tuple[Tensor], output: Tensor):\n{body}"
        "model = One()\nmodel.register_forward_hook(hook)\ntorch.jit.script(model)"
    )


def test_syntax_agrees_with_torch(tmp_path: Path) -> None:
    programs = [with_body(snippet) for snippet in SYNTAX.strip().splitlines()]
    assert_agreement(answers(programs, tmp_path), breaking=60, surviving=45)


COMMENTS = [
    *(
        "# type: ignore",
        "# type: ignore[a]",
        "# type: ignore[a-b]",
        "# type: ignore[a, b]",
        "# type:ignore[a,b]",
    ),
    *(
        "# type: ignore # foo",
        "# type: ignore[a]  # why",
        "# noqa",
        "# pyright: ignore[a, b]",
        "#type: ignore",
    ),
]


def test_type_ignore_comments_agree_with_torch(tmp_path: Path) -> None:
    programs = [with_body(f"y = 1  {comment}") for comment in COMMENTS]
    assert_agreement(answers(programs, tmp_path), breaking=4, surviving=5)


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
