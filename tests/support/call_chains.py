"""Programs of functions that hand a model on, one to the next, in the ways in which people write that."""

from __future__ import annotations

from pathlib import Path

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
    "coroutine": """async def later{n}(net):
    return step{m}(net)


def step{n}(net):
    return asyncio.run(later{n}(net))
""",
    "fields of a dataclass": """@dataclass
class Owner{n}:
    net: nn.Module

    def __post_init__(self):
        self.net = step{m}(self.net)


def step{n}(net):
    return Owner{n}(net).net
""",
    "class that is derived from": """class Base{n}:
    def __init__(self, net):
        self.net = net


class Owner{n}(Base{n}):
    def __init__(self, net):
        super().__init__(step{m}(net))


def step{n}(net):
    return Owner{n}(net).net
""",
    "inner function": """def step{n}(net):
    def inner():
        nonlocal net
        net = step{m}(net)

    inner()
    return net
""",
}
IMPORTS = (
    "import asyncio\nimport functools\nfrom contextlib import contextmanager\n"
    "from dataclasses import dataclass\n\n"
    "import torch\nfrom torch import nn\n"
)
HOOK = "def show(module, inputs, output):\n    print(output.shape)\n"
REGISTERS = "net.register_forward_hook(show)"
SCRIPTS = "torch.jit.script(net)"
MAIN = """def main():
    net = nn.Sequential(nn.Linear(2, 2))
    {before}
    {after}


main()
"""


def codes(folder: Path) -> list[str]:
    """Return the codes of what is found in a folder."""
    (folder / "setup.cfg").touch()
    return [finding.code for finding in check_paths([str(folder)], Settings()).findings]
