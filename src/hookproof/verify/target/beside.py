"""Takes off, before an entry point, what a program installs on modules beside what its finding is about."""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any, Callable

from .installed import nn
from .state import is_installed
from .witness import Place, Registration, Witness
from .witness.frames import is_own as is_hookproofs
from .witness.hooked_modules import TABLES, parts

_UTILITIES = "nn/utils/"


class Beside:
    """Knows which hooks and parametrizations are not the finding's own.

    `is_own` says so of where one was installed. Of two on one line the finding's is made by `utility`.
    """

    def __init__(self, witness: Witness, is_own: Callable[[tuple[Place, ...]], bool], utility: str) -> None:
        self._witness = witness
        self._is_own = is_own
        self._utility = utility
        self._parametrize: Any = _parametrize()
        self._others: list[Any] = []  # held, so that no other object gets their place in memory

    def start(self) -> None:
        """Watch parametrizations from now on; the program has its process to itself."""
        if self._parametrize is None:
            return
        made = self._parametrize.ParametrizationList.__init__

        @functools.wraps(made)
        def noted(value: Any, *arguments: Any, **options: Any) -> None:
            made(value, *arguments, **options)
            if not self._is_of_finding(self._witness.chain(sys._getframe(1))):
                self._others.append(value)

        self._parametrize.ParametrizationList.__init__ = noted

    def note(self, registration: Registration) -> None:
        """Note a hook that has just been registered."""
        if not self._is_of_finding(registration.chain):
            self._others.append(registration.hook.callable)

    def take_off(self, model: Any) -> None:
        """Take off a model what is not the finding's."""
        for _, module in list(parts(model)) if isinstance(model, nn.Module) else ():
            for name in list(getattr(module, "parametrizations", None) or {}):
                if self._is_other(module.parametrizations[name]):
                    importlib.import_module("torch.nn.utils.parametrize").remove_parametrizations(
                        module, name
                    )
            for table in TABLES:
                hooks = module.__dict__.get(table) or {}
                for key in [key for key, hook in hooks.items() if self._is_other(hook)]:
                    hook = hooks.pop(key)
                    if type(hook).__module__.startswith("torch.nn.utils.") and hasattr(hook, "remove"):
                        hook.remove(module)  # the parameters as they were

    def _is_other(self, value: Any) -> bool:
        return any(value is other for other in self._others)

    def _is_of_finding(self, chain: tuple[Place, ...]) -> bool:
        return self._is_own(chain) and _utility() in ("", self._utility)


def _parametrize() -> Any:
    try:
        return importlib.import_module("torch.nn.utils.parametrize")
    except ImportError:  # torch 1.8
        return None


def _utility() -> str:
    """Return the name of the function of `torch.nn.utils` that the program has called, if it is in one."""
    found = ""
    frame: Any = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not is_installed(path) and not is_hookproofs(path):
            break
        if _UTILITIES in path.replace("\\", "/"):
            found = frame.f_code.co_name
        frame = frame.f_back
    return found
