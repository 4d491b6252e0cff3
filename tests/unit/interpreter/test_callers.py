"""Which files and functions are looked at because they call into others, whatever way they import them."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

LIBRARY = """
from typing import Callable

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cache = object()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def put_on(net: nn.Module) -> None:
    def show(m, i: tuple[torch.Tensor], o: torch.Tensor) -> None:
        print(m.cache)

    net.register_forward_hook(show)


def put(net: nn.Module, hook: Callable[..., None]) -> None:
    net.register_forward_hook(hook)


class Watcher:
    def __init__(self, net: nn.Module) -> None:
        put_on(net)


def leave(net: nn.Module) -> torch.jit.ScriptModule:
    return torch.jit.script(net)


def compile(net: nn.Module) -> torch.jit.ScriptModule:
    put_on(net)
    return net
"""

HEAD = "import torch\nfrom lib import Net\n\n\n"

# Main programs; each of them puts a hook on a module that is then scripted.
CALLERS = {
    "imported by name": """
from lib import put_on
net = Net()
put_on(net)
torch.jit.script(net)
""",
    "imported in the function": """
def main():
    from lib import put_on
    net = Net()
    put_on(net)
    torch.jit.script(net)
main()
""",
    "renamed in the function": """
def main():
    from lib import put_on as go
    net = Net()
    go(net)
    torch.jit.script(net)
main()
""",
    "its file imported in the function": """
def main():
    import lib
    net = Net()
    lib.put_on(net)
    torch.jit.script(net)
main()
""",
    "imported under try": """
try:
    from lib import put_on
except ImportError:
    put_on = None
net = Net()
put_on(net)
torch.jit.script(net)
""",
    "an annotated hook parameter": """
from lib import put
def show(m, i: tuple[torch.Tensor], o: torch.Tensor):
    print(m.cache)
def main(net):
    put(net, show)
    return net
torch.jit.script(main(Net()))
""",
    "both in the library": """
import lib
net = Net()
lib.put_on(net)
lib.leave(net)
""",
    "a class made": """
from lib import Watcher
net = Net()
Watcher(net)
torch.jit.script(net)
""",
    "a class in a table": """
from lib import Watcher
kinds = {'watch': Watcher}
net = Net()
kinds['watch'](net)
torch.jit.script(net)
""",
    "a name of Python's own": """
from lib import compile
torch.jit.script(compile(Net()))
""",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "lib.py").write_text(LIBRARY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lib", raising=False)
    yield tmp_path
    sys.modules.pop("lib", None)


@pytest.mark.parametrize("main", CALLERS.values(), ids=CALLERS)
def test_a_hook_put_on_by_another_file_is_followed(main: str, project: Path) -> None:
    Path("main.py").write_text(HEAD + main)
    with pytest.raises(RuntimeError, match="cache"):
        runpy.run_path("main.py")
    report = check_paths([os.curdir], Settings())
    assert ("HKP302", "certain") in {(found.code, found.confidence) for found in report.findings}


def test_classes_that_are_only_named_call_nothing(project: Path) -> None:
    """What `isinstance` asks for and what annotations say runs no code."""
    Path("main.py").write_text(
        HEAD + "from lib import Watcher, leave\n\n\ndef f(x: Watcher, net: Net) -> Watcher:\n"
        "    leave(net)\n    return x if isinstance(x, Watcher) else list[Watcher]()\n"
    )
    report = check_paths([os.curdir], Settings())
    assert not [found for found in report.findings if found.confidence == "certain"]
