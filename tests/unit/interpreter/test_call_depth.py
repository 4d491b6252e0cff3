"""A registration is found however many functions lie between it and the entry point, whatever they are.

Programs are generated: each step hands the model to the next one, and the last one either registers the hook
of a model that the caller scripts, or scripts the model that the caller has given a hook.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from call_chains import DEEPEST, HOOK, IMPORTS, LINKS, MAIN, REGISTERS, SCRIPTS, codes


def program(links: Sequence[str], *, is_registered_below: bool) -> list[str]:
    """Return the parts of a program with these steps, the last one first."""
    count = len(links)
    done, after = (REGISTERS, SCRIPTS) if is_registered_below else (SCRIPTS, "return net")
    before = "step1(net)" if is_registered_below else f"{REGISTERS}\n    step1(net)"
    last = f"def step{count + 1}(net):\n    {done}\n    return net\n"
    steps = [LINKS[link].format(n=n, m=n + 1) for n, link in enumerate(links, 1)]
    return [HOOK, last, *reversed(steps), MAIN.format(before=before, after=after)]


def mixed(depth: int) -> list[str]:
    """Return links of that many kinds."""
    kinds = [*LINKS]
    return [kinds[(5 * depth + step) % len(kinds)] for step in range(depth)]


@pytest.mark.parametrize("is_registered_below", [True, False], ids=["registered below", "scripted below"])
@pytest.mark.parametrize("link", [*LINKS, "mixed"])
def test_hook_is_found_at_every_depth(link: str, is_registered_below: bool, tmp_path: Path) -> None:
    missed = []
    for depth in range(1, DEEPEST + 1):
        links = mixed(depth) if link == "mixed" else [link] * depth
        folder = tmp_path / str(depth)
        folder.mkdir()
        parts = program(links, is_registered_below=is_registered_below)
        (folder / "program.py").write_text("\n\n".join([IMPORTS, *parts]), "utf-8")
        if codes(folder) != ["HKP204"]:
            missed.append(depth)
    assert not missed


@pytest.mark.parametrize("is_registered_below", [True, False], ids=["registered below", "scripted below"])
@pytest.mark.parametrize("link", LINKS)
def test_hook_is_found_across_three_files(link: str, is_registered_below: bool, tmp_path: Path) -> None:
    hook, last, step, main = program([link], is_registered_below=is_registered_below)
    head = IMPORTS if is_registered_below else f"{IMPORTS}from last import show\n"
    (tmp_path / "last.py").write_text("\n\n".join([IMPORTS, hook, last]), "utf-8")
    (tmp_path / "between.py").write_text(f"{IMPORTS}from last import step2\n\n\n{step}", "utf-8")
    (tmp_path / "main.py").write_text(f"{head}from between import step1\n\n\n{main}", "utf-8")
    assert codes(tmp_path) == ["HKP204"]


@pytest.mark.parametrize("is_registered_below", [True, False], ids=["registered below", "scripted below"])
def test_torch_refuses_the_hooks(is_registered_below: bool, tmp_path: Path) -> None:
    parts = program([*LINKS], is_registered_below=is_registered_below)
    script = tmp_path / "program.py"
    script.write_text("\n\n".join([IMPORTS, *parts]), "utf-8")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert (
        "Hook 'show' on module 'Sequential' expected the input argument to be typed as a Tuple" in run.stderr
    )
