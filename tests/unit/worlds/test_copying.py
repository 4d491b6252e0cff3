"""What is said of copies and pickles where no program shows one: as much as the user assumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

_LIBRARY = """\
import functools

from torch import nn


def log(name, module, input, output):
    print(name, output.shape)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.calls = 0
        self.fc.register_forward_hook(lambda *_: print("called"))  # pickle: HKP830
        self.fc.register_forward_hook(functools.partial(log, "fc"))
        self.fc.register_forward_hook(self.keep)  # copy: HKP822

        def count(module, input, output):
            self.calls += 1

        self.fc.register_forward_hook(count)  # copy: HKP820, pickle: HKP830

    def keep(self, module, input, output):
        self.output = output

    def forward(self, x):
        return self.fc(x)
"""


@pytest.mark.parametrize("world", ["copy", "pickle"])
def test_a_library_is_judged_as_if_its_models_went_there(world: str, tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "net.py").write_text(_LIBRARY, "utf-8")
    settings = Settings(assume=(world,), min_confidence="possible", select=("HKP82", "HKP83"))
    found = [(each.line, each.code) for each in check_paths([str(tmp_path)], settings).findings]
    marked = [(n, line) for n, line in enumerate(_LIBRARY.splitlines(), 1) if f"{world}: " in line]
    assert found == [(n, line.partition(f"{world}: ")[2][:6]) for n, line in marked]
    assert not check_paths([str(tmp_path)], Settings(select=("HKP82", "HKP83"))).findings
