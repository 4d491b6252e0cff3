"""Tells when torch's modules have been imported, whenever that happens, and costs nothing until then."""

from __future__ import annotations

import sys
from typing import Any, Callable, Optional


class Arrival:
    """A finder that finds as the others do; once a module of `names` has been executed it calls `arrived`."""

    def __init__(self, names: frozenset[str], arrived: Callable[[], None]) -> None:
        self._names = names
        self._arrived = arrived
        self._finding: Optional[str] = None

    def start(self) -> None:
        """Be asked first from now on."""
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Be asked no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return what the other finders say; None for all modules but those that are waited for."""
        if name not in self._names:
            return None
        for finder in list(sys.meta_path):
            find: Any = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find and finder is not self else None
            if spec is not None:
                self._follow(spec.loader)
                return spec
        return None

    def _follow(self, loader: Any) -> None:
        """Have the loader of this one module tell; it stays the loader that the module says it has."""
        if not hasattr(loader, "exec_module") or not hasattr(loader, "__dict__"):
            return

        def exec_module(module: Any) -> None:
            del loader.exec_module
            loader.exec_module(module)
            self._arrived()

        loader.exec_module = exec_module
