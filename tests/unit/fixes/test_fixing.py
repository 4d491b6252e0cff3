"""What is shown of fixes, and of files that went away or nest deeply meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.fixing import differences, mend, show_all
from hookproof.mended import Mended
from hookproof.report import Failure
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings

LATE = """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2))
net.register_forward_hook(lambda module, args, output: output * 2)
torch.jit.script(net)
"""


def fixed(path: Path) -> Mended:
    settings = Settings()
    report = check_paths([str(path)], settings)
    return mend((settings, (str(path),)), report, {}, lambda shown, _: shown, takes_unsafe=True)


def test_a_file_that_went_away_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "late.py"
    path.write_text(LATE)
    done = fixed(path)
    assert len(list(differences(done.contents, {}))) > 3
    path.unlink()
    reason = f"cannot read {path}: No such file or directory"
    shown = show_all(done, {})
    assert shown.report.files.failed == (Failure(str(path), reason),)
    assert (shown.fixed, shown.places) == ((), ())
    assert list(differences(done.contents, {})) == []
    assert capsys.readouterr() == ("", f"{reason}\n")


@pytest.mark.parametrize("depth", [50, 400])
def test_what_nests_deeply_is_fixed(depth: int, tmp_path: Path) -> None:
    path = tmp_path / "deep.py"
    chain = "".join(f"    elif x == {number}:\n        print(1)\n" for number in range(depth))
    hook = "def hook(module, args, output):\n    x = 3\n    if x == 1:\n        print(0)\n"
    call = "    module.seen.append(output)\n\n\n"
    net = (
        "class Net(nn.Linear):\n    def __init__(self):\n        super().__init__(2, 2)\n"
        "        self.seen = []\n\n\n"
    )
    path.write_text(
        f"import torch\nfrom torch import nn\n\n\n{net}{hook}{chain}{call}net = Net()\n"
        "net.register_forward_hook(hook)\ntorch.jit.script(net)\n"
    )
    assert {finding.code for finding in fixed(path).fixed} == {"HKP204", "HKP302"}
