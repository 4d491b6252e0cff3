"""Probes: hooks of our own that only count, and eager mode in place of TorchScript."""

from __future__ import annotations

import collections
import copy
import itertools
import os
import re
import sys
from typing import Any, Callable

from .hooks import TYPING, Signature, clear_hooks, read_signature
from .installed import nn, torch

_ENTRY_POINTS = ("script", "trace", "trace_module", "freeze", "optimize_for_inference")
_TORCH_MODULES = frozenset(
    ["torch.jit", "torch.jit._script", "torch.jit._trace", "torch.jit._freeze", "torch.nn.modules.module"]
)
_numbers = itertools.count()


class Recorder:
    """What the probes and observations saw; nothing counts while an entry point is at work.

    `entered` tells that one was called, `reached` that the program came to the finding's line.
    """

    def __init__(self) -> None:
        self.count = 0
        self.values: list[str] = []
        self.depth = 0
        self.reached = False
        self.entered = False

    def fire(self) -> None:
        """Count one call of a counted hook."""
        if self.depth == 0:
            self.count += 1


def replace_everywhere(replacements: list[tuple[Any, Any]]) -> None:
    """Put each new value wherever a module has the old one in its namespace, `from … import` included.

    Of torch only the modules that define entry points and hooks are looked at: it has thousands.
    """
    new = {id(old): value for old, value in replacements}
    for key, module in list(sys.modules.items()):
        if key.partition(".")[0] in ("torch", "numpy", "sympy") and key not in _TORCH_MODULES:
            continue
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict):
            for name in [n for n, value in list(names.items()) if id(value) in new]:
                names[name] = new[id(names[name])]


def stay_eager(recorder: Recorder) -> None:
    """Make the entry points give back the module they are given, and keep saved modules in memory."""

    def identity(module: Any, *_: Any, **__: Any) -> Any:
        recorder.entered = True
        return module

    kept: dict[Any, Any] = {}

    def save(module: Any, file: Any, *_: Any, **__: Any) -> None:
        kept[_file_key(file)] = copy.deepcopy(module)

    def load(file: Any, *arguments: Any, **options: Any) -> Any:
        key = _file_key(file)
        return copy.deepcopy(kept[key]) if key in kept else real_load(file, *arguments, **options)

    real_load = torch.jit.load
    replaced = [(getattr(torch.jit, n), identity) for n in _ENTRY_POINTS if hasattr(torch.jit, n)]
    replace_everywhere([*replaced, (torch.jit.save, save), (torch.jit.load, load)])
    nn.Module.save = save


def _file_key(file: Any) -> Any:
    return os.fspath(file) if isinstance(file, (str, os.PathLike)) else id(file)


def watch_entry_points(recorder: Recorder) -> None:
    """Keep what hooks do inside an entry point (a trace runs them) from being counted."""

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            recorder.depth += 1
            try:
                return function(*arguments, **options)
            finally:
                recorder.depth -= 1

        return call

    names = [name for name in _ENTRY_POINTS if name != "script" and hasattr(torch.jit, name)]
    replace_everywhere([(getattr(torch.jit, name), watched(getattr(torch.jit, name))) for name in names])


def install(recorder: Recorder, is_counted: Callable[[Any], bool], folder: str, keep_hooks: bool) -> None:
    """Replace every hook that gets registered by a probe; `is_counted` looks at the caller's frame.

    With `keep_hooks` the project's hook runs too and counts only if it did something in Python.
    """

    def patched(original: Callable[..., Any], name: str, is_method: bool) -> Callable[..., Any]:
        def register(*arguments: Any, **options: Any) -> Any:
            position = 1 if is_method else 0
            values = list(arguments)
            if len(values) <= position:
                return original(*arguments, **options)
            counted = is_counted(sys._getframe(1))
            recorder.reached |= counted
            module = values[0] if is_method else None
            if keep_hooks:
                values[position] = _effect_counter(recorder, counted, values[position])
            else:
                values[position] = _probe(recorder, counted, module, name, folder)
            return original(*values, **options)

        return register

    for name in dir(nn.Module):
        if re.fullmatch(r"_?register_\w*hook", name):
            setattr(nn.Module, name, patched(getattr(nn.Module, name), name, True))
    shared = torch.nn.modules.module
    names = [name for name in dir(shared) if re.fullmatch(r"register_module_\w+_hook", name)]
    replace_everywhere(
        [(getattr(shared, name), patched(getattr(shared, name), name, False)) for name in names]
    )


def leave_out_hooks() -> None:
    """Put no hook on eager modules; what is done to ScriptModules is done as ever."""

    def patched(original: Callable[..., Any]) -> Callable[..., Any]:
        def register(module: Any, *arguments: Any, **options: Any) -> Any:
            if isinstance(module, torch.jit.ScriptModule):
                return original(module, *arguments, **options)
            return torch.utils.hooks.RemovableHandle(collections.OrderedDict())

        return register

    for name in dir(nn.Module):
        if re.fullmatch(r"_?register_\w*hook", name):
            setattr(nn.Module, name, patched(getattr(nn.Module, name)))


def _probe(recorder: Recorder, counted: bool, module: Any, name: str, folder: str) -> Any:
    is_compiled = name in ("register_forward_hook", "register_forward_pre_hook")
    if is_compiled and not isinstance(module, torch.jit.ScriptModule):
        return _compilable_probe(recorder, counted, module, name, folder)

    def probe(*_: Any) -> None:
        if counted:
            recorder.fire()

    return probe


_TEXT = """import torch

@torch.jit.ignore
def count_{0}() -> int:
    _fire()
    return 0

def hookproof_probe_{0}({1}) -> {2}:
    if torch.jit.is_scripting():
        {4}
    else:
        count_{0}()
    return {3}
"""
_fired: dict[int, Callable[[], None]] = {}
_libraries: list[Any] = []


def _compiled_call(number: int, fire: Callable[[], None]) -> str:
    """Return how compiled code calls `fire`: by an operator, which can be saved, where torch has them."""
    if not hasattr(torch, "library"):
        return "count_{}()".format(number)
    if not _libraries:
        library = torch.library.Library("hookproof", "DEF")
        library.define("fire(int number) -> ()", "CONSERVATIVE")
        library.impl("fire", lambda which: _fired[which](), "CompositeExplicitAutograd")
        _libraries.append(library)
    _fired[number] = fire
    return "torch.ops.hookproof.fire({})".format(number)


def _compilable_probe(recorder: Recorder, counted: bool, module: Any, name: str, folder: str) -> Any:
    signature = _signature_of(module)
    texts = ["module", "input: " + signature.input]
    # What a compiled hook returns is what the next one gets, so a probe hands on what it was given.
    returned, value = signature.input, "input"
    if name == "register_forward_hook":
        texts.append("output: " + signature.output)
        returned, value = signature.output, "output"
    number = next(_numbers)
    path = os.path.join(folder, "probe_{}.py".format(number))
    fire = recorder.fire if counted else _nothing
    with open(path, "w") as file:
        file.write(_TEXT.format(number, ", ".join(texts), returned, value, _compiled_call(number, fire)))
    scope: dict[str, Any] = dict(TYPING, __name__="hookproof_probe", _fire=fire)
    with open(path) as file:
        exec(compile(file.read(), path, "exec", dont_inherit=True), scope)
    return scope["hookproof_probe_{}".format(number)]


def _nothing() -> None:
    return None


def _signature_of(module: Any) -> Signature:
    try:
        return read_signature(clear_hooks(copy.deepcopy(module)))
    except Exception:
        return Signature(["Tensor"], "Tensor")


def _effect_counter(recorder: Recorder, counted: bool, hook: Any) -> Any:
    def effect_counter(*arguments: Any, **options: Any) -> Any:
        before = _state(hook, arguments)
        result = hook(*arguments, **options)
        if counted and _state(hook, arguments) != before:
            recorder.fire()
        return result

    return effect_counter


def _state(hook: Any, arguments: tuple[Any, ...]) -> str:
    """Return a picture of everything in Python that the hook can easily reach and change."""
    function = getattr(hook, "__func__", hook)
    function = getattr(function, "func", function)
    if not hasattr(function, "__code__") and not isinstance(function, type):
        function = vars(type(hook)).get("__call__", function)
    code, scope = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    reached: list[Any] = [scope.get(name) for name in (code.co_names if code else ())]
    reached += [
        cell.cell_contents for cell in getattr(function, "__closure__", None) or () if _is_filled(cell)
    ]
    reached += [getattr(hook, "__self__", None), *getattr(hook, "args", ()), *arguments[:1]]
    if not hasattr(hook, "__code__"):
        reached.append(hook)
    return " ".join(_picture(value, 3) for value in reached)


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _picture(value: Any, depth: int) -> str:
    if isinstance(value, (int, float, str, bool, type(None))):
        return repr(value)
    if isinstance(value, torch.Tensor) or depth == 0:
        return str(id(value))
    if isinstance(value, dict):
        return (
            "{"
            + ",".join("{!r}:{}".format(k, _picture(v, depth - 1)) for k, v in list(value.items())[:200])
            + "}"
        )
    if isinstance(value, (list, tuple, set)):
        return "[" + ",".join(_picture(v, depth - 1) for v in list(value)[:200]) + "]" + str(len(value))
    if hasattr(value, "__dict__") and not isinstance(value, type) and type(value).__name__ != "module":
        return "<" + _picture(vars(value), depth - 1) + ">"
    return str(id(value))
