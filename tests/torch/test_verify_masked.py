"""What an error of another cause hides is asked about without that cause."""

from __future__ import annotations

from pathlib import Path

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from test_verify_worker import verdicts

HEAD = """\
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.cache = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def show(m, input: Tuple[torch.Tensor], output: torch.Tensor):
    print(m.cache)


"""
MASKED = {
    "an attribute that another class lacks first": (
        "HKP301",
        "a reduced program",
        """\
def each(m, input: Tuple[torch.Tensor], output: torch.Tensor):
    for part in (m, m.fc):
        print(part.cache)


net = Net()
net.register_forward_hook(each)
torch.jit.script(net)
""",
    ),
    "a captured value behind a signature, where the program catches every error and traces": (
        "HKP213",
        "a reduced program",
        """\
calls = []


def count(m, i, o):
    calls.append(1)


def exported(model, example):
    try:
        return torch.jit.script(model)
    except Exception as error:
        print(type(error).__name__)
        return torch.jit.trace(model, example)


def main():
    net = Net()
    net.register_forward_hook(count)
    exported(net, torch.rand(1, 2))(torch.rand(1, 2))


if __name__ == "__main__":
    main()
""",
    ),
    "an option of a hook that does not compile": (
        "HKP119",
        "a reduced program",
        """\
net = Net()
net.register_forward_hook(show, always_call=True)
torch.jit.script(net)
""",
    ),
    "an option whose hook is called where forward fails": (
        "HKP119",
        "the program",
        """\
def tell(m, input: Tuple[torch.Tensor], output: torch.Tensor):
    print("called")


net = Net()
net.register_forward_hook(tell, always_call=True)
scripted = torch.jit.script(net)
scripted(torch.ones(1, 2))
""",
    ),
    "an attribute that a ScriptModule cannot delete, for it has none": (
        "HKP408",
        "the program",
        """\
def forget(m, input, output):
    del m.cache


scripted = torch.jit.script(Net())
nn.Module.register_forward_hook(scripted, forget)
scripted(torch.ones(1, 2))
""",
    ),
    "a hook that no model of the project's scripts, for its forward does not compile": (
        "HKP110",
        "a reduced program",
        """\
class Lazy(Net):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x) * len([*self.cache])


def grad(m, grad_input, grad_output):
    print("grad")


net = Lazy()
net.register_full_backward_hook(grad)
scripted = torch.jit.script(net)
scripted(torch.ones(1, 2)).sum().backward()
""",
    ),
}


def test_what_is_hidden_is_shown(tmp_path: Path) -> None:
    for number, (_, _, text) in enumerate(MASKED.values()):
        (tmp_path / f"program_{number}.py").write_text(HEAD + text, "utf-8")
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    found = check_paths([str(tmp_path)], Settings()).findings
    wanted = {f"program_{n}.py": (name, *case[:2]) for n, (name, case) in enumerate(MASKED.items())}
    hidden = [f for f in found if f.code == wanted[Path(f.path).name][1]]
    assert {Path(f.path).name for f in hidden} == set(wanted)
    for finding, verdict in zip(hidden, verdicts(hidden), strict=True):
        name, _, shown_by = wanted[Path(finding.path).name]
        assert (verdict.status, verdict.shown_by) == ("confirmed", shown_by), f"{name}: {verdict}"
