"""How much work a run does, counted, so that a slower one shows on any machine."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from cProfile import Profile
from pathlib import Path

import pytest

from hooked_project import environment, write_project
from hookproof.session.pipeline import check_paths
from hookproof.settings import resolve

pytestmark = pytest.mark.slow  # the projects that are counted are large

COUNTED = """
import json, sys
from collections import Counter

work = Counter()

def count(owner, name, kind):
    real = getattr(owner, name)
    def counted(*args, **kwargs):
        work[kind] += 1
        return real(*args, **kwargs)
    setattr(owner, name, counted)

from hookproof.source import text
count(text, "read", "files read")
import hookproof.__main__
if "lowered" in sys.argv[1]:
    from hookproof.syntax import facts, source_file
    count(source_file, "block_facts", "blocks lowered")
    count(source_file, "outline", "files cut")
    from hookproof.facts import atlas
    count(atlas.msgspec.json, "decode", "atlas loads")
try:
    sys.argv = ["hookproof", *sys.argv[2:]]
    hookproof.__main__.main()
except SystemExit as end:
    work["exit"] = end.code
work["modules"] = len(sys.modules)
print(json.dumps({"work": work, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


def run(folder: Path, *arguments: str, what: str = "") -> dict[str, dict[str, int]]:
    """Run a command and return what it did: `work` by kind, and the `modules` it imported."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, what, *arguments, "--quiet"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, int]] = json.loads(done.stderr.splitlines()[-1])
    return found


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Write a project of 300 files of which three have to do with hooks."""
    write_project(tmp_path)
    for number in range(300):
        body = "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(5))
        (tmp_path / f"pkg/part{number}.py").write_text(f"import torch\n\n\n{body}")
    return tmp_path


LATE = (
    "click",
    "dataclasses",
    "hookproof.outcomes.roots",
    "hookproof.rules.registry",
    "libcst",
    "pathlib",
    "rich",
)


def test_a_file_without_hooks_starts_little(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch\n\n\ndef f(x):\n    return torch.relu(x)\n")
    done = run(tmp_path, "check", "--isolated", "--no-cache", "a.py")
    ours = [name for name in done["modules"] if name.startswith("hookproof")]
    assert len(ours) <= 55, ours  # nine know what worlds there are, four what torch versions, eight settings
    assert not {*LATE} & {*done["modules"]}
    assert done["work"]["files read"] <= 2


def test_an_unchanged_project_is_not_even_read(large: Path) -> None:
    time.sleep(2.1)  # a file changed a moment ago may change again without its times telling
    run(large, "check")
    warm = run(large, "check", "--output-format=concise")
    assert warm["work"]["files read"] <= 2  # those with findings, for the comments on their lines
    assert "hookproof.outcomes.roots" not in warm["modules"]
    assert not {"libcst", "rich", "hookproof.syntax.outline"} & {*warm["modules"]}


def test_only_what_hooks_reach_is_cut_and_lowered(large: Path) -> None:
    done = run(large, "check", "-j1", "--no-cache", "--output-format=concise", what="lowered")
    assert done["work"]["exit"] == 1
    assert not {"libcst", "dataclasses"} & {*done["modules"]}
    assert done["work"]["files cut"] <= 3
    assert done["work"]["blocks lowered"] <= 6
    assert done["work"]["atlas loads"] <= 12  # the parts of the first version, and what others have instead


HEAD = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        return x


net = Net()
"""
HOOK = "def h{n}(m, i, o):\n    m.seen.append({n})\n\n\n"
MANY = {
    "on one module": HOOK + "net.register_forward_hook(h{n})\n\n\n",
    "in functions": HOOK
    + "def r{n}(net: Net):\n    net.register_forward_hook(h{n})\n    torch.jit.script(net)\n\n\n",
}


@pytest.mark.parametrize("each", MANY.values(), ids=MANY)
def test_every_hook_of_a_long_file_is_found_by_work_that_grows_with_it(each: str, tmp_path: Path) -> None:
    counts = []
    for hooks in (250, 1000):
        path = tmp_path / str(hooks) / "a.py"
        path.parent.mkdir()
        path.write_text(HEAD + "".join(each.format(n=n) for n in range(hooks)) + "torch.jit.script(net)\n")
        [(settings, paths)] = resolve([str(path)], {}, isolated=True)
        profile = Profile()
        report = profile.runcall(check_paths, paths, settings, jobs=1)
        assert sum(found.code == "HKP302" for found in report.findings) == hooks
        counts.append(sum(entry.callcount for entry in profile.getstats()))
    assert counts[1] <= 4.2 * counts[0]
