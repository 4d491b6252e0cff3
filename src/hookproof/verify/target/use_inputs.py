"""One use of a module, and the same use with other inputs."""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple

from .installed import torch

_LARGE = 50.0


class Use(NamedTuple):
    """One use of a module that left eager mode: `kind` is `call`, `state_dict` or `load_state_dict`."""

    kind: str
    module: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]


def variants(use: Use) -> list[Use]:
    """Return the use as it is, and with other inputs: other numbers, and more rows with the other sign."""
    if use.kind != "call" or not any(True for _ in tensors_of([use.arguments, use.options])):
        return [use]

    def other(value: Any) -> Any:
        return value * 1.25 + 0.37 if value.is_floating_point() else value

    def longer(value: Any) -> Any:
        if not value.dim():
            return value
        return torch.cat([other(value), -value if value.is_floating_point() else value])

    return [
        use,
        use._replace(arguments=_mapped(use.arguments, other), options=_mapped(use.options, other)),
        use._replace(arguments=_mapped(use.arguments, longer), options=_mapped(use.options, longer)),
    ]


def large(use: Use) -> Use:
    """Return the use with numbers so large, of both signs, that what a hook limits is limited."""

    def larger(value: Any) -> Any:
        is_real = value.is_floating_point() and value.dim() > 0
        return torch.cat([value * _LARGE + _LARGE, -value * _LARGE - _LARGE]) if is_real else value

    return use._replace(arguments=_mapped(use.arguments, larger), options=_mapped(use.options, larger))


def failing(use: Use) -> Use:
    """Return the use with nothing in place of tensors, which hardly any `forward` takes."""
    return use._replace(arguments=_mapped(use.arguments, lambda _: None))


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, torch.Tensor):
        return change(value.detach())
    if type(value) in (list, tuple):
        return type(value)(_mapped(part, change) for part in value)
    return {k: _mapped(v, change) for k, v in value.items()} if type(value) is dict else value


def tensors_of(value: Any) -> Iterator[Any]:
    """Yield the tensors of a value, which may be a container of some."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from tensors_of(part)
    elif isinstance(value, dict):
        yield from tensors_of(list(value.values()))


def with_gradient(value: Any) -> Any:
    """Return a copy of a tensor that gathers a gradient, anything else as it is."""
    is_real = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.detach().clone().requires_grad_() if is_real else value
