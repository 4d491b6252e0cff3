"""What is known of functions that put hooks on models is what they do, where they are installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hookproof.facts.installers import INSTALLERS, Installer

pytestmark = pytest.mark.slow  # the packages import torch

_HERE = ("torchsummary", "thop", "ptflops")


def probe() -> ModuleType:
    path = Path(__file__).parents[2] / "tools/probe_installers.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "installer",
    [each for each in INSTALLERS if each.name.startswith(_HERE)],
    ids=lambda each: f"{each.name} {''.join(str(option.values[0]) for option in each.options)}",
)
def test_the_table_says_what_is_measured(installer: Installer) -> None:
    module = probe()
    call = module.found(installer)
    assert call is not None, "it is one of the extra `dev`"
    assert module.differences(installer, module.measured(installer, call)) == []
