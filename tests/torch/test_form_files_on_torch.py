"""Torch does with each program under `forms/` what its first line says."""

from __future__ import annotations

import contextlib
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch.fx.proxy import TraceError

from form_programs import FormFile, form_files


@pytest.fixture(autouse=True)
def _no_global_hooks_stay() -> Iterator[None]:
    """Take off the hooks that a program registers for all modules."""
    yield
    for name, hooks in vars(torch.nn.modules.module).items():
        if name.startswith("_global_") and name.endswith("_hooks"):
            hooks.clear()


def names_of(path: Path) -> dict[str, object]:
    """Run a program and return its names, none where it leaves by `sys.exit()` without an error."""
    try:
        return runpy.run_path(str(path), run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
        return {}


@pytest.mark.parametrize("form", form_files(), ids=str)
@pytest.mark.filterwarnings("ignore")
def test_torch_does_what_the_first_line_says(form: FormFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(form.main.parent))
    monkeypatch.setattr("sys.argv", [str(form.main)])
    if "torch.compile" in form.main.read_text("utf-8"):
        # What compiles first puts other functions in the place of torch's, `torch.jit.trace` among them.
        done = subprocess.run([sys.executable, "-W", "ignore", str(form.main)], capture_output=True)
        assert bool(done.returncode) == bool(form.breaks), done.stderr.decode()
        return
    errors = (RuntimeError, AttributeError, torch.jit.Error, torch.jit.frontend.FrontendError, TraceError)
    raises = pytest.raises(errors) if form.breaks else contextlib.nullcontext()
    with raises:
        program = names_of(form.main)
        exec(form.head.get("then", ""), {"torch": torch, "nn": torch.nn, **program})
