"""A program that runs to its end past the finding has the last word; a reduced one does not overrule it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from layout_programs import in_layouts, sources
from layout_verdicts import seen, verified
from layouts import LAYOUTS
from test_verify_worker import verdicts

HOOK = """\
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.cache = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def hook(m, i: Tuple[torch.Tensor], o: torch.Tensor):
    print(m.cache)


def plain(m, i: Tuple[torch.Tensor], o: torch.Tensor):
    print(o)


"""
BROKEN = "net = Net()\nhandle = net.register_forward_hook(hook)\ntorch.jit.script(net)\n"
REFUTED = {
    "removed": BROKEN.replace("torch.jit", "handle.remove()\ntorch.jit"),
    "never registered": BROKEN.replace("handle =", "if net.training is None:\n    handle ="),
    "on a part that is replaced": BROKEN.replace("net.reg", "net.fc.reg").replace(
        "torch.jit", "net.fc = nn.Linear(2, 2)\ntorch.jit"
    ),
    "another hook in its place": BROKEN.replace("\nhandle", "\nhook = plain\nhandle"),
    "what breaks is fixed": BROKEN.replace("torch.jit", "net.cache = 1\ntorch.jit"),
    "registered in another process": "from multiprocessing import get_context\n\n"
    'if __name__ == "__main__":\n    net = Net()\n\n    def put(net=net):\n'
    "        net.register_forward_hook(hook)\n\n    child = get_context('fork').Process(target=put)\n"
    "    child.start()\n    child.join()\n    torch.jit.script(net)\n",
    "never scripted": BROKEN.replace("torch.jit", "if net.training is None:\n    torch.jit"),
}
FLAGGED = """\
import random


def run(flag, other=True):
    net = Net()
    if flag:
        net.register_forward_hook(hook)
    REST
        torch.jit.script(net)


run(random.random() > 2)
"""
REFUTED.update(
    {
        "under the opposite flag": FLAGGED.replace("REST", "if other and not flag:"),
        "in the other branch": FLAGGED.replace("REST", "else:"),
        "left before it is scripted": FLAGGED.replace(
            "REST", "if flag:\n        return\n    with torch.no_grad():"
        ),
        "in another mode": FLAGGED.replace("if flag:", "if flag == 'debug':").replace(
            "REST", "elif flag != 'debug':"
        ),
        "for a class that is not met": "import functools\n\n\n"
        "@functools.singledispatch\ndef watch(m):\n    pass\n\n\n"
        "@watch.register(Net)\ndef _(m):\n    m.register_forward_hook(hook)\n\n\n"
        "@watch.register(str)\ndef _(m):\n    pass\n\n\n"
        "watch(nn.Linear(2, 2))\ntorch.jit.script(nn.Linear(2, 2))\n",
    }
)
NOT_REFUTED = {
    "another flag": FLAGGED.replace("REST", "if other:"),
    "the flag is changed": FLAGGED.replace("REST", "flag = not flag\n    if not flag:"),
    "the module comes back": FLAGGED.replace("REST", "if not flag:")
    .replace("run(flag, other=True):", "run(flag, net):")
    .replace("    net = Net()\n", "")
    .replace("run(random.random() > 2)", "net = Net()\nrun(random.random() > 2, net)\nrun(False, net)"),
    "an argument decides": "import sys\n"
    + BROKEN.replace("torch.jit", "if not sys.argv[1:]:\n    handle.remove()\ntorch.jit"),
    "a program that ends too early": BROKEN.replace("net = Net()", "net = Net()\nopen('no.such.file')"),
}


def planted(program: str, folder: Path) -> Verdict:
    """Return the verdict on the finding of the broken program, put where `program` has the same lines."""
    (folder / "pyproject.toml").write_text("", "utf-8")
    path = folder / "program.py"
    path.write_text(HOOK + BROKEN, "utf-8")
    (finding,) = check_paths([str(path)], Settings()).findings
    path.write_text(HOOK + program, "utf-8")
    lines = path.read_text("utf-8").splitlines()
    assert finding.subject
    subject = msgspec.structs.replace(
        finding.subject,
        registration_line=next(n for n, line in enumerate(lines, 1) if "register_" in line),
        entry_line=next(n for n, line in enumerate(lines, 1) if "torch.jit.script" in line),
    )
    (verdict,) = verdicts([msgspec.structs.replace(finding, subject=subject)])
    return verdict


@pytest.mark.parametrize("program", REFUTED)
def test_a_program_that_runs_to_its_end_refutes(program: str, tmp_path: Path) -> None:
    verdict = planted(REFUTED[program], tmp_path)
    assert (verdict.status, verdict.shown_by) == ("refuted", "the program"), verdict


@pytest.mark.parametrize("program", NOT_REFUTED)
def test_a_program_that_says_nothing_of_it_does_not(program: str, tmp_path: Path) -> None:
    verdict = planted(NOT_REFUTED[program], tmp_path)
    assert (verdict.status, verdict.shown_by) == ("confirmed", "a reduced program"), verdict


def test_the_same_defect_in_another_hook_confirms_nothing(tmp_path: Path) -> None:
    other = "def other(m, i: Tuple[torch.Tensor], o: torch.Tensor):\n    print(m.cache)\n\n\n"
    program = BROKEN.replace("torch.jit", "handle.remove()\nnet.register_forward_hook(other)\ntorch.jit")
    verdict = planted(other + program, tmp_path)
    assert verdict.shown_by != "the program", verdict


def _is(finding: Finding, status: str) -> bool:
    return finding.verdict is not None and finding.verdict.status == status


def test_programs_of_every_layout_get_the_right_verdict(tmp_path: Path) -> None:
    chosen = sources()[5::120]
    programs, _ = in_layouts((source, layout) for source in chosen for layout in LAYOUTS)
    result = seen(programs, tmp_path.resolve())
    right = {(each.source.origin, f.code) for each, f in result.findings if f.code in each.source.codes}
    confirmed = verified([(e, f) for e, f in result.findings if (e.source.origin, f.code) in right])
    for layout in LAYOUTS:
        of_layout = [finding for each, finding in confirmed if each.layout == layout]
        assert sum(_is(f, "confirmed") for f in of_layout) >= 0.95 * len(of_layout), of_layout
    assert not [f for _, f in confirmed if _is(f, "refuted")]
    assert not [f for _, f in verified(result.plants) if _is(f, "confirmed")]


# Of each of these one thing is planted that nothing but the program as it is written speaks against.
PASSED = (
    "hkp101_hook_on_script_module.survives_name_bound_again",
    "hkp104_hook_on_traced_child.survives_guarded",
    "hkp120_unguarded_registration.survives_tested_as_a_whole",
    "hkp410_class_name_changed.survives_original_name",
)


def test_what_nobody_wrote_shows_nothing_where_the_program_comes_past_it(tmp_path: Path) -> None:
    families = {origin.partition(".")[0] for origin in PASSED}
    chosen = [s for s in sources() if s.origin in PASSED or (s.family in families and s.kind != "survives")]
    layouts = [(source, layout) for source in chosen for layout in LAYOUTS if source.origin in PASSED]
    programs, _ = in_layouts([*((s, "function") for s in chosen if s.origin not in PASSED), *layouts])
    plants = seen(programs, tmp_path.resolve()).plants
    assert {each.source.origin for each, _ in plants} == set(PASSED)
    assert not [f.verdict for _, f in verified(plants) if not _is(f, "refuted")]


# Of these torch speaks in other words, or elsewhere, than where a module is read or passed on as it is.
IN_OTHER_WORDS = (
    "form compiled hook: helper",
    "form compiled hook: dict to helper",
    "form compiled hook: list to helper that takes tensors",
    "form compiled hook with a dict",
    "form compiled hook: items",
    "form compiled hook: state dict through list",
    "form Python hook: method of type",
)


def test_what_torch_says_in_other_words_is_confirmed(tmp_path: Path) -> None:
    chosen = [source for source in sources() if source.origin in IN_OTHER_WORDS]
    programs, _ = in_layouts((source, "function") for source in chosen)
    found = verified(seen(programs, tmp_path.resolve()).findings)
    assert {each.source.origin for each, _ in found} == set(IN_OTHER_WORDS)
    assert not [f.verdict for _, f in found if not _is(f, "confirmed")]
