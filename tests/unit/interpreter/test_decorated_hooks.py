"""HKP219 knows the decorators, and the names of the file they stand in, from torch."""

from __future__ import annotations

import importlib

from torch.utils import _contextlib as there

from hookproof.rules.hkp219_decorated_hook_names import _NAMES_THERE, _WRAPPING


def test_the_decorators_wrap_a_hook_in_a_function_of_that_file() -> None:
    for name in _WRAPPING:
        module, _, decorator = name.rpartition(".")
        wrapper = getattr(importlib.import_module(module), decorator)
        assert issubclass(wrapper, there._DecoratorContextManager), name


def test_the_names_of_that_file_are_known() -> None:
    assert {name for name in vars(there) if not name.startswith("_")} == _NAMES_THERE
