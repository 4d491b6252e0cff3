"""What is said of module classes, compared with the real classes and with what TorchScript makes of them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import module_class_cases
from class_project import class_named, imported, project_at, project_of
from hookproof.modules.module_class import AttributeFact, ModuleClass

CASES = Path(module_class_cases.__file__)
NAMES = [
    name
    for name, value in vars(module_class_cases).items()
    if inspect.isclass(value)
    and issubclass(value, nn.Module)
    and value.__module__ == module_class_cases.__name__
]
PROJECT, FILE = project_at(CASES)
INSTANCE_KINDS = {"parameter", "buffer", "submodule", "constant", "value"}


def facts_of(name: str) -> ModuleClass:
    found = class_named(PROJECT, FILE, name)
    assert found is not None
    return found


def compiled_names(instance: nn.Module) -> dict[str, str | None]:
    """Return the attributes TorchScript gives the module, with their types (None for modules, constants)."""
    concrete = torch.jit._recursive.get_module_concrete_type(instance)
    found: dict[str, str | None] = dict.fromkeys(name for name, _ in concrete.get_modules())
    found.update(dict.fromkeys(concrete.get_constants()))
    found.update({name: kind.annotation_str for name, (kind, _) in concrete.get_attributes().items()})
    return found


def kind_of(instance: nn.Module, name: str) -> str:
    for kind, table in (
        ("parameter", instance._parameters),
        ("buffer", instance._buffers),
        ("submodule", instance._modules),
    ):
        if name in table:
            return kind
    return "value" if name in vars(instance) else "class"


def own_names(instance: nn.Module) -> set[str]:
    """Return the instance attributes a plain module does not have, as hooks may ask for them."""
    names = {*vars(instance), *instance._parameters, *instance._buffers, *instance._modules}
    return {name for name in names if name not in vars(nn.Module())}


@pytest.mark.parametrize("name", NAMES)
def test_no_claim_about_compiled_attributes_is_false(name: str) -> None:
    instance = getattr(module_class_cases, name)()
    compiled = compiled_names(instance)
    wrong = {
        fact.name: (fact.kind, fact.type)
        for fact in facts_of(name).attributes().values()
        if fact.is_compiled is not None and fact.is_compiled != (fact.name in compiled)
    }
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_no_claimed_type_is_false(name: str) -> None:
    compiled = compiled_names(getattr(module_class_cases, name)())
    wrong = {}
    for fact in facts_of(name).attributes().values():
        actual = compiled.get(fact.name)
        if fact.kind in INSTANCE_KINDS and fact.type.name and actual and fact.type.name != actual:
            wrong[fact.name] = (fact.type.name, actual)
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_no_kind_is_false(name: str) -> None:
    instance = getattr(module_class_cases, name)()
    wrong = {}
    for attribute in own_names(instance):
        fact = facts_of(name).attribute(attribute)
        if fact is None or fact.kind in {"unknown", "late value"}:
            continue
        actual = kind_of(instance, attribute)
        expected = "value" if fact.kind == "constant" else fact.kind
        if fact.type.name == "NoneType" or (actual == "submodule" and getattr(instance, attribute) is None):
            continue
        if actual != expected:
            wrong[attribute] = (fact.kind, actual)
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_what_a_complete_class_does_not_name_is_missing(name: str) -> None:
    facts = facts_of(name)
    instance = getattr(module_class_cases, name)()
    unseen = {attribute for attribute in own_names(instance) if facts.attribute(attribute) is None}
    assert not facts.is_complete or not unseen


@pytest.mark.parametrize("name", NAMES)
def test_what_is_certainly_set_exists(name: str) -> None:
    instance = getattr(module_class_cases, name)()
    missing = {
        fact.name
        for fact in facts_of(name).attributes().values()
        if not fact.is_conditional and not hasattr(instance, fact.name) and fact.kind != "property"
    }
    assert not missing


@pytest.mark.parametrize("name", NAMES)
def test_forward_signature_is_torchs(name: str) -> None:
    signature = facts_of(name).forward
    instance = getattr(module_class_cases, name)()
    has_forward = type(instance).forward is not nn.Module.forward
    assert facts_of(name).has_forward is has_forward
    if not has_forward:
        return
    assert signature is not None
    schema = torch.jit.script(instance).forward.schema
    assert [parameter.name for parameter in signature.parameters] == [
        argument.name for argument in schema.arguments[1:]
    ]
    for parameter, argument in zip(signature.parameters, schema.arguments[1:], strict=True):
        assert parameter.type.name in (None, argument.type.annotation_str)
        assert parameter.has_default is argument.has_default_value()
    assert signature.returns.name in (None, schema.returns[0].type.annotation_str)


@pytest.mark.parametrize("name", NAMES)
def test_methods_reached_are_those_compiled(name: str) -> None:
    facts = facts_of(name)
    scripted = torch.jit.script(getattr(module_class_cases, name)())
    compiled = set(scripted._c._method_names())
    cls = getattr(module_class_cases, name)
    own = {
        attribute
        for attribute, value in vars(cls).items()
        if inspect.isfunction(value) and not attribute.startswith("__")
    }
    assert {method for method in own if facts.reaches(method)} - compiled == set()
    assert {method for method in own if method in compiled and not facts.reaches(method)} == set()
    modifiers = {torch._jit_internal.get_torchscript_modifier(getattr(cls, method)) for method in own}
    assert facts.exports is (torch._jit_internal.FunctionModifiers.EXPORT in modifiers)


@pytest.mark.parametrize("name", NAMES)
def test_subclass_tests_agree_with_python(name: str) -> None:
    cls = getattr(module_class_cases, name)
    for other in ("torch.nn.Module", "torch.nn.Linear", "torch.nn.modules.container.Sequential"):
        parts: Any = torch
        for part in other.split(".")[1:]:
            parts = getattr(parts, part)
        assert facts_of(name).is_a(other) is issubclass(cls, parts)
    assert facts_of(name).is_container is issubclass(cls, nn.Sequential)


def test_most_attributes_are_known() -> None:
    known = unknown = 0
    for name in NAMES:
        for attribute in own_names(getattr(module_class_cases, name)()):
            fact: AttributeFact | None = facts_of(name).attribute(attribute)
            if fact is None or fact.is_compiled is None:
                unknown += 1
            else:
                known += 1
    assert known >= 5 * unknown, (known, unknown)


def test_an_alias_of_self_is_followed(tmp_path: Path) -> None:
    body = "def __init__(self):\n        super().__init__()\n        this = self\n        this.x = 1"
    project, file = project_of(
        tmp_path / "alias.py", f"from torch import nn\nclass Net(nn.Module):\n    {body}\n"
    )
    facts = class_named(project, file, "Net")
    assert facts is not None
    attribute = facts.attribute("x")
    assert attribute is not None
    assert (attribute.kind, attribute.type.name) == ("value", "int")
    assert facts.is_complete


INCOMPLETE = {
    "computed setattr": "def __init__(self):\n        super().__init__()\n        setattr(self, NAME, 1)",
    "getattr": "def __getattr__(self, name):\n        return 1",
    "dict update": "def __init__(self):\n        super().__init__()\n        self.__dict__.update(NAMES)",
    "no super call": "def __init__(self):\n        pass",
    "exec in the body": "exec('x = 1')",
    "handed to the unknown": "def __init__(self):\n        super().__init__()\n        unknown(self)",
}


@pytest.mark.parametrize("reason", sorted(INCOMPLETE))
def test_tricks_make_a_class_incomplete(reason: str, tmp_path: Path) -> None:
    source = f"from torch import nn\nclass Net(nn.Module):\n    {INCOMPLETE[reason]}\n"
    project, file = project_of(tmp_path / "tricks.py", source)
    facts = class_named(project, file, "Net")
    assert facts is not None
    assert not facts.is_complete


@pytest.mark.parametrize(
    ("header", "is_module"),
    [
        ("class Net(Unknown, nn.Module)", True),
        ("class Net(nn.Module, metaclass=Meta)", True),
        ("@register\nclass Net(nn.Module)", True),
        ("class Net(pl.LightningModule)", True),
        ("class Net(Unknown)", False),
        ("class Net", False),
    ],
)
def test_unknown_bases_are_not_trusted(header: str, is_module: bool, tmp_path: Path) -> None:
    source = f"import pytorch_lightning as pl\nfrom torch import nn\n{header}:\n    pass\n"
    project, file = project_of(tmp_path / "bases.py", source)
    facts = class_named(project, file, "Net")
    assert (facts is not None) is is_module
    assert facts is None or not facts.is_complete


def test_a_file_can_be_read_and_run_alike(tmp_path: Path) -> None:
    path = tmp_path / "both.py"
    source = "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n"
    project, file = project_of(path, source)
    facts = class_named(project, file, "Net")
    assert facts is not None
    assert facts.has_forward
    assert isinstance(imported(path).Net(), nn.Module)
