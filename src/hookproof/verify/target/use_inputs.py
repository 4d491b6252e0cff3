"""One use of a module, the same use with other inputs, and what a module can be used with at all."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING, Any, Callable, Iterator, NamedTuple

from . import instances
from .installed import nn, torch
from .observe import seed
from .outcome import InconclusiveError, in_fork

if TYPE_CHECKING:
    from .bench import Bench

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


def loaded_again(module: Any) -> Any:
    """Return a module as it is after it was saved and loaded."""
    file = io.BytesIO()
    torch.jit.save(module, file)
    file.seek(0)
    return torch.jit.load(file)


def inputs_for(bench: Bench, source: Any) -> tuple[Any, ...]:
    """Return inputs with which the eager module runs: as the project calls it, else made up.

    They are looked for in a fork, where hooks leave nothing behind.
    """
    texts = bench.experiment.get("inputs", [])
    namespace = {"torch": torch, "nn": nn}

    def look() -> dict[str, Any]:
        seed()
        for number, arguments in enumerate(instances.input_choices(source, texts, namespace)):
            try:
                with torch.no_grad():
                    source(*arguments)
            except BaseException:
                continue
            return {"number": number}
        return {"number": None}

    number = in_fork(look)["number"]
    if number is None:
        raise InconclusiveError("no inputs were found with which {} runs".format(type(source).__name__))
    seed()
    found = next(itertools.islice(instances.input_choices(source, texts, namespace), number, None))
    return tuple(found)
