"""What an error of another cause hides is asked about without that cause."""

from __future__ import annotations

import pytest

from asked_together import Case, verdicts_together
from hookproof.finding import Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

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
    "weights that are not there, before a trace": (
        "HKP109",
        "a reduced program",
        """\
kept = []


def keep(m, input, output):
    kept.append(output.detach())


net = Net()
net.load_state_dict(torch.load("best.pth", map_location="cpu"))
net.eval()
net.register_forward_hook(keep)
traced = torch.jit.trace(net, torch.zeros(1, 2))
for number in range(3):
    traced(torch.full((1, 2), float(number)))
print(len(kept))
""",
    ),
    "a helper that reads a file, and what is made of it, behind a main guard": (
        "HKP204",
        "a reduced program",
        """\
import json


def settings(path):
    with open(path) as file:
        return json.load(file)


def log(m, i, o):
    print("called")


def main():
    width = settings("settings.json")["width"]
    print("made for a width of " + str(width * 2))
    net = Net()
    net.register_forward_hook(log)
    torch.jit.script(net)


if __name__ == "__main__":
    main()
""",
    ),
    "another entry point that fails first, and all that is done with what it gives": (
        "HKP204",
        "a reduced program",
        """\
class Listed(nn.Module):
    def forward(self, x, *others):
        return x


def log(m, i, o):
    print("called")


listed = torch.jit.script(Listed())
listed.eval()
print(listed(torch.ones(1, 2)))
net = Net()
net.register_forward_hook(log)
torch.jit.script(net)
""",
    ),
    "a loop over what cannot be read": (
        "HKP109",
        "a reduced program",
        """\
kept = []


def keep(m, input, output):
    kept.append(output.detach())


net = Net()
for line in open("batches.txt"):
    net(torch.tensor([float(word) for word in line.split()]))
net.register_forward_hook(keep)
traced = torch.jit.trace(net, torch.zeros(1, 2))
kept.clear()
traced(torch.ones(1, 2))
print(len(kept))
""",
    ),
    "a forward that fails on an input of another shape": (
        "HKP101",
        "a reduced program",
        """\
net = Net()
print(net(torch.ones(1, 3)))
scripted = torch.jit.script(net)
scripted.register_forward_hook(show)
""",
    ),
    "a file for a device that is not there, before what another hook masks": (
        "HKP302",
        "a reduced program",
        """\
weights = torch.load("weights.pth")


def untyped(m, i, o):
    print("called")


def log(m, input: Tuple[torch.Tensor], output: torch.Tensor):
    print(m.cache)


net = Net()
net.fc.register_forward_hook(untyped)
net.register_forward_hook(log)
torch.jit.script(net)
""",
    ),
    "a choice of the command line that is not the default": (
        "HKP109",
        "the program",
        """\
import argparse


def log(m, i, o):
    print("called")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", choices=["script", "trace"], default="script")
    arguments = parser.parse_args()
    net = Net()
    if arguments.to == "script":
        torch.jit.script(net)
    else:
        net.register_forward_hook(log)
        torch.jit.trace(net, torch.zeros(1, 2))(torch.zeros(1, 2))


if __name__ == "__main__":
    main()
""",
    ),
    "a flag of the command line": (
        "HKP101",
        "the program",
        """\
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--verbose", action="store_true")
parser.add_argument("--watch", action="store_true")
options = parser.parse_args()
net = torch.jit.script(Net())
if options.watch:
    net.register_forward_hook(show)
""",
    ),
    "a GPU that is not there": (
        "HKP109",
        "a reduced program",
        """\
device = torch.device("cuda:0")
kept = []


def keep(m, input, output):
    kept.append(output.detach().cpu())


net = Net().to(device).eval()
net.fc.cuda().register_forward_hook(keep)
x = torch.zeros(1, 2).cuda()
traced = torch.jit.trace(net, x)
kept.clear()
traced(x.to("cuda", torch.float32))
print(len(kept))
""",
    ),
    "two flags of the command line": (
        "HKP109",
        "the program",
        """\
import argparse


def log(m, i, o):
    print("called")


parser = argparse.ArgumentParser()
parser.add_argument("--watch", action="store_true")
parser.add_argument("--export", action="store_true")
options = parser.parse_args()
net = Net()
if options.watch:
    net.register_forward_hook(log)
if options.export:
    net = torch.jit.trace(net, torch.zeros(1, 2))
net(torch.zeros(1, 2))
""",
    ),
    "a parametrization whose own source does not compile": (
        "HKP116",
        "a reduced program",
        """\
from torch.nn.utils import parametrizations, weight_norm

net = nn.Sequential(parametrizations.spectral_norm(nn.Linear(2, 2)), weight_norm(nn.Linear(2, 2)))
torch.jit.script(net)
""",
    ),
    "another utility on the same line, before what only fails when it is called": (
        "HKP117",
        "a reduced program",
        """\
from torch.nn.utils import parametrizations, spectral_norm

net = nn.Sequential(spectral_norm(nn.Linear(2, 2)), parametrizations.weight_norm(nn.Linear(2, 2)))
torch.jit.script(net)
""",
    ),
    "a utility of another kind, and a hook of the program's own": (
        "HKP116",
        "a reduced program",
        """\
from torch.nn.utils import prune


def untyped(m, i, o):
    print("called")


net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
net[0].register_forward_hook(untyped)
prune.random_unstructured(net[1], "weight", 0.5)
torch.jit.script(net)
""",
    ),
    "a flag of a command whose other choice is the default": (
        "HKP109",
        "the program",
        """\
import argparse


def log(m, i, o):
    print("called")


parser = argparse.ArgumentParser()
commands = parser.add_subparsers(dest="command", required=True)
commands.add_parser("info")
export = commands.add_parser("export")
export.add_argument("--to", choices=["trace", "script"], default="trace")
export.add_argument("--watch", action="store_true")
options = parser.parse_args()
net = Net()
if options.command == "export" and options.to == "trace":
    if options.watch:
        net.register_forward_hook(log)
    net = torch.jit.trace(net, torch.zeros(1, 2))
net(torch.zeros(1, 2))
""",
    ),
    "a test case, which reports what is raised": (
        "HKP204",
        "the program",
        """\
import unittest


class Exports(unittest.TestCase):
    def setUp(self):
        self.net = Net()
        self.net.fc.register_forward_hook(self.hook)

    @staticmethod
    def hook(m, i, o):
        print(o.shape)

    def test_other(self):
        self.assertTrue(self.net.fc)

    def test_script(self):
        self.assertTrue(torch.jit.script(self.net))


if __name__ == "__main__":
    unittest.main()
""",
    ),
    "a test case that counts": (
        "HKP109",
        "the program",
        """\
import unittest


class Exports(unittest.TestCase):
    def setUp(self):
        self.calls = 0
        self.net = Net()
        self.net.register_forward_hook(self.count)

    def count(self, *_):
        self.calls += 1

    def test_trace(self):
        traced = torch.jit.trace(self.net, torch.zeros(1, 2))
        self.calls = 0
        traced(torch.zeros(1, 2))
        self.assertEqual(self.calls, 1)


if __name__ == "__main__":
    unittest.main()
""",
    ),
    "an `except` that catches all there is": (
        "HKP204",
        "the program",
        """\
def untyped(m, i, o):
    print("called")


net = Net()
net.register_forward_hook(untyped)
try:
    net = torch.jit.script(net)
except:
    print("as it is")
""",
    ),
    "a choice of a command of click": (
        "HKP109",
        "the program",
        """\
import click


def log(m, i, o):
    print("called")


@click.command()
@click.option("--to", type=click.Choice(["eager", "trace"]), default="eager")
@click.option("--watch", is_flag=True)
def main(to, watch):
    net = Net()
    if watch:
        net.register_forward_hook(log)
    if to == "trace":
        net = torch.jit.trace(net, torch.zeros(1, 2))
    net(torch.zeros(1, 2))


if __name__ == "__main__":
    main()
""",
    ),
}
STAYS_HIDDEN = {
    "a branch that hangs on a file that cannot be read": (
        "HKP109",
        """\
kept = []


def keep(m, input, output):
    kept.append(output)


options = {"watch": "1"}
with open("options.ini") as file:
    options.update(line.split("=") for line in file.read().splitlines())
net = Net()
if options["watch"]:
    net.register_forward_hook(keep)
traced = torch.jit.trace(net, torch.zeros(1, 2))
traced(torch.ones(1, 2))
print(len(kept))
""",
    ),
    "a branch that is not taken, before an entry point that refuses another hook": (
        "HKP109",
        """\
import time


def log(m, input, output):
    print("called")


def grad(m, grad_input, grad_output):
    print("grad")


net = Net()
if time.time() < 0:
    net.register_forward_hook(log)
net.register_full_backward_hook(grad)
traced = torch.jit.trace(net, torch.zeros(1, 2))
traced(torch.ones(1, 2))
""",
    ),
    "a check of the program's own": (
        "HKP109",
        """\
import os


def log(m, i, o):
    print("called")


def checked(model):
    if not os.environ.get("EXPORT"):
        raise ValueError("say what to export")
    return model


def main():
    net = Net()
    net.fc.register_forward_hook(log)
    traced = torch.jit.trace(checked(net), torch.zeros(1, 2))
    traced(torch.ones(1, 2))


main()
""",
    ),
}


IMPORTING = (
    "import data\n\nSIZES = [int(line) for line in open('sizes.txt')]\n"
    + HEAD
    + "def export():\n    net = Net()\n    net.register_forward_hook(show)\n    torch.jit.script(net)\n"
)
IN_A_PACKAGE = (
    HEAD.replace("import torch\n", "import torch\nfrom toolbox import WIDTH\n", 1)
    + "def untyped(m, i, o):\n    print(WIDTH)\n\n\nnet = Net()\nnet.fc.register_forward_hook(untyped)\n"
    + "net.register_forward_hook(show)\ntorch.jit.script(net)\n"
)
OF_A_PACKAGE = """\
import a_package_that_nobody_has as lightning
import torch
from torch import nn


class Net(lightning.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
        self.fc.register_forward_hook(self.show)

    def show(self, m, i, o):
        print(o)

    def forward(self, x):
        return self.fc(x)


net = Net()
torch.jit.script(net)
"""
# Files of each project, and the rule whose findings are asked about.
PROJECTS = {
    **{name: ({"program.py": HEAD + case[2]}, case[0]) for name, case in MASKED.items()},
    **{name: ({"program.py": HEAD + case[1]}, case[0]) for name, case in STAYS_HIDDEN.items()},
    "of a package that is not there": ({"program.py": OF_A_PACKAGE}, "HKP203"),
    "importing": ({"data.py": "TABLE = open('table.txt').read()\n", "net.py": IMPORTING}, "HKP302"),
    "in a package": (
        {
            "toolbox.py": "WIDTH = 2\n",
            "package/__init__.py": "",
            "package/base.py": "WIDTH = 3\n",
            "package/parts/__init__.py": "",
            "package/parts/toolbox.py": "from ..base import WIDTH\n",
            "package/parts/net.py": IN_A_PACKAGE,
        },
        "HKP302",
    ),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    """Return the verdicts on what is hidden in each project, all of one worker."""
    cases = {}
    for name, (files, code) in PROJECTS.items():
        folder = tmp_path_factory.mktemp("project")
        (folder / "pyproject.toml").touch()
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        found = check_paths([str(folder)], Settings()).findings
        cases[name] = Case([finding for finding in found if finding.code == code])
    return verdicts_together(cases)


@pytest.mark.parametrize("name", MASKED)
def test_what_is_hidden_is_shown(name: str, judged: dict[str, list[Verdict]]) -> None:
    assert judged[name]
    for verdict in judged[name]:
        assert (verdict.status, verdict.shown_by) == ("confirmed", MASKED[name][1]), verdict


@pytest.mark.parametrize("name", STAYS_HIDDEN)
def test_what_the_program_may_never_come_to_stays_hidden(name: str, judged: dict[str, list[Verdict]]) -> None:
    assert [verdict.status for verdict in judged[name]] == ["inconclusive"], judged[name]


def test_a_module_that_cannot_be_imported_for_a_file_is_gone_past(judged: dict[str, list[Verdict]]) -> None:
    [verdict] = judged["importing"]
    assert (verdict.status, verdict.shown_by) == ("confirmed", "a reduced program"), verdict
    assert "stood in for one (FileNotFoundError" in verdict.reason
    assert "let the path start from `__file__`" in verdict.reason


def test_what_was_passed_over_is_told_where_it_leaves_nothing(judged: dict[str, list[Verdict]]) -> None:
    [verdict] = judged["of a package that is not there"]
    assert verdict.status == "inconclusive"
    assert "line 1 was passed over" in verdict.reason
    assert "`--python` takes an interpreter that has it" in verdict.reason


def test_a_part_of_a_package_does_not_see_its_neighbours_as_packages(
    judged: dict[str, list[Verdict]],
) -> None:
    [verdict] = judged["in a package"]
    assert verdict.status == "confirmed", verdict
