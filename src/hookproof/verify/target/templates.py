"""Life cycles rebuilt from a finding, for when the project's own function can't be run."""

from __future__ import annotations

from typing import Any, Callable

from .bench import Bench
from .installed import nn, torch


def _register(bench: Bench, model: Any, hook: Any) -> Any:
    api = str(bench.experiment.get("api") or "register_forward_hook")
    return getattr(nn.Module, api)(model, hook)


def _refused(bench: Bench) -> None:
    """Register on a ScriptModule, and nothing else."""
    model = bench.model()
    bench.signature  # noqa: B018  # replaces forward where it does not script
    scripted = torch.jit.script(bench.model() if bench.needs_forward else model)
    getattr(scripted, str(bench.experiment.get("api")))(lambda *_: None)


def _refused_on_trace(bench: Bench) -> None:
    model = bench.model()
    traced = torch.jit.trace(model, bench.inputs(model), check_trace=False)
    getattr(traced, str(bench.experiment.get("api")))(lambda *_: None)


def _before_trace(bench: Bench) -> None:
    model = bench.model()
    arguments = bench.inputs(model)
    _register(bench, model, lambda *_: None)
    torch.jit.trace(model, arguments)


def _legacy_utility(bench: Bench) -> None:
    torch.jit.script(bench.model(with_hooks=True))


def _parametrized(bench: Bench) -> None:
    model = bench.model(with_hooks=True)
    arguments = bench.inputs(model)
    torch.jit.script(model)(*arguments)


def _dropped_by_script(bench: Bench) -> dict[str, Any]:
    """Backward and state-dict hooks: count calls on the eager model and on its scripted copy."""
    seen: list[int] = []

    def hook(*_: Any) -> None:
        seen.append(1)

    model = bench.model()
    arguments = bench.inputs(model)
    _register(bench, model, hook)
    counts = []
    for target in (model, torch.jit.script(model)):
        seen.clear()
        if "state_dict" in str(bench.experiment.get("api")):
            target.load_state_dict(target.state_dict())
        else:
            _backward(target(*[_with_gradient(a) for a in arguments]))
        counts.append(str(len(seen)))
    return {"eager": counts[0], "torchscript": counts[1], "what": "calls of the hook"}


def _with_gradient(value: Any) -> Any:
    is_real = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.clone().requires_grad_() if is_real else value


def _backward(result: Any) -> None:
    while isinstance(result, (tuple, list)):
        result = result[0]
    result.sum().backward()


def _after_scripting(bench: Bench) -> dict[str, Any]:
    """Count a forward hook that is registered on the eager module once its scripted copy exists."""
    seen: list[int] = []
    model = bench.model()
    arguments = bench.inputs(model)
    scripted = torch.jit.script(model)
    _register(bench, model, lambda *_: seen.append(1))
    counts = []
    for target in (model, scripted):
        seen.clear()
        target(*arguments)
        counts.append(str(len(seen)))
    return {"eager": counts[0], "torchscript": counts[1], "what": "calls of the hook"}


def _baked_into_trace(bench: Bench) -> dict[str, Any]:
    seen: list[int] = []
    model = bench.model()
    arguments = bench.inputs(model)
    _register(bench, model, lambda *_: seen.append(1))
    traced = torch.jit.trace(model, arguments, check_trace=False)
    counts = []
    for target in (model, traced):
        seen.clear()
        target(*arguments)
        counts.append(str(len(seen)))
    return {"eager": counts[0], "torchscript": counts[1], "what": "calls of the hook"}


TEMPLATES: dict[str, Callable[[Bench], Any]] = {
    "HKP101": _refused,
    "HKP102": _refused,
    "HKP103": _refused_on_trace,
    "HKP107": _after_scripting,
    "HKP109": _baked_into_trace,
    "HKP110": _dropped_by_script,
    "HKP111": _dropped_by_script,
    "HKP112": _before_trace,
    "HKP116": _legacy_utility,
    "HKP117": _parametrized,
    "HKP120": _refused,
    "HKP122": _before_trace,
}
