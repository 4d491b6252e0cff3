"""Hooks that nothing is wrong with, in place of a program's own: they hand on what they are given."""

from __future__ import annotations

import copy
import itertools
import os
from typing import Any

from .hooks import TYPING, Signature, clear_hooks, read_signature
from .installed import torch
from .witness import Registration

_TEXT = "def hookproof_plain_{0}({1}) -> {2}:\n{4}    return {3}\n"
_TELLING = '    print("the hook is called")\n'
_numbers = itertools.count()


def plain_hook(registration: Registration, folder: str, is_told: bool = False) -> Any:
    """Return a hook that can be put in place of a registration's; of forward hooks one that compiles.

    `is_told` has it print that it is called.
    """
    is_forward = registration.api in ("register_forward_hook", "register_forward_pre_hook")
    if (
        not is_forward
        or registration.module is None
        or isinstance(registration.module, torch.jit.ScriptModule)
    ):
        return (lambda *_, **__: print("the hook is called")) if is_told else lambda *_: None
    signature = _signature_of(registration.module)
    parameters = ["module", "input: " + signature.input]
    returned, value = signature.input, "input"
    if registration.api == "register_forward_hook":
        # What a compiled hook returns is what the next one gets.
        parameters.append("output: " + signature.output)
        returned, value = signature.output, "output"
    number = next(_numbers)
    path = os.path.join(folder, "plain_{}.py".format(number))
    text = _TEXT.format(number, ", ".join(parameters), returned, value, _TELLING if is_told else "")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    scope: dict[str, Any] = dict(TYPING, __name__="hookproof_plain")
    exec(compile(text, path, "exec", dont_inherit=True), scope)
    return scope["hookproof_plain_{}".format(number)]


def _signature_of(module: Any) -> Signature:
    try:
        return read_signature(clear_hooks(copy.deepcopy(module)))
    except Exception:
        return Signature(["Tensor"], "Tensor")
