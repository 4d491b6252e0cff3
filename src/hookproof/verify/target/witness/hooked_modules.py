"""What hooks there are on a module and its children, and what kind of callable a hook is."""

from __future__ import annotations

import functools
import sys
from typing import Any, Iterator, Optional

from .records import Held, HookInfo, Registration

# Where modules keep hooks, and what such a hook is to an entry point.
TABLES = {
    "_forward_hooks": "forward",
    "_forward_pre_hooks": "forward",
    "_backward_hooks": "backward",
    "_backward_pre_hooks": "backward",
    "_state_dict_hooks": "state dict",
    "_state_dict_pre_hooks": "state dict",
    "_load_state_dict_pre_hooks": "state dict",
    "_load_state_dict_post_hooks": "state dict",
}

_OF_PARAMETERS = ("_backward_hooks", "_post_accumulate_grad_hooks")


def is_module(value: Any) -> bool:
    """Whether a value is a module; false before torch is there."""
    return _is_a(value, "torch.nn.modules.module", "Module")


def is_plain_tensor(value: Any) -> bool:
    """Whether a value is a tensor that is no parameter of modules."""
    return _is_a(value, "torch", "Tensor") and not _is_a(value, "torch.nn", "Parameter")


def _is_a(value: Any, module: str, name: str) -> bool:
    cls = getattr(sys.modules.get(module), name, None)
    return cls is not None and isinstance(value, cls)


def receiver_of(owner: Any) -> str:
    """Return what a hook is registered on.

    That is "module", "script-module", "traced", "traced child", "parameter", or "global" for None.
    """
    if owner is None:
        return "global"
    if not _is_a(owner, "torch.jit", "ScriptModule"):
        return "parameter" if _is_a(owner, "torch.nn", "Parameter") else "module"
    names = [cls.__name__ for cls in type(owner).__mro__]
    if "TopLevelTracedModule" in names:
        return "traced"
    return "traced child" if "TracedModule" in names else "script-module"


def parts(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the module and all below it with their paths, each once; no method of the program's is called."""
    seen: set[int] = set()
    waiting = [("", module)]
    while waiting:
        path, part = waiting.pop(0)
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield path, part
        children: Any = part.__dict__.get("_modules")
        if children is None:
            children = getattr(part, "_modules", {})
        for name, child in list(children.items()):
            if is_module(child):
                waiting.append((path + "." + name if path else name, child))


def hooks_of(module: Any) -> Iterator[tuple[str, int, Any]]:
    """Yield table, key and hook of every hook that is on the module itself."""
    for table in TABLES:
        hooks = module.__dict__.get(table)
        if isinstance(hooks, dict):
            for key, hook in list(hooks.items()):
                yield table, key, hook


def information(hook: Any, keep: bool) -> HookInfo:
    """Return what kind of callable a hook is, and which code it runs."""
    held = Held(hook, keep)
    inner = hook.hook if type(hook).__name__ == "_WrappedHook" else hook  # torch wraps those of state dicts
    form = ""
    while isinstance(inner, functools.partial):
        form, inner = "partial", inner.func
    if hasattr(inner, "__self__") and hasattr(inner, "__func__"):
        form, inner = form or "method", inner.__func__
    code = _code_of(inner)
    if code is None:
        code = _code_of(_attribute_of(type(inner), "__call__"))
        is_script = type(inner).__name__ == "ScriptFunction"
        form = form or ("script function" if is_script else "object" if code else "builtin")
        name = getattr(inner, "__qualname__", None) or type(inner).__qualname__
    else:
        name = getattr(inner, "__qualname__", code.co_name)
        form = form or ("lambda" if code.co_name == "<lambda>" else "function")
    return HookInfo(str(name).rpartition("<locals>.")[2], form, code, held)


def _code_of(function: Any) -> Optional[Any]:
    code = getattr(function, "__code__", None)
    return code if hasattr(code, "co_firstlineno") else None


def _attribute_of(cls: type, name: str) -> Any:
    """Return what a class or one of its bases has by that name, as it is."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def tables_of(registration: Registration) -> Iterator[dict[Any, Any]]:
    """Yield the tables that the hook of a registration is in, those of all modules if it is global."""
    shared = sys.modules.get("torch.nn.modules.module")
    owner = registration.module if registration.receiver != "global" else shared
    for name in _OF_PARAMETERS if registration.tensor is not None else ():
        hooks = getattr(registration.tensor, name, None)
        if hooks and registration.handle in hooks:
            yield hooks
    for name, table in list(vars(owner).items()) if owner is not None else ():
        if "_hooks" in name and hasattr(table, "pop") and registration.handle in table:
            yield table


def take_off(registration: Registration) -> None:
    """Take the hook of a registration off its module, as its handle would."""
    for table in tables_of(registration):
        table.pop(registration.handle)


def put_in_place(registration: Registration, hook: Any) -> None:
    """Put another hook in the place of a registration's."""
    for table in tables_of(registration):
        if not isinstance(table[registration.handle], bool):  # those keep the options that a hook has
            table[registration.handle] = hook


def leaves_parts(module: Any, result: Any) -> bool:
    """Whether an eager module with others in it became one whose parts Python does not call."""
    is_eager = module is not None and receiver_of(module) == "module"
    is_left = is_module(result) and receiver_of(result) in ("script-module", "traced")
    return is_eager and is_left and len(list(parts(module))) > 1


def is_under(path: str, root: str) -> bool:
    """Whether the path of a module is that of another one, or of a part of that."""
    return not root or path == root or path.startswith(root + ".")


def class_of(value: Any) -> str:
    """Return the name of a class as it is written, without the functions around it."""
    cls = type(value)
    return cls.__qualname__.rpartition("<locals>.")[2]
