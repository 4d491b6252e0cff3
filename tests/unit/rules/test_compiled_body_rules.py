"""Differential tests: what the rules say of captured values, syntax and comments is what torch does."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch

from hook_answers import answers, assert_agreement
from hookproof.facts.atlas import Facts
from hookproof.facts.tensor_names import TENSOR_NAMES
from hookproof.facts.uncompiled_calls import PYTHON_TENSOR_METHODS, UNCOMPILED_CALLS
from hookproof.torch_types.python_values import TENSOR_CASTS, WHOLE_REDUCTIONS

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


def test_calls_of_python_agree_with_torch(tmp_path: Path) -> None:
    programs = [
        f"import {name.split('.')[0]}\n{with_body(name.removeprefix('builtins.') + '(output)')}"
        for name in UNCOMPILED_CALLS
    ]
    assert_agreement(answers(programs, tmp_path), breaking=len(programs), surviving=0)


# What methods that need arguments are called with.


def _refusal(expression: str) -> str:
    try:
        torch.jit.CompilationUnit(f"def f(x: Tensor) -> Tensor:\n    return {expression}\n")
    except RuntimeError as error:
        return str(error)
    return ""


def test_torch_has_the_other_methods_of_a_tensor_in_compiled_code() -> None:
    public = [name for name in dir(torch.Tensor) if not name.startswith("_")]
    methods = [name for name in public if callable(getattr(torch.Tensor, name))]
    lacking = {name for name in methods if f"no attribute or method '{name}'" in _refusal(f"x.{name}()")}
    assert lacking == PYTHON_TENSOR_METHODS


def test_what_a_tensor_has_is_known() -> None:
    facts = Facts()
    public = {name for name in dir(torch.Tensor) if not name.startswith("_")}
    assert {name for name in public if facts.function_returns(f"torch.Tensor.{name}") is None} == TENSOR_NAMES


@pytest.mark.parametrize("name", sorted(TENSOR_CASTS | WHOLE_REDUCTIONS))
def test_compiled_code_takes_what_the_method_gives_for_a_tensor(name: str) -> None:
    assert _refusal(f"x.{name}()") == ""


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
