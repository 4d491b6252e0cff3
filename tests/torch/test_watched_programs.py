"""Every program of the fixtures, the forms and the documentation does under a witness what it does alone."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from alone_and_watched import runs
from fixture_programs import all_fixtures
from form_programs import form_files, forms
from hooked_program import HOOKED
from test_docs import programs as documented

_FUNCTIONS = r"(breaks|differs|survives)_\w+"
_MANY = 32  # of small programs, that one process runs

# What programs do that a witness might get in the way of.
OWN_WAYS = {
    "refused": HOOKED + "torch.jit.script(model).register_forward_hook(counts)",
    "a class that registers": """
        import torch
        from torch import nn
        from torch.jit import script
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.calls = 0
                self.handle = self.register_forward_hook(self.hook)
            def hook(self, m, i, o):
                self.calls += 1
            def forward(self, x):
                return x
        net = Net()
        net(torch.ones(1))
        print(net.calls, script is torch.jit.script, nn.Module.register_forward_hook)
        script(net)
        """.replace("register_forward_hook)", "register_forward_hook.__qualname__)"),
    "its own patch": HOOKED
    + """
original = nn.Module.register_forward_hook
def patched(self, hook, **options):
    print("patched")
    return original(self, hook, **options)
nn.Module.register_forward_hook = patched
handle = model.register_forward_hook(counts)
model(torch.ones(1, 2))
nn.Module.register_forward_hook = original
handle.remove()
model(torch.ones(1, 2))
""",
    "its own profile function": HOOKED
    + """
import sys
called = []
def profile(frame, event, arg):
    if event == "call" and frame.f_code.co_name in ("counts", "forward"):
        called.append(frame.f_code.co_name)
model.register_forward_hook(counts)
sys.setprofile(profile)
model(torch.ones(1, 2))
sys.setprofile(None)
model(torch.ones(1, 2))
print(called, sys.getprofile())
""",
    "its own tracer": HOOKED
    + """
import sys
lines = []
def trace(frame, event, arg):
    if frame.f_code.co_name in ("counts", "forward") and frame.f_code.co_filename == __file__:
        lines.append(frame.f_lineno)
        return trace
sys.settrace(trace)
model.register_forward_hook(counts)
model(torch.ones(1, 2))
sys.settrace(None)
print(lines)
""",
    "cProfile": HOOKED
    + """
import cProfile, pstats
model.register_forward_hook(counts)
with cProfile.Profile() as profile:
    model(torch.ones(1, 2))
print([n[0] for f, n in pstats.Stats(profile).stats.items() if f[2] == "counts"])
""",
    "warnings": """
        import torch, warnings
        warnings.simplefilter("always")
        torch.jit.script(torch.nn.Linear(1, 1), optimize=True)
        """,
}

Group = list[tuple[str, str]]
Seen = list[tuple[Group, dict[str, Any], dict[str, Any]]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Return groups of programs with what came of each alone and watched: torch is imported once for all."""
    texts = {
        "forms": [form.text for form in forms()],
        "own ways": [textwrap.dedent(text) for text in OWN_WAYS.values()],
        "documentation": [program.text for program in documented()],
    }
    programs = {name: _written(tmp_path_factory.mktemp(name), each) for name, each in texts.items()}
    programs["forms"] += [(str(form.main), "$") for form in form_files()]
    sizes = {"own ways": 1}
    groups = {
        name: [each[n : n + size] for n in range(0, len(each), size)]
        for name, each in programs.items()
        for size in [sizes.get(name, _MANY)]
    }
    groups["fixtures"] = [[(str(fixture.main), _FUNCTIONS)] for fixture in all_fixtures()]
    found = iter(runs([group for members in groups.values() for group in members]))
    return {name: [(group, *next(found)) for group in members] for name, members in groups.items()}


def _written(folder: Path, texts: list[str]) -> Group:
    programs = []
    for number, text in enumerate(texts):
        path = folder / f"{number}" / "program.py"
        path.parent.mkdir()
        path.write_text(text, "utf-8")
        programs.append((str(path), "$"))
    return programs


@pytest.mark.parametrize(
    ("name", "least"), [("fixtures", 70), ("forms", 800), ("documentation", 20), ("own ways", 7)]
)
def test_a_program_does_what_it_does_alone(name: str, least: int, seen: dict[str, Seen]) -> None:
    count = 0
    for group, alone, watched in seen[name]:
        for (path, _), one, other in zip(group, alone["results"], watched["results"], strict=True):
            assert other == one, Path(path).read_text("utf-8")
            count += 1
        for stream in ("stdout", "stderr"):
            assert watched[stream].splitlines() == alone[stream].splitlines(), group
        assert watched == alone, group
    assert count >= least
