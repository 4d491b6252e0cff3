"""The finding's own chain is run first: scripts, constructors, callers in other files, tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import Factories
from test_verify_worker import verdicts

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


"""
WEIGHT_NORM = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.utils.weight_norm(nn.Conv2d(10, 10, 3))

    def forward(self, input):
        return self.conv(input)


"""
BACKWARD = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(10, 10, 3)
        self.conv.register_full_backward_hook(self.show)

    def show(self, module, grad_input, grad_output):
        print("grad")

    def forward(self, input):
        return self.conv(input)


"""
CONFIRMED = {
    "a script ends in the error": (
        "import torch\n\nnet = torch.nn.Linear(2, 2)\nnet.register_forward_hook(lambda m, i, o: o)\n"
        "torch.jit.script(net)\n",
        "program.py as a script",
    ),
    "registration refused at the top level": (
        NET + "model = torch.jit.script(Net())\nmodel.register_forward_hook(print)\n",
        "program.py as a script",
    ),
    "a hook on a traced module calls a part of it": (
        NET + "def hook(module, input, output):\n    module.fc(output)\n\n\n"
        "traced = torch.jit.trace(Net(), torch.ones(1, 4))\ntraced.register_forward_hook(hook)\n"
        "traced(torch.ones(1, 4))\n",
        "program.py as a script",
    ),
    "a utility in a constructor, the entry point under a main guard": (
        WEIGHT_NORM + 'if __name__ == "__main__":\n    torch.jit.script(Block())\n',
        "program.py as a script",
    ),
    "a utility in a constructor, another function scripts": (
        WEIGHT_NORM + "def export():\n    return torch.jit.script(Block())\n",
        "export()",
    ),
    "a constructor registers, the entry point under a main guard": (
        BACKWARD + 'if __name__ == "__main__":\n    torch.jit.trace(Block(), torch.ones(1, 10, 5, 5))\n',
        "program.py as a script",
    ),
    "every error is caught and printed": (
        NET + "def main():\n    model = Net()\n    model.register_forward_hook(lambda m, i, o: o)\n"
        "    try:\n        torch.jit.script(model)\n    except Exception as error:\n"
        "        print(error)\n\n\nmain()\n",
        "program.py as a script",
    ),
    "two calls deep": (
        NET + "def put(m):\n    m.register_forward_hook(print)\n\n\ndef around(m):\n    put(m)\n\n\n"
        "def main():\n    around(torch.jit.script(Net()))\n",
        "main()",
    ),
}


def findings_in(text: str, folder: Path, name: str = "program.py") -> list[Finding]:
    (folder / "setup.cfg").write_text("", "utf-8")
    (folder / name).write_text(text, "utf-8")
    return list(check_paths([str(folder)], Settings()).findings)


def verdicts_of(text: str, folder: Path, name: str = "program.py") -> list[Verdict]:
    return verdicts(findings_in(text, folder, name))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    """Return the verdicts on what is found in each program, of one worker."""
    found: dict[str, list[Finding]] = {}
    for number, (name, (text, _)) in enumerate(CONFIRMED.items()):
        folder = tmp_path_factory.mktemp(f"program{number}")
        found[name] = findings_in(text, folder)
    all_verdicts = iter(verdicts([finding for findings in found.values() for finding in findings]))
    return {name: [next(all_verdicts) for _ in findings] for name, findings in found.items()}


@pytest.mark.parametrize("program", CONFIRMED)
def test_the_program_itself_shows_the_error(program: str, judged: dict[str, list[Verdict]]) -> None:
    found, shown_by = judged[program], CONFIRMED[program][1]
    assert found
    assert {verdict.status for verdict in found} == {"confirmed"}, found
    assert any(shown_by in verdict.reason for verdict in found), found


def test_a_file_whose_name_is_no_identifier_is_run_and_imported(tmp_path: Path) -> None:
    start = "import io\n" + NET + "buffer = io.BytesIO()\ntorch.jit.save(torch.jit.script(Net()), buffer)\n"
    load = "buffer.seek(0)\nmodel = torch.jit.load(buffer)\n\n\n"
    load += "def use():\n    model.register_forward_hook(print)\n"
    (found,) = verdicts_of(start + load, tmp_path, "9_lives.py")
    assert found.status == "confirmed", found


def test_a_caller_in_another_file_is_found(tmp_path: Path) -> None:
    attach = "def attach(model):\n    model.register_forward_hook(print)\n"
    (tmp_path / "attaching.py").write_text(attach, "utf-8")
    (tmp_path / "making.py").write_text(NET + "def make():\n    return torch.jit.script(Net())\n", "utf-8")
    text = "import attaching\nfrom making import make\n\n\ndef main():\n    attaching.attach(make())\n"
    (found,) = verdicts_of(text, tmp_path)
    assert found.status == "confirmed", found
    assert "main()" in found.reason


def test_a_test_that_the_settings_name_is_run(tmp_path: Path) -> None:
    test = "def test_it(tmp_path):\n    model = torch.jit.script(Net())\n"
    test += "    model.register_forward_hook(print)\n"
    path = tmp_path / "test_net.py"
    path.write_text(NET + test, "utf-8")
    findings = list(check_paths([str(tmp_path)], Settings()).findings)
    (found,) = verdicts(findings, factories=Factories(tests=(f"{path}::test_it",)))
    assert found.status == "confirmed", found
    assert "::test_it" in found.reason
