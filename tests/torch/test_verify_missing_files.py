"""Settings and data files that are not there get made-up contents, so that what hangs on them is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from asked_together import Case, verdicts_together
from hookproof.finding import Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

HEAD = """\
import json
import os
from pathlib import Path
import torch
from torch import nn

HERE = os.path.dirname(__file__)
seen = []


def record(module, inputs, output):
    seen.append(output.shape)


class Net(nn.Module):
    def __init__(self, width, depth=1):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, width) for _ in range(depth)])

    def forward(self, x):
        return self.layers[0](x)


"""
TAIL = """\
net.layers[0].register_forward_hook(record)
traced = torch.jit.trace(net, torch.rand(1, 4))
seen.clear()
traced(torch.rand(2, 4))
print(len(seen))
"""
PROGRAMS = {
    "json in a with statement": "with open(os.path.join(HERE, 'config.json')) as f:\n"
    "    config = json.load(f)\nnet = Net(config['width'])\n",
    "tables within tables": "config = json.loads((Path(HERE) / 'config.json').read_text())\n"
    "net = Net(config['model']['width'], depth=config['model']['depth'])\n",
    "keys that become attributes": "class Settings(dict):\n    def __init__(self, *given):\n"
    "        super().__init__(*given)\n        self.__dict__ = self\n\n\n"
    "h = Settings(json.load(open('config.json')))\nnet = Net(h.width)\n",
    "a default": "config = json.load(open('config.json'))\n"
    "net = Net(config.get('width', 3), config.get('depth', 2))\n",
    "a row of sizes": "config = json.load(open('config.json'))\nnet = Net(sum(config['widths']))\n",
    "lines of a text": "labels = [line.strip() for line in open('labels.txt')]\nnet = Net(len(labels))\n",
    "numbers of a table": "with open('sizes.csv') as f:\n    width = int(f.readline())\nnet = Net(width)\n",
    "in a function that is called": "def settings(path='config.json'):\n    with open(path) as f:\n"
    "        return json.load(f)\n\n\nnet = Net(**{'width': settings()['net']['width']})\n",
}
BESIDE = "config = json.load(open('there.json'))\nnet = Net(config['width'])\nassert config['width'] == 7\n"
DECIDES = "config = json.load(open('config.json'))\nnet = Net(config['width'])\nif config['debug']:\n    "


def judged(programs: dict[str, str], folder: Path) -> dict[str, list[Verdict]]:
    cases = {}
    for number, (name, text) in enumerate(programs.items()):
        path = folder / str(number) / "program.py"
        path.parent.mkdir()
        (path.parent / "pyproject.toml").touch()
        (path.parent / "there.json").write_text('{"width": 7}', "utf-8")
        path.write_text(text, "utf-8")
        cases[name] = Case(tuple(check_paths([str(path)], Settings()).findings))
    return verdicts_together(cases)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    programs = {name: HEAD + text + TAIL for name, text in PROGRAMS.items()}
    folder = tmp_path_factory.mktemp("missing")
    return judged({**programs, "beside": HEAD + BESIDE + TAIL, "decides": HEAD + DECIDES + TAIL}, folder)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_hangs_on_a_missing_file_is_shown(name: str, shown: dict[str, list[Verdict]]) -> None:
    [verdict] = shown[name]
    assert (verdict.status, verdict.shown_by) == ("confirmed", "a reduced program"), verdict
    assert "made-up contents" in verdict.reason


def test_a_file_beside_the_script_is_read_as_it_is(shown: dict[str, list[Verdict]]) -> None:
    [verdict] = shown["beside"]
    assert verdict.status == "confirmed", verdict


def test_contents_that_decide_about_the_hook_show_nothing(shown: dict[str, list[Verdict]]) -> None:
    [verdict] = shown["decides"]
    assert verdict.status == "inconclusive", verdict
