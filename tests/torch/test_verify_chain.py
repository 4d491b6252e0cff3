"""The finding's own chain is run first: scripts, constructors, callers in other files, tests."""

from __future__ import annotations

import pytest

from asked_together import Case, verdicts_together
from hookproof.finding import Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import Factories

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


IN_A_BUFFER = (
    "import io\n" + NET + "buffer = io.BytesIO()\ntorch.jit.save(torch.jit.script(Net()), buffer)\n"
    "buffer.seek(0)\nmodel = torch.jit.load(buffer)\n\n\n"
    "def use():\n    model.register_forward_hook(print)\n"
)
CALLER = "import attaching\nfrom making import make\n\n\ndef main():\n    attaching.attach(make())\n"
TEST = (
    NET + "def test_it(tmp_path):\n    model = torch.jit.script(Net())\n"
    "    model.register_forward_hook(print)\n"
)
# Files of each project.
PROJECTS = {
    **{name: {"program.py": text} for name, (text, _) in CONFIRMED.items()},
    "no identifier": {"9_lives.py": IN_A_BUFFER},
    "another file": {
        "attaching.py": "def attach(model):\n    model.register_forward_hook(print)\n",
        "making.py": NET + "def make():\n    return torch.jit.script(Net())\n",
        "program.py": CALLER,
    },
    "a test": {"test_net.py": TEST},
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    """Return the verdicts on what is found in each project, of one worker."""
    cases = {}
    for name, files in PROJECTS.items():
        folder = tmp_path_factory.mktemp("project")
        (folder / "setup.cfg").touch()
        for path, text in files.items():
            (folder / path).write_text(text, "utf-8")
        tests = tuple(f"{folder / path}::test_it" for path in files if path.startswith("test_"))
        cases[name] = Case(check_paths([str(folder)], Settings()).findings, Factories(tests=tests))
    return verdicts_together(cases)


@pytest.mark.parametrize("program", CONFIRMED)
def test_the_program_itself_shows_the_error(program: str, judged: dict[str, list[Verdict]]) -> None:
    found, shown_by = judged[program], CONFIRMED[program][1]
    assert found
    assert {verdict.status for verdict in found} == {"confirmed"}, found
    assert any(shown_by in verdict.reason for verdict in found), found


def test_a_file_whose_name_is_no_identifier_is_run_and_imported(judged: dict[str, list[Verdict]]) -> None:
    (found,) = judged["no identifier"]
    assert found.status == "confirmed", found


def test_a_caller_in_another_file_is_found(judged: dict[str, list[Verdict]]) -> None:
    (found,) = judged["another file"]
    assert found.status == "confirmed", found
    assert "main()" in found.reason


def test_a_test_that_the_settings_name_is_run(judged: dict[str, list[Verdict]]) -> None:
    (found,) = judged["a test"]
    assert found.status == "confirmed", found
    assert "::test_it" in found.reason
