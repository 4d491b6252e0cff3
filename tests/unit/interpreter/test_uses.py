"""What a hook does to its hook parameter: read as written, and under guards as torch decides them."""

from __future__ import annotations

import importlib.util
import itertools
import random
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from hookproof.evaluator.use import Use
from hookproof.facts.atlas import Facts
from hookproof.finding import Finding
from hookproof.outcomes.roots import interpret
from hookproof.outcomes.uses import uses_of
from hookproof.rules import registry
from hookproof.semantic.project import Project
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.outcome import Outcome

FACTS = Facts()
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

HEAD = """
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.layers = nn.ModuleList([nn.Linear(2, 2)])
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.layers[0](self.fc(x))


    def helper(layer, x=None):
        inner(x, layer)
        return layer.weight


    def inner(x, layer):
        innermost(layer.fc)


    def innermost(layer):
        return layer.bias


"""


def outcomes_of(source: str, name: str = "subject") -> list[Outcome]:
    """Return the outcomes of a file that stands alone."""
    file = SourceFile(f"{name}.py", name, source)
    interpreted = interpret(
        Project([file.path], lambda _: file, FACTS),
        [file],
        on_failure=lambda path, error: pytest.fail(str(error)),
    )
    return [outcome for outcome in interpreted.outcomes if outcome.event is None]


def used_by(body: str) -> list[tuple[str, str, str]]:
    """Return use, operation and spelling of each use of a hook with this body."""
    hook = "def hook(m, input, output):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    run = "traced = torch.jit.trace(Net(), torch.ones(1, 2))\ntraced.register_forward_hook(hook)\n"
    source = textwrap.dedent(HEAD) + hook + "\n\n\n" + run
    found = {outcome.world: outcome for outcome in outcomes_of(source)}
    return [(use.kind, use.operation, use.text) for use in uses_of(found["traced"])]


R, W, C = "read", "write", "call"
FORMS = [
    ("print(m.scale)", [(R, "attribute", "m.scale")]),
    ("m.new = 1", [(W, "attribute", "m.new")]),
    ("m.new += 1", [(W, "attribute", "m.new")]),
    ("del m.scale", [("delete", "attribute", "m.scale")]),
    ("m.eval()", [(C, "attribute", "m.eval")]),
    ("print(m.fc.weight.data)", [(R, "attribute", "m.fc"), (R, "attribute", "m.fc.weight")]),
    ("n = m\nprint(n.scale)", [(R, "attribute", "n.scale")]),
    ("n, x = m, output\nprint(n.scale, x.shape)", [(R, "identity", "m"), (R, "attribute", "n.scale")]),
    ("if (n := m).scale:\n    pass", [(R, "attribute", "n.scale")]),
    ("print([c.weight for c in m.layers])", None),
    ("fc = m.fc\nfc(output)", [(R, "attribute", "m.fc"), (C, "call", "fc")]),
    (
        "for name, c in m.named_children():\n    c.x = 1",
        [(C, "attribute", "m.named_children"), (W, "attribute", "c.x")],
    ),
    ("print(type(m).__name__)", [("type", "type", "type(m)")]),
    ("print(m.__class__.__name__)", [(R, "attribute", "m.__class__")]),
    ("isinstance(m, nn.Linear)", [("type", "isinstance", "isinstance(m, nn.Linear)")]),
    ("getattr(m, 'scale', None)", [(R, "getattr", "m.scale")]),
    ("setattr(m, 'scale', 1)", [(W, "setattr", "m.scale")]),
    ("hasattr(m, output)", [(R, "computed hasattr", "hasattr(m, output)")]),
    ("vars(m)", [("type", "vars", "vars(m)")]),
    (
        "print(m.forward.__name__)",
        [(R, "attribute", "m.forward"), (R, "method attribute", "m.forward.__name__")],
    ),
    ("seen = {m: 1}\nseen[m] = 2", [(R, "key", "m"), (R, "key", "m")]),
    ("len(m.layers)", [(R, "attribute", "m.layers"), (R, "len", "len(m.layers)")]),
    ("m = output\nprint(m.shape)", []),
    ("for m in output:\n    print(m.shape)", []),
    ("def f(m):\n    return m.scale\n", []),
    ("def f(x):\n    return m.scale\n", [(R, "attribute", "m.scale")]),
    ("g = lambda x: m.scale", [(R, "attribute", "m.scale")]),
    ("if input:\n    n = m\nelse:\n    n = output\nprint(n.scale)", []),
    ("if input:\n    n = m\nelse:\n    n = m\nprint(n.scale)", [(R, "attribute", "n.scale")]),
    ("unknown(m)", [("passed on", "argument", "m")]),
    ("print(input, output)", []),
]


@pytest.mark.parametrize(("body", "expected"), [form for form in FORMS if form[1] is not None])
def test_what_a_hook_does_is_read_as_written(body: str, expected: list[tuple[str, str, str]]) -> None:
    assert used_by(body) == expected


def test_helpers_are_followed_however_deep_and_by_keyword() -> None:
    found = used_by("helper(output, layer=m.fc)\nhelper(m)")
    assert ("read", "attribute", "layer.weight") in found
    assert ("read", "attribute", "layer.fc") in found
    assert ("read", "attribute", "layer.bias") in found


def test_a_list_may_have_itself_inside() -> None:
    assert ("read", "attribute", "m.scale") in used_by(
        "own = []\nown.append(own)\nhelper(own)\nprint(own[0][0], m.scale)"
    )


def test_a_use_in_a_helper_knows_the_way_there() -> None:
    source = textwrap.dedent(HEAD) + (
        "def hook(m, input, output):\n    helper(m)\n\n\n"
        "traced = torch.jit.trace(Net(), torch.ones(1, 2))\ntraced.register_forward_hook(hook)\n"
    )
    (outcome,) = (outcome for outcome in outcomes_of(source) if outcome.world == "traced")
    ways = {use.text: len(use.helpers) for use in uses_of(outcome)}
    assert ways == {"m": 0, "layer": 1, "layer.fc": 2, "layer.bias": 3, "layer.weight": 1}
    deepest = next(use for use in uses_of(outcome) if use.text == "layer.fc")
    assert [location.line for location in deepest.helpers] == sorted(
        (location.line for location in deepest.helpers), reverse=True
    )


def test_an_annotation_as_module_says_nothing_of_the_class() -> None:
    source = textwrap.dedent(HEAD) + (
        "def hook(m, input: Tuple[Tensor], output: Tensor):\n    m.last = output\n    print(m.extra)\n"
        "def run(model: nn.Module):\n    model.register_forward_hook(hook)\n"
        "    return torch.jit.script(model)\n"
    )
    outcomes = [outcome for outcome in outcomes_of(source) if outcome.world == "compiled"]
    assert outcomes
    assert not found_by("HKP3", outcomes)


# --- guards, against torch ------------------------------------------------------------------------------

TESTS = [
    "torch.jit.is_scripting()",
    "not torch.jit.is_scripting()",
    "torch.jit.is_tracing()",
    "hasattr(m, 'nope')",
    "not hasattr(m, 'nope')",
    "hasattr(m, 'scale')",
    "hasattr(m, 'nope') and m.training",
    "torch.jit.is_scripting() or m.training",
    "not torch.jit.is_scripting() and m.training",
    "isinstance(m, Net)",
    "m.training",
    "output.numel() > 0",
    "getattr(m, 'nope', None) is not None",
    "m.scale is None",
]
USES = ["print(m.nope)", "m.nope = 1", "x = m.nope", "print(m.scale)", "pass"]


def statements(rng: random.Random, depth: int, tests: list[str]) -> list[str]:
    """Return random statements that use `m` under random tests."""
    lines: list[str] = []
    for _ in range(rng.randint(1, 2)):
        if depth == 0 or rng.random() < 0.3:
            lines.append(rng.choice(USES))
            continue
        lines.append(f"if {rng.choice(tests)}:")
        body = statements(rng, depth - 1, tests) + (["return"] if rng.random() < 0.3 else [])
        lines += [f"    {line}" for line in body]
        if rng.random() < 0.4:
            lines.append("else:")
            lines += [f"    {line}" for line in statements(rng, depth - 1, tests)]
    return lines


def hooks_source(count: int, seed: int, annotated: bool) -> str:
    """Return a module of random hooks, and one function for each that puts it to use."""
    rng = random.Random(seed)
    # Both arms of a test at run time are compiled, only one of them runs.
    # `isinstance` is true for the first type that is made of a class in a process, and here are many.
    tests = (
        [test for test in TESTS if "isinstance" not in test]
        if annotated
        else [test for test in TESTS if "training" not in test and "numel" not in test]
    )
    parts = [textwrap.dedent(HEAD)]
    for number in range(count):
        types = "input: Tuple[Tensor], output: Tensor" if annotated else "input, output"
        parts.append(f"def hook{number}(m, {types}):")
        parts += [f"    {line}" for line in statements(rng, 2, tests)]
        use = (
            f"    net = Net()\n    net.register_forward_hook(hook{number})\n    torch.jit.script(net)\n"
            if annotated
            else f"    net = torch.jit.trace(Net(), torch.ones(1, 2))\n"
            f"    net.register_forward_hook(hook{number})\n    net(torch.ones(1, 2))\n"
        )
        parts.append(f"\n\ndef use{number}():\n{use}\n")
    return "\n".join(parts)


def imported(source: str, folder: Path, name: str) -> ModuleType:
    """Return a module made from source, with a file that torch can read it from."""
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def breaking(module: ModuleType, count: int) -> set[str]:
    """Return the hooks that torch refuses for an attribute that is missing."""
    refused = set()
    for number in range(count):
        error = error_of(getattr(module, f"use{number}"))
        if error is not None:
            assert "nope" in error or "scale" in error, error
            refused.add(f"hook{number}")
    return refused


def error_of(program: Callable[[], None]) -> str | None:
    """Return what a program raises about an attribute, None where it raises nothing."""
    try:
        program()
    except (RuntimeError, AttributeError) as error:
        return str(error)
    return None


def found_by(prefix: str, outcomes: list[Outcome]) -> dict[str, Finding]:
    """Return one finding of the rules of a family for each hook that has any."""
    findings = (
        finding for outcome in outcomes for rule in registry.rules(prefix) for finding in rule.check(outcome)
    )
    return {finding.hook.name: finding for finding in findings if finding.hook is not None}


@pytest.mark.parametrize(
    ("family", "annotated", "most_missed"), [("HKP3", True, 0.25), ("HKP401", False, 0.4)]
)
def test_guards_are_read_as_torch_decides_them(
    family: str, annotated: bool, most_missed: float, tmp_path: Path
) -> None:
    count = 120
    source = hooks_source(count, 7, annotated)
    if not annotated:
        source = source.replace("nope", "extra").replace(
            "self.scale = 2.0", "self.scale = 2.0\n        self.extra = 1"
        )
        source = source.replace("m.extra = 1", "print(m.extra)")
    found = found_by(family, outcomes_of(source))
    module = imported(source.replace("extra", "nope"), tmp_path, f"hooks_{family}".lower())
    with torch.no_grad():
        refused = breaking(module, count)
    assert len(refused) > 20
    false_alarms = {name: found[name].message for name in sorted(found.keys() - refused)}
    assert not false_alarms
    missed = refused - found.keys()
    assert len(missed) <= most_missed * len(refused), sorted(missed)


CALLING_TWICE = """
def step0(m, value):
    return value

{steps}

def hook(m, input: Tuple[Tensor], output: Tensor):
    print(m.missing)
    step{depth}(m, 1)
    m.missing = 1


net = Net()
net.register_forward_hook(hook)
torch.jit.script(net)
"""


@pytest.mark.parametrize(("depth", "confidence"), [(3, "certain"), (14, "likely")])
def test_what_is_said_of_a_hook_that_does_too_much_to_be_followed_is_likely_at_most(
    depth: int, confidence: str
) -> None:
    steps = (
        f"def step{at}(m, value):\n    return step{at - 1}(m, step{at - 1}(m, value))\n"
        for at in range(1, depth + 1)
    )
    source = textwrap.dedent(HEAD) + CALLING_TWICE.format(steps="\n".join(steps), depth=depth)
    if confidence == "certain":
        source = source.replace("    m.missing = 1\n", "")
    (outcome,) = outcomes_of(source)
    (missing,) = next(rule for rule in registry.rules("HKP301")).check(outcome)
    assert missing.confidence == confidence
    assert confidence == "certain" or "followed to its end" in missing.evidence[0].note


def test_deep_nesting_is_walked_once() -> None:
    depth = 60
    lines = [f"{'    ' * level}for i{level} in input:" for level in range(depth)]
    lines.append("    " * depth + "print(m.scale)")
    found = used_by("\n".join(lines))
    assert found == [("read", "attribute", "m.scale")]


def test_every_use_has_a_location_in_the_source() -> None:
    bodies = [body for body, _ in FORMS]
    for first, second in itertools.islice(itertools.combinations(bodies, 2), 20):
        source = textwrap.dedent(HEAD) + "def hook(m, input, output):\n"
        source += textwrap.indent(f"{first}\n{second}", "    ")
        source += (
            "\n\n\ntraced = torch.jit.trace(Net(), torch.ones(1, 2))\ntraced.register_forward_hook(hook)\n"
        )
        lines = source.splitlines()
        uses: list[Use] = [use for outcome in outcomes_of(source) for use in uses_of(outcome)]
        for use in uses:
            line, column, end_line, end_column = use.location.range
            assert line == end_line
            assert lines[line - 1][column - 1 : end_column - 1].strip()
