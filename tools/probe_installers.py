"""Run the functions that put hooks on models, and compare what they do with the table of them.

    python tools/probe_installers.py [--check]

Runs in the interpreter that has the packages: those it does not have are left out. Without `--check` it
prints what was measured.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from hookproof.facts.installers import INSTALLERS, Installer, Refusal

IMAGE = torch.ones(1, 3, 8, 8)
_TABLES = {"_forward_hooks": "forward", "_forward_pre_hooks": "forward-pre"}


class Net(nn.Module):
    """A small model with parts of two kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return two numbers for an image."""
        return self.fc(torch.relu(self.conv(x)).mean(dim=(2, 3)))


def _layer(model: nn.Module) -> nn.Module:
    """Return the layer that is asked about, which is scripted where the whole model is."""
    return model.fc


# How each function is called on a model, by the first of its names.
CALLS: dict[str, Callable[[Any, nn.Module, dict[str, Any]], object]] = {
    "torchsummary.summary": lambda f, model, _: f(model, (3, 8, 8), device="cpu"),
    "thop.profile": lambda f, model, _: f(model, inputs=(IMAGE,), verbose=False),
    "ptflops.get_model_complexity_info": lambda f, model, options: f(
        model, (3, 8, 8), print_per_layer_stat=False, **options
    ),
    "captum.attr.DeepLift": lambda f, model, _: f(model).attribute(IMAGE, target=0),
    "captum.attr.LayerActivation": lambda f, model, _: f(model, _layer(model)).attribute(IMAGE),
    "captum.attr.LayerGradCam": lambda f, model, _: f(model, _layer(model)).attribute(IMAGE, target=0),
    "fvcore.nn.ActivationCountAnalysis": lambda f, model, _: f(model, (IMAGE,)).total(),
    "fvcore.nn.FlopCountAnalysis": lambda f, model, _: f(model, (IMAGE,)).total(),
    "fvcore.nn.flop_count": lambda f, model, _: f(model, (IMAGE,)),
    "wandb.watch": lambda f, model, options: f(model, **options),
}


def found(installer: Installer) -> Callable[[nn.Module], object] | None:
    """Return the function as it is called on a model, None where its package is not there."""
    module, _, name = installer.name.rpartition(".")
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true")
    try:
        package = importlib.import_module(module)
        if module == "wandb":
            package.init()  # which puts another `watch` in its place
        function = getattr(package, name)
    except ImportError:
        return None
    options = {each.keyword: each.values[0] for each in installer.options if not each.by_default}
    return lambda model: CALLS[installer.name](function, model, options)


def raised(act: Callable[[], object]) -> BaseException | None:
    """Return the error that something raises, None where it does not."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            act()
        except Exception as error:
            return error
    return None


def measured(installer: Installer, call: Callable[[nn.Module], object]) -> dict[str, object]:
    """Return what a function does, under the names that the table has for it."""
    registered, model = set[str](), Net()
    with watching(registered):
        raised(lambda: call(model))
    left = {kind for part in model.modules() for table, kind in _TABLES.items() if getattr(part, table)}
    when_scripted = raised(lambda: torch.jit.script(model)) if left else None
    mixed = Net()
    mixed.conv = torch.jit.script(mixed.conv)
    return {
        "kinds": registered,
        "leaves_hooks": bool(left),
        "when_scripted": when_scripted,
        "for_part": raised(lambda: call(mixed)),
        "for_whole": raised(lambda: call(torch.jit.script(Net()))),
    }


@contextlib.contextmanager
def watching(registered: set[str]) -> Any:
    """Note the kinds of hooks that are registered meanwhile."""
    apis = {"register_forward_hook": "forward", "register_forward_pre_hook": "forward-pre"}
    originals = {api: getattr(nn.Module, api) for api in apis}

    def noting(api: str) -> Callable[..., object]:
        def register(self: nn.Module, *given: Any, **named: Any) -> object:
            registered.add(apis[api])
            return originals[api](self, *given, **named)

        return register

    for api in apis:
        setattr(nn.Module, api, noting(api))
    try:
        yield
    finally:
        for api, original in originals.items():
            setattr(nn.Module, api, original)


def differences(installer: Installer, facts: dict[str, object]) -> list[str]:
    """Return what the table says otherwise than what was measured, a line each."""
    said = []
    for name, value in facts.items():
        expected = getattr(installer, name)
        if not _agrees(expected, value):
            said.append(f"{installer.name}: {name} is {value!r}, the table says {expected!r}")
    return said


def _agrees(expected: object, value: object) -> bool:
    if isinstance(expected, Refusal):
        names = {cls.__name__ for cls in type(value).__mro__}
        return expected.exception in names and re.search(expected.message, str(value)) is not None
    return expected is value if expected is None or value is None else expected == value


def main() -> None:
    """Print, or compare, what the functions do whose packages are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where the table says something else")
    is_check = parser.parse_args().check
    warnings.simplefilter("ignore")
    wrong = []
    for installer in INSTALLERS:
        call = found(installer)
        if call is None:
            print(f"{installer.name}: its package is not installed")
            continue
        facts = measured(installer, call)
        print(f"{installer.name}: {facts}") if not is_check else wrong.extend(differences(installer, facts))
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
