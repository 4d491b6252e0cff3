"""Stands for an exported program where nothing leaves eager mode: its module is the one it was made from."""

from __future__ import annotations

from typing import Any


class EagerProgram:
    """What `torch.export.export(module, …)` gives had it exported nothing."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def module(self, *_: Any, **__: Any) -> Any:
        """Return the eager module, the same one each time."""
        return self._source

    def run_decompositions(self, *_: Any, **__: Any) -> EagerProgram:
        """Return the program."""
        return self

    @property
    def state_dict(self) -> Any:
        """The parameters and buffers by their names."""
        return self._source.state_dict()
