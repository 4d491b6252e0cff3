"""What stands for a copy of a module where its hooks do for it what those of the original do for that.

A hook that is a function writes to the copy where the original's writes to the original: the modules that it
closes over, or finds under a name of its file, are those of the copy. What a hook is a method of, and the
module does not have, is shared.
"""

from __future__ import annotations

import builtins
import copy
import functools
import types
from typing import Any, Iterator

from .installed import nn
from .witness.hooked_modules import TABLES

# Where parameters keep hooks, and how they are given them.
_OF_PARAMETERS = {
    "_backward_hooks": "register_hook",
    "_post_accumulate_grad_hooks": "register_post_accumulate_grad_hook",
}
_MAXIMAL_DEPTH = 3  # of functions that functions close over


def copy_with_hooks_of_its_own(source: Any, memo: Any = None) -> Any:
    """Return a copy of a module with hooks that belong to it."""
    memo = {} if memo is None else memo
    held = _held(source)
    for hook in _hooks(source):
        owner = _owner(hook)
        if owner is not None and id(owner) not in held:
            memo[id(owner)] = owner
    made = copy.deepcopy(source, memo)
    for part in made.modules():
        for table in TABLES:
            hooks = getattr(part, table, None) or {}
            for key, hook in list(hooks.items()):
                hooks[key] = _rebound(hook, memo, 0)
    parameters = dict(made.named_parameters())
    for name, own in source.named_parameters():
        for table, register in _OF_PARAMETERS.items():
            for hook in (getattr(own, table, None) or {}).values():
                getattr(parameters[name], register)(_rebound(hook, memo, 0))
    return made


def _hooks(source: Any) -> Iterator[Any]:
    for part in source.modules():
        for table in TABLES:
            yield from (getattr(part, table, None) or {}).values()


def _owner(hook: Any) -> Any:
    """Return the object that a hook is, or is a method of, where it is no function."""
    while isinstance(hook, functools.partial):
        hook = hook.func
    if isinstance(hook, types.MethodType):
        return hook.__self__
    is_function = isinstance(hook, (types.FunctionType, types.BuiltinFunctionType, type))
    return None if is_function or type(hook).__module__.startswith("torch.") else hook


def _held(source: Any) -> set[int]:
    """Return what the module has itself: its parts, and what their attributes are."""
    found = set()
    for part in source.modules():
        found.add(id(part))
        found.update(id(value) for name, value in vars(part).items() if name not in TABLES)
    return found


def _rebound(hook: Any, memo: Any, depth: int) -> Any:
    """Return a function that closes over the copies of what it closes over, as far as there are any."""
    if isinstance(hook, functools.partial) and isinstance(hook.func, types.FunctionType):
        return functools.partial(_rebound(hook.func, memo, depth), *hook.args, **hook.keywords)
    if not isinstance(hook, types.FunctionType) or depth > _MAXIMAL_DEPTH:
        return hook
    cells = tuple(_cell(cell, memo, depth) for cell in hook.__closure__ or ())
    named = {name: hook.__globals__.get(name) for name in hook.__code__.co_names}
    copies = {name: memo[id(value)] for name, value in named.items() if _is_copied(value, memo)}
    known = _Names(hook.__globals__, copies) if copies else hook.__globals__
    made = types.FunctionType(hook.__code__, known, hook.__name__, hook.__defaults__, cells)
    made.__kwdefaults__, made.__dict__ = hook.__kwdefaults__, hook.__dict__
    return made


def _cell(cell: Any, memo: Any, depth: int) -> Any:
    try:
        value = cell.cell_contents
    except ValueError:  # it is empty so far
        return cell
    if isinstance(value, types.FunctionType):
        return types.CellType(_rebound(value, memo, depth + 1))
    return types.CellType(memo[id(value)]) if _is_copied(value, memo) else cell


def _is_copied(value: Any, memo: Any) -> bool:
    """Tell whether there is a copy of a module, or of what one has."""
    return isinstance(value, (nn.Module, list, dict, set)) and id(value) in memo


class _Names(dict):  # type: ignore[type-arg]
    """The names of a file, some of which stand for something else."""

    def __init__(self, names: Any, others: Any) -> None:
        super().__init__(others, __builtins__=builtins)
        self._names = names

    def __missing__(self, name: Any) -> Any:
        return self._names[name]
