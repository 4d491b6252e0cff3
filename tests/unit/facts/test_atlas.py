"""The shipped atlas is what the installed torch does, and its reader tells what it holds."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import suppress

import pytest
import torch
from torch import nn

from hookproof.facts.atlas import BASE, Facts
from hookproof.interpreter.members import SETTING_METHODS, TABLES
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import Registration
from hookproof.interpreter.values import HOOK_TABLES, HooksValue, LiveHook
from hookproof.semantic.location import Location
from hookproof.syntax.source_file import SourceFile
from places import ROOT

FACTS = Facts(BASE)
FOLDER = ROOT / "src" / "hookproof" / "facts" / "atlas"
FILE = SourceFile("a.py", "a", b"")
INSTALLED = str(torch.__version__).partition("+")[0]


def test_the_shipped_atlas_is_what_torch_does() -> None:
    assert BASE == INSTALLED, "make the atlas anew: python tools/make_atlas.py"
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_atlas.py"), "--check"], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr


def test_it_is_small_and_quick_to_load() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 500_000
    for version in ("1.8.1", BASE):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert Facts(version).module_attributes
            times.append(time.perf_counter() - start)
        assert min(times) < 0.02


def test_every_hook_method_is_there() -> None:
    names = {name for name in dir(nn.Module) if re.fullmatch(r"_?register_.*_hook", name)}
    assert names == set(FACTS.hook_apis)
    forward = FACTS.hook_apis["register_forward_hook"]
    assert forward.hook_index == 0
    assert set(forward.options) == {"prepend", "with_kwargs", "always_call"}


def test_every_global_hook_function_is_there() -> None:
    for name, api in FACTS.global_hook_apis.items():
        assert getattr(nn.modules.module, name.rpartition(".")[2])
        assert api.hook_index == 0
    assert "torch.nn.modules.module.register_module_full_backward_pre_hook" in FACTS.global_hook_apis


@pytest.mark.parametrize(
    ("name", "installs"),
    [
        ("torch.nn.utils.weight_norm", "hook object"),
        ("torch.nn.utils.spectral_norm", "hook object"),
        ("torch.nn.utils.prune.l1_unstructured", "hook object"),
        ("torch.nn.utils.parametrizations.weight_norm", "parametrization"),
        ("torch.nn.utils.parametrize.register_parametrization", "parametrization"),
    ],
)
def test_utilities_that_install_hooks(name: str, installs: str) -> None:
    utility = FACTS.legacy_utilities[name]
    assert utility.installs == installs
    assert utility.module_index == 0


@pytest.mark.parametrize(
    ("name", "world", "use", "status", "message"),
    [
        ("parameters", "compiled", "call", "raises", "Yield aren't supported"),
        ("state_dict", "compiled", "call", "raises", "variable number of arguments"),
        ("register_forward_hook", "compiled", "call", "raises", "variable number of arguments"),
        ("_modules", "compiled", "read", "raises", "has no attribute '_modules'"),
        ("training", "compiled", "read", "fine", None),
        ("named_modules", "compiled", "call", "fine", None),
        ("named_buffers", "compiled", "call", "fine", None),
        ("extra_repr", "compiled", "call", "fine", None),
        ("_get_name", "script-module", "call", "silent", None),
        ("_get_name", "traced", "call", "fine", None),
        ("requires_grad_", "script-module", "call", "raises", "is not supported on ScriptModules"),
        ("requires_grad_", "traced", "call", "fine", None),
        ("register_forward_hook", "script-module", "call", "raises", "is not supported on ScriptModules"),
        ("register_forward_hook", "traced", "call", "fine", None),
        ("state_dict", "script-module", "call", "fine", None),
        ("forward", "traced-child", "call", "raises", "Trace submodules cannot be called"),
        ("training", "frozen", "read", "raises", "has no attribute 'training'"),
    ],
)
def test_measured_outcomes(name: str, world: str, use: str, status: str, message: str | None) -> None:
    entry = FACTS.module_api(name, world, use)  # type: ignore[arg-type]
    assert entry is not None
    assert entry.status == status
    assert message is None or message in (entry.message or "")


def test_an_unknown_name_is_unknown() -> None:
    assert FACTS.module_api("no_such_name", "compiled", "read") is None
    assert FACTS.nn_class("torch.nn.NoSuch") is None
    assert FACTS.function_returns("torch.no_such") is None


def test_every_public_class_is_there_under_each_of_its_names() -> None:
    for name, value in vars(nn).items():
        if isinstance(value, type) and issubclass(value, nn.Module):
            found = FACTS.nn_class(f"torch.nn.{name}")
            defined = FACTS.nn_class(f"{value.__module__}.{value.__qualname__}")
            assert found is not None, name
            assert defined is not None, name
            assert found.qualname == defined.qualname
            assert found.is_container is issubclass(
                value, (nn.ModuleList, nn.ModuleDict, nn.Sequential, nn.ParameterList, nn.ParameterDict)
            )


def test_attributes_that_depend_on_arguments_have_no_type() -> None:
    linear = FACTS.nn_class("torch.nn.Linear")
    assert linear is not None
    assert linear.attributes["weight"].type == "Tensor"
    assert linear.attributes["bias"].type is None
    assert linear.attributes["in_features"].kind == "constant"
    assert linear.attributes["in_features"].traced is False
    assert linear.forward is not None
    assert [parameter.type for parameter in linear.forward.parameters] == ["Tensor"]


def test_functions_return_what_they_are_said_to_return() -> None:
    x = torch.zeros(2)
    for name, value in {
        "torch.relu": torch.relu(x),
        "torch.Tensor.sum": x.sum(),
        "torch.nn.functional.relu": nn.functional.relu(x),
        "torch.zeros": torch.zeros(1),
    }.items():
        found = FACTS.function_returns(name)
        assert found is not None, name
        assert found.name == "Tensor"
        assert isinstance(value, torch.Tensor)
    for name, number in {"dim": x.dim(), "numel": x.numel(), "is_complex": x.is_complex()}.items():
        found = FACTS.function_returns(f"torch.Tensor.{name}")
        assert found is not None, name
        assert found.name == type(number).__name__
    assert FACTS.function_returns("torch.split") is None
    assert FACTS.function_returns("torch.Tensor.size") is None


@pytest.mark.parametrize("api", [name for name in FACTS.hook_apis if "state_dict" not in name])
def test_the_table_that_keeps_a_hook_is_the_one_torch_puts_it_in(api: str) -> None:
    module, registration = nn.Linear(2, 2), Registration(api, Location(FILE, 0))
    kept_before = {table: len(getattr(module, table)) for table in HOOK_TABLES}
    getattr(module, api)(lambda *_: None)
    filled = {table for table, count in kept_before.items() if len(getattr(module, table)) > count}
    live = LiveHook(registration, (), None, 0)
    assert {table for table in HOOK_TABLES if HooksValue(ObjectValue("local"), table).holds(live)} == filled


@pytest.mark.filterwarnings("ignore:Positional args")
def test_methods_that_set_attributes_are_those_of_torch() -> None:
    def sets(method: str, *args: object, **named: object) -> bool:
        module = nn.Module()
        module.x = nn.Identity()
        if not any(isinstance(value, nn.Module) for value in (*args, *named.values())):
            del module.x
        with suppress(Exception):
            getattr(module, method)(*args, **named)
        held = {**vars(module), **module._modules, **module._buffers, **module._parameters}
        return "x" in held and not isinstance(held["x"], nn.Identity)

    found = {name for name in dir(nn.Module) if sets(name, "x", None) or sets(name, "x", nn.ReLU())}
    assert found == {*SETTING_METHODS, "set_submodule"} - {"__delattr__"}
    for name in found - {"__setattr__", "set_submodule"}:
        assert sets(name, name="x", **{SETTING_METHODS[name]: None}), name
    assert sets("set_submodule", target="x", module=nn.ReLU())
    assert all(isinstance(getattr(nn.Module(), table), dict) for table in TABLES)
