"""A registration is found however many functions lie between it and the entry point, whatever they are.

Programs are generated: each step hands the model to the next one, and the last one either registers the hook
of a model that the caller scripts, or scripts the model that the caller has given a hook.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

DEEPEST = 12
# Each gives `step{n}`, which hands what it is given to `step{m}` and returns it.
LINKS = {
    "function": "def step{n}(net):\n    return step{m}(net)\n",
    "method": """class Owner{n}:
    def go(self, net):
        return step{m}(net)


def step{n}(net):
    return Owner{n}().go(net)
""",
    "constructor": """class Owner{n}:
    def __init__(self, net):
        self.net = step{m}(net)


def step{n}(net):
    return Owner{n}(net).net
""",
    "context manager": """@contextmanager
def within{n}(net):
    yield step{m}(net)


def step{n}(net):
    with within{n}(net) as found:
        return found
""",
    "decorator": """def around{n}(function):
    @functools.wraps(function)
    def inner(net):
        return step{m}(function(net))

    return inner


@around{n}
def step{n}(net):
    return net
""",
    "property": """class Owner{n}:
    def __init__(self, net):
        self.net = net

    @property
    def done(self):
        return step{m}(self.net)


def step{n}(net):
    return Owner{n}(net).done
""",
    "class method": """class Owner{n}:
    @classmethod
    def go(cls, net):
        return cls.through(net)

    @staticmethod
    def through(net):
        return step{m}(net)


def step{n}(net):
    return Owner{n}.go(net)
""",
    "inherited method": """class Base{n}:
    def go(self, net):
        return self.inner(net)


class Owner{n}(Base{n}):
    def inner(self, net):
        return step{m}(net)


def step{n}(net):
    return Owner{n}().go(net)
""",
    "object that is called": """class Owner{n}:
    def __call__(self, net):
        return step{m}(net)


def step{n}(net):
    return Owner{n}()(net)
""",
    "class as context manager": """class Within{n}:
    def __init__(self, net):
        self.net = net

    def __enter__(self):
        return step{m}(self.net)

    def __exit__(self, *error):
        return None


def step{n}(net):
    with Within{n}(net) as found:
        return found
""",
    "decorating class": """class Around{n}:
    def __init__(self, function):
        self.function = function

    def __call__(self, net):
        return step{m}(self.function(net))


@Around{n}
def step{n}(net):
    return net
""",
    "decorator with arguments": """def around{n}(times):
    def decorate(function):
        def inner(*args, **kwargs):
            return step{m}(function(*args, **kwargs))

        return inner

    return decorate


@around{n}(1)
def step{n}(net):
    return net
""",
    "callback": """def apply{n}(function, net):
    return function(net)


def step{n}(net):
    return apply{n}(lambda found: step{m}(found), net)
""",
    "partial in a table": """def inner{n}(kind, net):
    return step{m}(net)


STEPS{n} = {{"one": functools.partial(inner{n}, "one")}}


def step{n}(net):
    return STEPS{n}["one"](net)
""",
    "generator": """def each{n}(net):
    yield step{m}(net)


def step{n}(net):
    for found in each{n}(net):
        return found
""",
    "inner function": """def step{n}(net):
    def inner():
        nonlocal net
        net = step{m}(net)

    inner()
    return net
""",
}
IMPORTS = "import functools\nfrom contextlib import contextmanager\n\nimport torch\nfrom torch import nn\n"
HOOK = "def show(module, inputs, output):\n    print(output.shape)\n"
REGISTERS = "net.register_forward_hook(show)"
SCRIPTS = "torch.jit.script(net)"
MAIN = """def main():
    net = nn.Sequential(nn.Linear(2, 2))
    {before}
    {after}


main()
"""


def program(links: Sequence[str], *, is_registered_below: bool) -> list[str]:
    """Return the parts of a program with these steps, the last one first."""
    count = len(links)
    done, after = (REGISTERS, SCRIPTS) if is_registered_below else (SCRIPTS, "return net")
    before = "step1(net)" if is_registered_below else f"{REGISTERS}\n    step1(net)"
    last = f"def step{count + 1}(net):\n    {done}\n    return net\n"
    steps = [LINKS[interpret].format(n=n, m=n + 1) for n, interpret in enumerate(links, 1)]
    return [HOOK, last, *reversed(steps), MAIN.format(before=before, after=after)]


def codes(folder: Path) -> list[str]:
    (folder / "setup.cfg").touch()
    return [finding.code for finding in check_paths([str(folder)], Settings()).findings]


def mixed(depth: int) -> list[str]:
    """Return links of that many kinds."""
    kinds = [*LINKS]
    return [kinds[(5 * depth + step) % len(kinds)] for step in range(depth)]


@pytest.mark.parametrize("is_registered_below", [True, False], ids=["registered below", "scripted below"])
@pytest.mark.parametrize("link", [*LINKS, "mixed"])
def test_hook_is_found_at_every_depth(interpret: str, is_registered_below: bool, tmp_path: Path) -> None:
    missed = []
    for depth in range(1, DEEPEST + 1):
        links = mixed(depth) if interpret == "mixed" else [interpret] * depth
        folder = tmp_path / str(depth)
        folder.mkdir()
        parts = program(links, is_registered_below=is_registered_below)
        (folder / "program.py").write_text("\n\n".join([IMPORTS, *parts]), "utf-8")
        if codes(folder) != ["HKP204"]:
            missed.append(depth)
    assert not missed


@pytest.mark.parametrize("is_registered_below", [True, False], ids=["registered below", "scripted below"])
@pytest.mark.parametrize("link", LINKS)
def test_hook_is_found_across_three_files(interpret: str, is_registered_below: bool, tmp_path: Path) -> None:
    hook, last, step, main = program([interpret], is_registered_below=is_registered_below)
    head = IMPORTS if is_registered_below else f"{IMPORTS}from last import show\n"
    (tmp_path / "last.py").write_text("\n\n".join([IMPORTS, hook, last]), "utf-8")
    (tmp_path / "between.py").write_text(f"{IMPORTS}from last import step2\n\n\n{step}", "utf-8")
    (tmp_path / "main.py").write_text(f"{head}from between import step1\n\n\n{main}", "utf-8")
    assert codes(tmp_path) == ["HKP204"]


@pytest.mark.parametrize("is_registered_below", [True, False], ids=["registered below", "scripted below"])
def test_torch_refuses_the_hooks(is_registered_below: bool, tmp_path: Path) -> None:
    parts = program([*LINKS], is_registered_below=is_registered_below)
    script = tmp_path / "program.py"
    script.write_text("\n\n".join([IMPORTS, *parts]), "utf-8")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert (
        "Hook 'show' on module 'Sequential' expected the input argument to be typed as a Tuple" in run.stderr
    )
