"""Gives modules the attributes for want of which an experiment ends in an error that was not predicted."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .installed import torch

_OF_PYTHON = ("RecursiveScriptModule", "TopLevelTracedModule", "TracedModule")  # whatever the class was
# How torch says it: of a class it compiles, of one it has compiled (torch 1.8 in other words), of a module.
_MESSAGES = (
    re.compile(r"Module '(?P<owner>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    re.compile(
        r"'(?P<owner>__torch__[\w.]+|RecursiveScriptModule|\w*TracedModule)[^']*'"
        r" object has no attribute (or method )?'(?P<name>\w+)'"
    ),
    re.compile(r"nonexistent attribute or method '(?P<name>\w+)' of type '(?P<owner>[\w.]+)"),
)


class Lacked(NamedTuple):
    """An attribute that modules of a class do not have once they left eager mode."""

    owner: str  # the name of the class, empty where any module that was scripted or traced may be meant
    name: str

    def __str__(self) -> str:
        return "`{}`".format(self.name) + (" of {}".format(self.owner) if self.owner else "")


def lacked(message: str) -> Lacked | None:
    """Return what an error says a module lacks, None where it says something else."""
    for pattern in _MESSAGES:
        found = pattern.search(message)
        if found:
            owner = found["owner"].rpartition(".")[2]
            return Lacked("" if owner in _OF_PYTHON else owner, found["name"])
    return None


def give(model: Any, wanted: list[Lacked]) -> None:
    """Give each module of `model` what its class lacks, of a type that TorchScript knows."""
    for module in model.modules() if wanted else ():
        for owner, name in wanted:
            if owner in ("", type(module).__name__) and (owner or not hasattr(module, name)):
                setattr(module, name, _typed(getattr(module, name, None)))


def give_outside(target: Any, wanted: list[Lacked]) -> None:
    """Give a module that left eager mode, and its children, in Python what they lack."""
    for module in target.modules() if wanted else ():
        for _, name in wanted:
            if not hasattr(module, name):
                setattr(module, name, _typed(None))


def _typed(value: Any) -> Any:
    """Return a value that is used like this one and has a type in TorchScript."""
    if isinstance(value, dict):
        return {"": torch.zeros(1)}
    if isinstance(value, (list, set)):
        return [torch.zeros(1)]
    return 1
