"""Makes the things an experiment needs: an instance of the module class, inputs.

What was used is told as notes, for the verdict.
"""

from __future__ import annotations

import inspect
import typing
from typing import Any, Callable

from .installed import nn, torch
from .outcome import InconclusiveError, one_line
from .values import argument_choices, make_value, spell_arguments


class StandIn(nn.Module):  # type: ignore[misc]
    """Stands for a module class that is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    @typing.no_type_check  # old versions of torch read a `type: ignore` here as the types of the arguments
    def forward(self, x):
        """Return what the layer returns; unannotated, so that old versions of torch compile it too."""
        return self.fc(x)


def make_instance(
    cls: Any,
    texts: list[str],
    namespace: dict[str, Any],
    factory: Callable[[], Any] | None,
    notes: list[str],
    recipe: dict[str, str],
) -> Any:
    """Return an instance of `cls`: by a factory, as the project calls it, by defaults, by values made up.

    `recipe["arguments"]` gets the text of the arguments.
    """
    if factory is not None:
        notes.append("instance from the factory in the settings")
        return factory()
    error: BaseException | None = None
    for text in texts:
        try:
            model = eval("__class__({})".format(text), dict(namespace, __class__=cls))
            notes.append("instance made as the project does: {}({})".format(cls.__name__, text))
            recipe["arguments"] = text
            return model
        except BaseException as caught:
            error = caught
    for how, arguments in argument_choices(cls):
        try:
            model = cls(**arguments) if isinstance(arguments, dict) else cls(*arguments)
            recipe["arguments"] = spell_arguments(arguments)
            if how:
                notes.append("instance made with {}".format(how))
            return model
        except BaseException as caught:
            error = caught
    reason = one_line(error) if error else "no way to call it"
    raise InconclusiveError(
        "no instance of {0} could be made ({1}); name a factory in [tool.hookproof.verify] factories".format(
            cls.__qualname__, reason
        )
    )


def make_inputs(model: Any, texts: list[str], namespace: dict[str, Any], notes: list[str]) -> tuple[Any, ...]:
    """Return arguments with which `model` runs eagerly: as the project calls it, else made up."""
    for text in texts:
        try:
            arguments = eval("({},)".format(text) if text else "()", dict(namespace))
            _run(model, arguments)
            notes.append("inputs as in the project: {}".format(text))
            return tuple(arguments)
        except BaseException:
            continue
    error: BaseException | None = None
    for arguments in _made_inputs(model):
        try:
            _run(model, arguments)
            return arguments
        except BaseException as caught:
            error = caught
    reason = one_line(error) if error else ""
    raise InconclusiveError(
        "no inputs were found with which {} runs eagerly ({}); name a factory in "
        "[tool.hookproof.verify] inputs".format(type(model).__name__, reason)
    )


def input_choices(
    model: Any, texts: list[str], namespace: dict[str, Any]
) -> typing.Iterator[tuple[Any, ...]]:
    """Yield arguments that `model` may be called with, the project's own first."""
    for text in texts:
        try:
            yield tuple(eval("({},)".format(text) if text else "()", dict(namespace)))
        except Exception:
            continue
    yield from _made_inputs(model)


def _run(model: Any, arguments: tuple[Any, ...]) -> None:
    # forward itself: hooks are not to run while inputs are looked for
    with torch.no_grad():
        model.forward(*arguments)


def _made_inputs(model: Any) -> typing.Iterator[tuple[Any, ...]]:
    try:
        signature = inspect.signature(model.forward)
        hints = typing.get_type_hints(type(model).forward)
    except Exception:
        signature, hints = None, {}
    parameters = (
        []
        if signature is None
        else [
            p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    )
    if signature is not None and not parameters:
        yield (torch.rand(2, 4),) if signature.parameters else ()
        return
    for tensor in _tensors(model):
        for with_defaults in (False, True):
            arguments = []
            for index, parameter in enumerate(parameters or [None]):
                if parameter is not None and parameter.default is not parameter.empty:
                    if not with_defaults:
                        break
                    arguments.append(parameter.default)
                    continue
                hint = torch.Tensor if parameter is None else hints.get(parameter.name)
                if hint is None or hint is torch.Tensor:
                    arguments.append(tensor.clone())
                else:
                    arguments.append(_fill(hint, tensor, index))
            yield tuple(arguments)


def _fill(hint: Any, tensor: Any, index: int) -> Any:
    value = make_value(hint)

    def put(part: Any) -> Any:
        if isinstance(part, torch.Tensor):
            return tensor.clone()
        if isinstance(part, (list, tuple)) and type(part) in (list, tuple):
            return type(part)(put(p) for p in part)
        return {k: put(v) for k, v in part.items()} if type(part) is dict else part

    return put(value)


def _tensors(model: Any) -> typing.Iterator[Any]:
    for layer in model.modules():
        # Classes of a project's derive from torch's, and so does what parametrizes a layer.
        named = (
            cls.__name__ for cls in type(layer).__mro__ if cls.__module__.startswith("torch.nn.modules.")
        )
        name = next(named, "")
        if isinstance(layer, nn.Linear):
            yield torch.rand(2, layer.in_features)
        elif name.startswith("Conv") and hasattr(layer, "in_channels"):
            rank = len(layer.kernel_size)
            yield torch.rand(2, layer.in_channels, *(16,) * rank)
        elif isinstance(layer, (nn.Embedding, nn.EmbeddingBag)):
            yield torch.zeros(2, 3, dtype=torch.long)
        elif isinstance(layer, nn.RNNBase):
            yield torch.rand(3, 2, layer.input_size)
        elif isinstance(layer, nn.MultiheadAttention):
            yield torch.rand(3, 2, layer.embed_dim)
        elif name.startswith(("BatchNorm", "InstanceNorm")) and hasattr(layer, "num_features"):
            yield torch.rand(2, layer.num_features, *(4,) * {"1": 0, "2": 2, "3": 3}.get(name[-2], 0))
        elif isinstance(layer, nn.LayerNorm):
            yield torch.rand(2, *layer.normalized_shape)
    for shape in ((2, 4), (1, 4), (4,), (2, 3, 16, 16), (1, 3, 64, 64), (2, 1, 28, 28), (3, 2, 4), ()):
        yield torch.rand(shape)
    yield torch.zeros(2, 3, dtype=torch.long)
