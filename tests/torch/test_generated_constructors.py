"""What is said of constructors nobody wrote by hand is what torch finds on the modules that they make."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from class_project import class_named, imported, project_at

NAMES = ("a", "b", "c", "d")
VALUES = (
    *("1", "2.5", "'x'", "True", "None", "[1]", "{}", "object()"),
    *("nn.Linear(2, 2)", "nn.Parameter(torch.ones(1))", "torch.ones(1)", "depth", "kind", "fancy", "count"),
)
TESTS = ("fancy", "not fancy", "depth > 1", "kind == 'plain'", "wide", "count", "self.training", "True")
HEAD = """
import contextlib

import torch
from torch import nn


def furnish(module, name, value, wide=False):
    if wide:
        module.wide_one = value
    setattr(module, name, value)
    return module


def leave(module, value=None):
    if value is None:
        return
    module.left_over = value
"""


class Writer:
    """Writes one class, with a constructor and a method that it calls."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def source(self, name: str) -> str:
        """Return the class."""
        lines = [
            f"class {name}(nn.Module):",
            "    def __init__(self, depth=2, kind='plain', fancy=False, wide=None):",
            "        super().__init__()",
            "        count = 0",
            *self._block(2, 3, may_call=True),
            "",
            "    def _setup(self, wide=True, kind='given', fancy=None, depth=0):",
            "        count = 'none'",
            *self._block(2, 2),
            "        return count",
            "",
            "    def later(self, value):",
            f"        {self._target()} = value",
        ]
        return "\n".join(lines) + "\n\n\n"

    def _block(self, level: int, depth: int, *, may_call: bool = False) -> list[str]:
        indent = "    " * level
        lines: list[str] = []
        for _ in range(self._random.randint(1, 4)):
            lines += (indent + line for line in self._statement(depth, may_call=may_call))
        return lines

    def _statement(self, depth: int, *, may_call: bool) -> Iterator[str]:
        choice, pick = self._random.random(), self._random.choice
        if choice < 0.4 or depth == 0:
            yield pick(
                (
                    f"{self._target()} = {pick(VALUES)}",
                    f"{self._target()} = {pick(VALUES)} if {pick(TESTS)} else {pick(VALUES)}",
                    f"setattr(self, {pick(NAMES)!r}, {pick(VALUES)})",
                    f"self.register_buffer('buf', {pick(('None', 'torch.ones(1)'))})",
                    f"count = {pick(VALUES[:7])}",
                    f"this = self; this.{pick(NAMES)} = {pick(VALUES)}",
                    f"furnish(self, {pick(NAMES)!r}, {pick(VALUES)}, wide={pick(('True', 'fancy'))})",
                    f"leave(self, {pick(VALUES)})",
                    f"self.{pick(NAMES)}_list = [1]; self.{pick(NAMES)}_list = 'x'",
                    f"if hasattr(self, {(name := pick(NAMES))!r}): del self.{name}",
                    f"self._setup({pick(('', 'wide=False', 'kind=kind', 'fancy=True, depth=3'))})"
                    if may_call
                    else "pass",
                )
            )
            return
        inner = [f"    {line}" for line in self._inner(depth, may_call=may_call)]
        if choice < 0.6:
            yield from (f"if {pick(TESTS)}:", *inner)
            if self._random.random() < 0.5:
                yield from ("else:", *(f"    {line}" for line in self._inner(depth, may_call=may_call)))
        elif choice < 0.7:
            yield from (f"for name in ({pick(NAMES)!r}, {pick(NAMES)!r}):", *inner)
            yield f"    setattr(self, name, {pick(VALUES)})"
        elif choice < 0.76:
            yield from ("for number in range(depth):", *inner)
            yield pick(("    count = number", f"    if {pick(TESTS)}: break"))
        elif choice < 0.82:
            raising = pick(("int('x')", "pass", "self.not_there"))
            yield from ("try:", *inner, f"    {raising}", f"    self.behind = {pick(VALUES)}")
            yield from ("except (ValueError, AttributeError):", f"    {self._target()} = {pick(VALUES)}")
        elif choice < 0.88:
            raising = pick(("int('x')", "pass"))
            yield from ("with contextlib.suppress(ValueError):", *inner, f"    {raising}")
            yield f"    self.behind = {pick(VALUES)}"
        elif choice < 0.94:
            yield from ("def put(value, count=0):", *inner, f"    self.{pick(NAMES)} = value")
            yield pick((f"put({pick(VALUES)})", "pass"))
        else:
            yield from ("while True:", *inner, f"    if {pick(TESTS)}: break", "    break")

    def _inner(self, depth: int, *, may_call: bool) -> list[str]:
        return [line.removeprefix("    ") for line in self._block(1, depth - 1, may_call=may_call)]

    def _target(self) -> str:
        return f"self.{self._random.choice(NAMES)}"


def compiled_names(instance: nn.Module) -> dict[str, str]:
    """Return the attributes that TorchScript gives a module, with their types."""
    concrete = torch.jit._recursive.get_module_concrete_type(instance)
    return {name: kind.annotation_str for name, (kind, _) in concrete.get_attributes().items()}


def kind_of(instance: nn.Module, name: str) -> str:
    """Return where a module keeps an attribute."""
    for kind, table in (("parameter", instance._parameters), ("buffer", instance._buffers)):
        if name in table:
            return kind
    return "submodule" if name in instance._modules else "value"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore")
def test_no_claim_about_a_generated_class_is_false(seed: int, tmp_path: Path) -> None:
    path = tmp_path / f"generated_{seed}.py"
    names = [f"Net{number}" for number in range(60)]
    classes = "\n\n".join(Writer(seed * 1000 + number).source(name) for number, name in enumerate(names))
    path.write_text(HEAD + "\n\n" + classes, "utf-8")
    project, file = project_at(path)
    module = imported(path)
    made = claims = 0
    for name in names:
        try:
            instance = getattr(module, name)()
        except (TypeError, KeyError, AttributeError):
            continue  # such a program has no module
        made += 1
        facts = class_named(project, file, name)
        assert facts is not None
        own = {*vars(instance), *instance._parameters, *instance._buffers, *instance._modules}
        own -= vars(nn.Module()).keys()
        known = {key: fact for key, fact in facts.attributes().items() if fact.owner != "torch.nn.Module"}
        unseen = own - known.keys()
        assert not facts.is_complete or not unseen, (name, unseen)
        types = compiled_names(instance)
        for key, fact in known.items():
            if fact.kind in {"unknown", "late value", "method", "class value"}:
                continue
            assert fact.is_conditional or hasattr(instance, key), (name, key, fact)
            if key not in own:
                continue
            claims += 1
            is_none = fact.type.name == "NoneType" or getattr(instance, key) is None
            assert is_none or fact.is_conditional or kind_of(instance, key) == fact.kind, (name, key, fact)
            if fact.type.name and key in types and not fact.is_conditional:
                assert fact.type.name == types[key], (name, key, fact, types[key])
    assert made > 20
    assert claims > 30
