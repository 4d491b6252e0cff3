"""What reading and calling each name of `nn.Module` does, in each world."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .outcome import attempt, function_from, message_of
from .samples import Net

_INPUT = torch.zeros(1, 2)
_ARGUMENTS: dict[str, str] = {
    "hook": "hook",
    "fn": "visit",
    "name": "'extra'",
    "tensor": "torch.zeros(1)",
    "param": "None",
    "module": "torch.nn.Linear(2, 2)",
    "target": "'child'",
    "dst_type": "torch.float64",
    "device": "'cpu'",
    "state_dict": "module.state_dict()",
    "state": "{}",
    "input": "torch.zeros(1, 2)",
    "x": "torch.zeros(1, 2)",
    "args": "torch.zeros(1, 2)",
    "value": "1",
    "destination": "{}",
    "prefix": "''",
    "keep_vars": "False",
}
_SPECIAL: dict[str, str] = {
    "__call__": "torch.zeros(1, 2)",
    "_call_impl": "torch.zeros(1, 2)",
    "_wrapped_call_impl": "torch.zeros(1, 2)",
    "_slow_forward": "torch.zeros(1, 2)",
    "forward": "torch.zeros(1, 2)",
    "to": "torch.float64",
    "get_parameter": "'scale'",
    "get_buffer": "'steps'",
    "__getattr__": "'scale'",
    "__delattr__": "'scale'",
    "__setattr__": "'extra', 1",
    "register_parameter": "'extra', None",
}
# Another program's business, or the machine's: compilers, pickling, devices that are not there.
_SKIPPED = frozenset(
    {"compile", "__init_subclass__", "__subclasshook__", "__new__", "__reduce__", "__reduce_ex__"}
    | {"__class__", "__dict__", "__sizeof__", "__weakref__", "__slotnames__", "__getstate__", "__init__"}
    | {"__hash__", "__doc__", "__annotations__", "__annotate__", "__module__", "__static_attributes__"}
    | {"__firstlineno__", "__type_params__", "T_destination"}
)


def worlds() -> dict[str, Callable[[], Any]]:
    """Return how each world's module is made, from scratch each time."""
    return {
        "frozen": lambda: torch.jit.freeze(torch.jit.script(Net().eval())),
        "script-module": lambda: torch.jit.script(Net()),
        "traced": lambda: torch.jit.trace(Net(), _INPUT, check_trace=False),
        "traced-child": lambda: torch.jit.trace(Net(), _INPUT, check_trace=False).child,
    }


def names() -> list[str]:
    """Return the names of `nn.Module` and of its instances."""
    found = {*dir(nn.Module), *vars(nn.Module()), "original_name", "extra_repr"}
    return sorted(found - _SKIPPED)


def probe_module_names() -> dict[str, Any]:
    """Return name -> world -> use -> `[status]` or `["raises", exception, message]`."""
    found: dict[str, Any] = {}
    shared = {world: make() for world, make in worlds().items()}
    for name in names():
        entry: dict[str, Any] = {}
        for world, make in worlds().items():
            entry[world] = _python_uses(name, make, shared[world])
        entry["compiled"] = _compiled_uses(name)
        found[name] = {world: uses for world, uses in entry.items() if uses}
    return found


def _raises(error: BaseException) -> list[str]:
    return ["raises", type(error).__name__, message_of(error)]


def _arguments(name: str) -> str | None:
    if name in _SPECIAL:
        return _SPECIAL[name]
    try:
        parameters = inspect.signature(getattr(nn.Module, name)).parameters.values()
    except (AttributeError, TypeError, ValueError):
        return ""
    given = []
    for parameter in list(parameters)[1:]:
        if parameter.default is not inspect.Parameter.empty or parameter.kind in {
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        }:
            continue
        if parameter.name not in _ARGUMENTS:
            return None
        given.append(_ARGUMENTS[parameter.name])
    return ", ".join(given)


def _evaluate(expression: str, module: Any) -> Any:
    def hook(*args: Any) -> None:
        return None

    names = {"torch": torch, "module": module, "hook": hook, "visit": lambda child: None}
    value = eval(expression, names)  # the expression is made here
    return list(value) if inspect.isgenerator(value) else value


def _python_uses(name: str, make: Callable[[], Any], shared: Any) -> dict[str, list[str]]:
    """Return the outcomes in a world: reading on the `shared` module, calling on one that `make` gives."""
    uses = {}
    expected, refused = attempt(lambda: _evaluate(f"module.{name}", Net().eval()))
    value, error = attempt(lambda: _evaluate(f"module.{name}", shared))
    if refused is None or name == "original_name":
        uses["read"] = ["silent"] if error is None and _differs(expected, value) else ["fine"]
        if error is not None:
            uses["read"] = _raises(error)
    arguments = _arguments(name)
    if arguments is None or refused is not None or not callable(expected):
        return uses
    expression = f"module.{name}({arguments})"
    expected, refused = attempt(lambda: _evaluate(expression, Net().eval()))
    if refused is not None:
        return uses
    value, error = attempt(lambda: _evaluate(expression, make()))
    uses["call"] = ["silent"] if error is None and _differs(expected, value) else ["fine"]
    if error is not None:
        uses["call"] = _raises(error)
    return uses


def _differs(expected: object, value: object) -> bool:
    """Tell whether two results a program can see plainly differ; anything less plain does not count."""
    plain = (str, int, bool, float, type(None))
    if name_list(expected) != name_list(value):
        return True
    return isinstance(expected, plain) and isinstance(value, plain) and expected != value


def name_list(value: object) -> object:
    """Return the sorted names of a list of names, None for anything else."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return sorted(item for item in value if item in {"scale", "steps", "child"})
    return None


def _compiled_uses(name: str) -> dict[str, list[str]]:
    uses = {}
    expected, refused = attempt(lambda: getattr(Net(), name))
    is_method = callable(expected) and not isinstance(expected, type)
    if not is_method and (refused is None or name == "original_name"):
        uses["read"] = _compiled([f"value = m.{name}"])
    if is_method:
        arguments = _arguments(name)
        call = f"m.{name}({arguments or ''})"
        bodies = [[f"value = {call}"], [f"for value in {call}:", "    pass"]]
        uses["read"] = _compiled([f"value = m.{name}"])
        _, refused = attempt(lambda: _evaluate(f"module.{name}({arguments or ''})", Net()))
        if uses["read"][0] == "raises":
            # The method's own source does not compile, whatever it is called with.
            uses["call"] = uses["read"]
        elif refused is None:
            uses["call"] = _compiled(*bodies)
    return uses


def _compiled(*bodies: list[str]) -> list[str]:
    """Script and run a module with a hook of each body until one works; return the first's outcome."""
    first: list[str] | None = None
    for body in bodies:
        source = "def probing_hook(m, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:\n"
        source += "".join(f"    {line}\n" for line in body)
        hook = function_from(source, "probing_hook", torch=torch, Tuple=tuple, module=None, hook=None)

        def run(hook: Any = hook) -> Any:
            net = Net()
            net.register_forward_hook(hook)
            return torch.jit.script(net)(_INPUT)

        _, error = attempt(run)
        if error is None:
            return ["fine"]
        first = first or _raises(error)
    assert first is not None
    return first
