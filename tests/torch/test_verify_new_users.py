"""Programs in the shape of bug reports and notebooks: each finding has the verdict that the program shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from asked_together import asked
from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

START = "import torch\nfrom torch import nn\n\n\n"
# The second registration is refused too, but no run of the program as it is comes there.
TWO_REFUSED = """\
class GradCam:
    def __init__(self, layer):
        layer.register_forward_hook(self.keep)  # HKP101 confirmed
        layer.register_full_backward_hook(self.keep)  # HKP101 confirmed

    def keep(self, module, *values):
        self.values = values


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Linear(4, 4)

    def forward(self, x):
        return self.features(x)


model = torch.jit.script(Net())
cam = GradCam(model.features)
"""
# The file is opened before the hook runs, and written to without being opened again.
LOG_FILE = """\
def main():
    file = open("activations.log", "w")

    def log(module, inputs, output):
        file.write("%f\\n" % output.mean())

    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    model.register_forward_hook(log)  # HKP109 confirmed
    traced = torch.jit.trace(model, torch.ones(1, 2))
    traced(torch.rand(1, 2))
    file.close()
    print(len(open("activations.log").readlines()))


main()
"""
# A lambda hides that a module is passed on, and so does the number that it captures.
TWO_MASKS = """\
def watch(model, step):
    def run(module, output, step):
        print(output.mean(), step)

    model.register_forward_hook(lambda m, i, o: run(m, o, step))  # HKP201 confirmed, HKP311 confirmed


def main():
    model = nn.Linear(2, 2)
    watch(model, 5)
    torch.jit.script(model)


main()
"""
NOTEBOOK = """\
# In[1]:


from IPython.display import clear_output

clear_output(wait=True)
get_ipython().run_line_magic("matplotlib", "inline")
activations = {}


def keep(name):
    def hook(module, inputs, output):
        activations[name] = output.detach()

    return hook


# In[2]:


net = nn.Sequential(nn.Linear(2, 2))
net[0].register_forward_hook(keep("first"))  # HKP109 confirmed
traced = torch.jit.trace(net, torch.ones(1, 2))
for i in range(3):
    traced(torch.ones(1, 2) * i)
    print(activations["first"].mean())
"""
# The hooks of the blocks are taken off in time: the error is about the first layer.
ONE_REMOVED = """\
from torch.nn.utils import remove_weight_norm, weight_norm


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([weight_norm(nn.Conv1d(4, 4, 3)) for _ in range(2)])

    def forward(self, x):
        for conv in self.convs:
            x = conv(x)
        return x

    def remove_weight_norm(self):
        for conv in self.convs:
            remove_weight_norm(conv)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.pre = weight_norm(nn.Conv1d(4, 4, 3))  # HKP116 confirmed
        self.blocks = nn.ModuleList([Block() for _ in range(2)])

    def forward(self, x):
        x = self.pre(x)
        for block in self.blocks:
            x = block(x)
        return x

    def remove_weight_norm(self):
        for block in self.blocks:
            block.remove_weight_norm()


generator = Generator().eval()
generator.remove_weight_norm()
torch.jit.script(generator)
"""
# What is scripted is saved, and fails whoever calls it later; the name of its file has to be made up.
VOCODER = """\
import argparse

from torch.nn.utils.parametrizations import weight_norm


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.convs = nn.ModuleList([weight_norm(nn.Conv1d(channels, channels, 3))])  # HKP117 confirmed

    def forward(self, x):
        for conv in self.convs:
            x = conv(x)
        return x


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    torch.jit.script(Block(4).eval()).save(parser.parse_args().out)


if __name__ == "__main__":
    main()
"""
# Neither command can be had without arguments, and only one of them comes to the hook.
COMMANDS = """\
import argparse


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.fc.register_forward_hook(self.keep)

    def keep(self, module, inputs, output):  # HKP203 confirmed
        self.last = output

    def forward(self, x):
        return self.fc(x)


def train(arguments):
    print(arguments.epochs)


def export(arguments):
    torch.jit.script(Net()).save(arguments.path)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("train")
    first.add_argument("--epochs", type=int, required=True)
    first.set_defaults(run=train)
    second = commands.add_parser("export")
    second.add_argument("path")
    second.set_defaults(run=export)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
"""
MODES = """\
import argparse


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["eager", "traced"])
    parser.add_argument("--steps", type=int, required=True)
    arguments = parser.parse_args()
    outputs = []
    model = nn.Linear(4, 4)
    model.register_forward_hook(lambda m, i, o: outputs.append(o))  # HKP109 confirmed
    if arguments.mode == "traced":
        traced = torch.jit.trace(model, torch.ones(1, 4))
        outputs.clear()
        for _ in range(arguments.steps):
            traced(torch.ones(1, 4))
        print(len(outputs))


if __name__ == "__main__":
    main()
"""
# Nothing static leads from the export to the class, whose constructor registers.
REGISTRY = """\
MODELS = {}


def register(cls):
    MODELS[cls.__name__] = cls
    return cls


def remember(module, inputs: tuple[torch.Tensor], output: torch.Tensor):
    module.history.append(output)  # HKP302 confirmed


@register
class Tiny(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.fc = nn.Linear(features, features)
        self.history = []
        self.register_forward_hook(remember)

    def forward(self, x):
        return self.fc(x)


torch.jit.script(MODELS["Tiny"](4))
"""
# Nobody can make its settings up, so its life cycle is rebuilt: with the hook that it is about.
LIBRARY = """\
class Settings:
    def __init__(self, path):
        self.widths = [int(line) for line in open(path)]


def log(module, grad_input, grad_output):
    print("gradient", grad_output[0].shape)


def export(settings: Settings):
    model = nn.Linear(settings.widths[0], 2)
    model.register_full_backward_hook(log)  # HKP110 confirmed
    return torch.jit.script(model)
"""
PROGRAMS = {
    "a library": LIBRARY,
    "commands of a command line": COMMANDS,
    "a mode that must be given": MODES,
    "a registry of classes": REGISTRY,
    "two registrations are refused": TWO_REFUSED,
    "the hook writes to an open file": LOG_FILE,
    "two masks": TWO_MASKS,
    "a notebook's export": NOTEBOOK,
    "a utility is taken off without its handle": ONE_REMOVED,
    "what was scripted is saved and not called": VOCODER,
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """Return the findings of each program with their verdicts, asked all at once."""
    findings: list[Finding] = []
    for name, text in PROGRAMS.items():
        path = tmp_path_factory.mktemp("of") / f"{name.replace(chr(39), '')}.py"
        (path.parent / "pyproject.toml").write_text("", "utf-8")
        path.write_text(START + text, "utf-8")
        findings += check_paths([str(path)], Settings()).findings
    found = asked(findings)[0]
    return {n: [f for f in found if Path(f.path).stem == n.replace("'", "")] for n in PROGRAMS}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_finding_has_the_verdict_at_its_line(name: str, judged: dict[str, list[Finding]]) -> None:
    lines = (START + PROGRAMS[name]).splitlines()
    expected = [
        (number, *mark.split())
        for number, line in enumerate(lines, 1)
        if "  # HKP" in line
        for mark in line.partition("  # ")[2].split(", ")
    ]
    found = [(f.line, f.code, f.verdict.status) for f in judged[name] if f.verdict]
    assert found == expected, [f.verdict and f.verdict.reason for f in judged[name]]
