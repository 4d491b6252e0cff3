"""A picture of the Python state that code can reach, what changes in it, and how to put it back."""

from __future__ import annotations

import collections
import functools
import io
import re
import types
from typing import Any, Callable, Iterator

from .installed import nn, torch

BLANK = "all outputs that were compared are zeros, which may hide what the hook does"
_MAXIMAL_OBJECTS = 20000
_MAXIMAL_ITEMS = 200
_MAXIMAL_DEPTH = 12
_MAXIMAL_COPY = 1 << 16  # elements of a tensor that is compared by value
_PLAIN = (int, float, complex, str, bytes, bool, type(None))
# What torch itself keeps on a module; which hooks are there is not what they leave behind.
_TORCHS_OWN = re.compile(
    r"_(\w+_hooks\w*|is_full_backward_hook|non_persistent_buffers_set|version|c|_c)$|_hooks$"
)


class Snapshot:
    """All values below some roots, each under a label such as `calls[3]` or `model.fc.weight`."""

    def __init__(self, roots: list[tuple[str, Any]]) -> None:
        self.leaves: dict[str, Any] = {}
        self.kept: list[tuple[str, Any, Any]] = []  # label, container or tensor, what it held
        self._seen: set[int] = set()
        self._roots = roots
        for label, value in roots:
            self._visit(label, value, 0)

    def _visit(self, label: str, value: Any, depth: int) -> None:
        if isinstance(value, _PLAIN):
            self.leaves[label] = (type(value).__name__, value)
            return
        if isinstance(value, torch.Tensor):
            self._visit_tensor(label, value)
            return
        if isinstance(value, io.IOBase):
            self.leaves[label] = (type(value).__name__, _spelled(value))
            return
        if id(value) in self._seen or depth > _MAXIMAL_DEPTH or len(self._seen) > _MAXIMAL_OBJECTS:
            return
        self._seen.add(id(value))
        parts = list(_parts(value))
        if not parts and not _is_container(value):
            self.leaves[label] = (type(value).__name__, _spelled(value))
        held = _content(value)
        if held is not None:
            self.kept.append((label, value, held))
            if isinstance(value, (list, set, dict, collections.deque)):
                self.leaves[label + ".len()"] = ("int", len(held))
        for name, part in parts:
            self._visit(label + name, part, depth + 1)

    def _visit_tensor(self, label: str, value: Any) -> None:
        try:
            is_small = value.numel() <= _MAXIMAL_COPY
            held = value.detach().clone() if is_small else None
            picture = (str(value.dtype), tuple(value.shape), value.requires_grad, value._version)
        except Exception:
            return
        self.leaves[label] = ("tensor", value, held, picture)
        if held is not None and id(value) not in self._seen:
            self._seen.add(id(value))
            self.kept.append((label, value, held))

    def changes(self, earlier: Snapshot) -> dict[str, Any]:
        """Return a picture of the new value for each label that differs from the `earlier` snapshot."""
        changed: dict[str, Any] = {}
        for label, leaf in self.leaves.items():
            if label not in earlier.leaves or not _is_same_leaf(leaf, earlier.leaves[label]):
                changed[label] = picture_of_leaf(leaf)
        for label in earlier.leaves:
            if label not in self.leaves:
                changed[label] = "gone"
        return changed

    def pictures(self) -> dict[str, Any]:
        """Return what each label shows, in a form that crosses processes."""
        return {label: picture_of_leaf(leaf) for label, leaf in self.leaves.items()}

    def restore(self, label: str) -> None:
        """Put back the tensor that stands at `label`, and what the innermost container around it held."""
        around = [kept for kept in self.kept if _is_around(kept[0], label)]
        tensors = [kept for kept in around if isinstance(kept[1], torch.Tensor)]
        others = [kept for kept in around if not isinstance(kept[1], torch.Tensor)]
        for _, value, held in [*tensors, *sorted(others, key=lambda kept: len(kept[0]))[-1:]]:
            _put_back(value, held)

    def restore_where(self, is_meant: Callable[[str], bool]) -> None:
        """Put back what the containers and tensors held whose labels are meant."""
        for label, value, held in self.kept:
            if is_meant(label):
                _put_back(value, held)

    def restore_all(self) -> None:
        """Put back everything that can be."""
        for _, value, held in self.kept:
            _put_back(value, held)


def _is_around(container: str, label: str) -> bool:
    return label == container or (label.startswith(container) and label[len(container)] in ".[")


def _is_container(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset, dict, collections.deque)) or hasattr(
        value, "__dict__"
    )


def _content(value: Any) -> Any:
    """Return a shallow copy of what a value that can be changed in place holds."""
    if isinstance(value, (list, set, dict, collections.deque)):
        return value.copy()
    if isinstance(value, types.CellType):
        return [value.cell_contents] if _is_filled(value) else []
    if isinstance(value, Namespace):
        return {name: value.scope[name] for name in value.names if name in value.scope}
    if isinstance(value, (types.FunctionType, type, types.ModuleType, types.MethodType)):
        return None
    held = getattr(value, "__dict__", None)
    return dict(held) if isinstance(held, dict) else None


def _put_back(value: Any, held: Any) -> None:
    try:
        if isinstance(value, torch.Tensor):
            with torch.no_grad():
                value.data = held.clone()
        elif isinstance(value, (list, collections.deque)):
            value.clear()
            value.extend(held)
        elif isinstance(value, (set, dict)):
            value.clear()
            value.update(held)
        elif isinstance(value, types.CellType):
            value.cell_contents = held[0]
        elif isinstance(value, Namespace):
            for name in value.names:
                value.scope.pop(name, None)
            value.scope.update(held)
        else:
            value.__dict__.clear()
            value.__dict__.update(held)
    except Exception:
        return


def attribute_names(module: Any) -> list[str]:
    """Return the names of a module's Python attributes, where it is a ScriptModule too."""
    inner = vars(module).get("_actual_script_module")  # of a traced one, which keeps them there
    names = dict.fromkeys([*vars(module), *(() if inner is None else vars(inner))])
    return [name for name in names if not name.startswith("_")]


class Namespace:
    """The names of a file that a function reads or writes."""

    def __init__(self, scope: dict[str, Any], names: list[str]) -> None:
        self.scope = scope
        self.names = names


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value holds, each with what stands after the value's own label."""
    if isinstance(value, dict):
        yield from (("[{}]".format(_key(k)), v) for k, v in _some(list(value.items())))
    elif isinstance(value, (list, tuple, collections.deque)):
        yield from (("[{}]".format(n), v) for n, v in _some(list(enumerate(value))))
    elif isinstance(value, (set, frozenset)):
        yield from (("[{}]".format(_key(v)), True) for v in list(value)[:_MAXIMAL_ITEMS])
    elif isinstance(value, Namespace):
        yield from (("." + n, value.scope[n]) for n in value.names if n in value.scope)
    elif isinstance(value, types.CellType):
        yield from [("", value.cell_contents)] if _is_filled(value) else []
    elif isinstance(value, types.MethodType):
        yield ".self", value.__self__
        yield ".function", value.__func__
    elif isinstance(value, types.FunctionType):
        yield from _reached_by(value)
    elif isinstance(value, type):
        if _is_projects(value):
            yield from (("." + n, v) for n, v in list(vars(value).items()) if not _is_machinery(n))
    elif isinstance(value, torch.jit.ScriptModule):
        return
    elif isinstance(value, nn.Module):
        yield from _module_parts(value)
    elif hasattr(value, "func") and hasattr(value, "args") and hasattr(value, "keywords"):
        yield from ((".func", value.func), (".args", value.args), (".keywords", value.keywords))
    elif not isinstance(value, (types.ModuleType, types.CodeType)):
        yield from _attributes(value)


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    cls = type(value)
    if cls.__module__.partition(".")[0] in ("torch", "threading", "_thread") and not isinstance(
        value, nn.Module
    ):
        return
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict):
        yield from (("." + str(n), v) for n, v in list(held.items())[:_MAXIMAL_ITEMS])
    for base in cls.__mro__:
        for name in [s for s in [getattr(base, "__slots__", ())] for s in ([s] if isinstance(s, str) else s)]:
            if hasattr(value, name):
                yield "." + name, getattr(value, name)
    if _is_projects(cls):
        yield ".class", cls
        call = vars(cls).get("__call__")
        if isinstance(call, types.FunctionType):
            yield ".call", call


def _module_parts(module: Any) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(module).items()):
        if name in ("_parameters", "_buffers", "_modules"):
            yield from (("." + str(n), v) for n, v in list(value.items()))
        elif not _TORCHS_OWN.search(name):
            yield "." + name, value


def _reached_by(function: Any) -> Iterator[tuple[str, Any]]:
    """Yield the captured values of a function, the globals that it names, its defaults."""
    path = function.__code__.co_filename
    if is_installed(path):
        return
    yield from zip(("." + n for n in function.__code__.co_freevars), function.__closure__ or ())
    names = [n for n in _names(function.__code__) if n in function.__globals__]
    scope = function.__globals__
    modules = [scope[n] for n in names if isinstance(scope[n], types.ModuleType)]
    yield "", Namespace(scope, [n for n in names if not isinstance(scope[n], types.ModuleType)])
    for module in modules:
        if not is_installed(getattr(module, "__file__", None)):
            attributes = [n for n in _names(function.__code__) if n in vars(module)]
            yield "." + module.__name__, Namespace(vars(module), attributes)
    yield from ((".default[{}]".format(n), v) for n, v in enumerate(function.__defaults__ or ()))


def _names(code: Any) -> list[str]:
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names += _names(constant)
    return list(dict.fromkeys(names))


def _some(items: list[Any]) -> list[Any]:
    return (
        items
        if len(items) <= _MAXIMAL_ITEMS
        else items[: _MAXIMAL_ITEMS // 2] + items[-_MAXIMAL_ITEMS // 2 :]
    )


def _key(value: Any) -> str:
    text = repr(value) if isinstance(value, _PLAIN) else _spelled(value)
    return re.sub(r"[\[\]]", "|", text)[:80]


def _spelled(value: Any) -> str:
    """Return how a value of another kind is told from one it changes to."""
    try:
        if isinstance(value, io.IOBase):
            return "{} at {}".format(type(value).__name__, value.tell() if value.seekable() else "?")
        if (
            isinstance(value, (nn.Module, types.FunctionType))
            or vars(type(value)).get("__repr__") is vars(object)["__repr__"]
        ):
            return type(value).__name__
        return re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:200]
    except Exception:
        return type(value).__name__


def _is_projects(cls: Any) -> bool:
    import sys

    module = sys.modules.get(cls.__module__)
    return module is not None and not is_installed(getattr(module, "__file__", None))


@functools.lru_cache(maxsize=None)
def is_installed(path: str | None) -> bool:
    """Tell whether a file is of Python or an installed package, which a hook's own state is not in."""
    return (
        path is None
        or path.startswith("<")
        or bool(re.search(r"[/\\](site|dist)-packages[/\\]|[/\\]lib[/\\]python\d", path))
    )


def _is_machinery(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in ("__call__",)


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _is_same_leaf(one: Any, other: Any) -> bool:
    if one[0] != other[0]:
        return False
    if one[0] != "tensor":
        return bool(one[1] == other[1]) or (one[1] != one[1] and other[1] != other[1])
    if one[3][:3] != other[3][:3]:
        return False
    if one[2] is None or other[2] is None:
        return one[1] is other[1] and one[3] == other[3]
    return bool(torch.equal(one[2], other[2])) or same(picture(one[2]), picture(other[2]), 0.0)


# --- pictures ---------------------------------------------------------------------------------------


def picture_of_leaf(leaf: Any) -> Any:
    """Return what a leaf looked like, in a form that crosses processes."""
    if leaf[0] != "tensor":
        return picture(leaf[1])
    return picture(leaf[2] if leaf[2] is not None else leaf[1])


def picture(value: Any, depth: int = 6) -> Any:
    """Return what a value looks like, in a form that crosses processes and can be compared by `same`."""
    if isinstance(value, torch.Tensor):
        return _tensor_picture(value)
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value if not isinstance(value, str) else value[:2000]
    if isinstance(value, float):
        return {"number": repr(value)}
    if depth and isinstance(value, dict):
        return {"of": [[_key(k), picture(v, depth - 1)] for k, v in _some(list(value.items()))]}
    if depth and isinstance(value, (list, tuple, collections.deque)):
        return [picture(v, depth - 1) for v in _some(list(value))]
    if isinstance(value, (set, frozenset)):
        return {"set": sorted(map(_key, value))}
    if isinstance(value, nn.Module):
        return {"kind": "module"}
    if isinstance(value, torch.Size):
        return [int(n) for n in value]
    if depth and isinstance(getattr(value, "__dict__", None), dict) and _is_projects(type(value)):
        return {"of": [[n, picture(v, depth - 1)] for n, v in _some(list(vars(value).items()))]}
    return {"kind": _spelled(value)}


def _tensor_picture(value: Any) -> Any:
    value = value.detach()
    shape = [int(n) for n in value.shape]
    kind = str(value.dtype).replace("torch.", "")
    try:
        plain = value.to("cpu")
        if plain.is_sparse or plain.is_quantized:
            plain = plain.to_dense() if plain.is_sparse else plain.dequantize()
        if plain.numel() > 4096:
            plain = torch.stack([plain.double().mean(), plain.double().std(), plain.double().abs().max()])
        values = [float(n) for n in plain.double().flatten().tolist()]
    except Exception:
        values = []
    return {"tensor": kind, "shape": shape, "values": [repr(n) for n in values]}


def is_blank(shown: Any) -> bool:
    """Tell whether a picture shows tensors of zeros alone, behind which much may be hidden."""
    if isinstance(shown, list):
        return bool(shown) and all(map(is_blank, shown))
    return isinstance(shown, dict) and bool(shown.get("values")) and not any(map(float, shown["values"]))


def same(one: Any, other: Any, tolerance: float = 1e-3) -> bool:
    """Tell whether two pictures show the same, numbers of torch within a tolerance."""
    if isinstance(one, dict) and isinstance(other, dict):
        if "tensor" in one and "tensor" in other:
            if one["shape"] != other["shape"] or one["tensor"] != other["tensor"]:
                return False
            return _same_numbers(one["values"], other["values"], tolerance)
        if "number" in one and "number" in other:
            return _same_numbers([one["number"]], [other["number"]], tolerance)
        return one.keys() == other.keys() and all(same(one[k], other[k], tolerance) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b, tolerance) for a, b in zip(one, other))
    return type(one) is type(other) and bool(one == other)


def _same_numbers(one: list[str], other: list[str], tolerance: float) -> bool:
    if len(one) != len(other):
        return False
    for a, b in zip(map(float, one), map(float, other)):
        if a != b and not (a != a and b != b) and not abs(a - b) <= tolerance * max(1.0, abs(a), abs(b)):
            return False
    return True
