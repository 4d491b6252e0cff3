"""Makes the things an experiment needs: an instance of the module class, inputs.

What was used is told as notes, for the verdict.
"""

from __future__ import annotations

import inspect
import typing
from typing import Any, Callable

from .installed import nn, torch
from .outcome import InconclusiveError, one_line


class StandIn(nn.Module):  # type: ignore[misc]
    """Stands for a module class that is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):  # type: ignore[no-untyped-def]
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
    for how, arguments in _argument_choices(cls):
        try:
            model = cls(**arguments) if isinstance(arguments, dict) else cls(*arguments)
            recipe["arguments"] = _spell_arguments(arguments)
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


def _spell_arguments(arguments: Any) -> str:
    if isinstance(arguments, dict):
        return ", ".join("{}={}".format(n, spell_value(v) or repr(v)) for n, v in arguments.items())
    return ", ".join(spell_value(v) or repr(v) for v in arguments)


def spell_inputs(arguments: tuple[Any, ...]) -> str:
    """Return the text of inputs like these."""
    return "({})".format("".join((spell_value(value) or repr(value)) + ", " for value in arguments))


_BRACKETS: dict[Any, str] = {list: "[{}]", tuple: "({},)", set: "{{{}}}"}


def spell_value(value: Any) -> str | None:
    """Return an expression for a value like this one, None where there is no short one."""
    if isinstance(value, torch.Tensor):
        shape = ", ".join(map(str, value.shape)) or "()"
        is_real = value.is_floating_point()
        kind = "torch.rand({})" if is_real else "torch.zeros({}, dtype={})"
        return kind.format(shape, value.dtype)
    if type(value) is nn.Linear:
        return "nn.Linear({}, {})".format(value.in_features, value.out_features)
    if value is None or type(value) in (bool, int, float, str, bytes):
        return repr(value)
    if type(value) in _BRACKETS and value:
        parts = [spell_value(v) for v in list(value)[:20]]
        return None if None in parts else _BRACKETS[type(value)].format(", ".join(map(str, parts)))
    if type(value) in (list, tuple):
        return repr(value)
    if type(value) is dict:
        pairs = [(spell_value(k), spell_value(v)) for k, v in list(value.items())[:20]]
        if any(None in pair for pair in pairs):
            return None
        return "{" + ", ".join("{}: {}".format(k, v) for k, v in pairs) + "}"
    return None


_SIZES: dict[str, tuple[Any, ...]] = {
    "Linear": (4, 4),
    "Bilinear": (4, 4, 4),
    "Embedding": (10, 4),
    "EmbeddingBag": (10, 4),
    "MultiheadAttention": (4, 2),
    "ModuleList": ([nn.Linear(4, 4)],),
    "Sequential": (nn.Linear(4, 4), nn.ReLU()),
    "ModuleDict": ({"fc": nn.Linear(4, 4)},),
    "TransformerEncoderLayer": (4, 2),
    "TransformerDecoderLayer": (4, 2),
}
for _rank in "123":
    _SIZES["Conv{}d".format(_rank)] = _SIZES["ConvTranspose{}d".format(_rank)] = (3, 4, 3)


def _argument_choices(cls: Any) -> typing.Iterator[tuple[str, Any]]:
    known = _SIZES.get(cls.__name__) if cls.__module__.startswith("torch.") else None
    if known:
        yield "small sizes", known
    yield "", {}
    try:
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    except (TypeError, ValueError):
        return
    required = [
        p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    try:
        hints = typing.get_type_hints(cls.__init__)
    except Exception:
        hints = {}
    for size in (4, 2, 8):
        yield (
            "values made from annotations",
            {p.name: make_value(hints.get(p.name), p.name, size) for p in required},
        )


def make_value(annotation: Any, name: str = "", size: int = 4) -> Any:
    """Return some value of the annotated type; without one, guess from the name, else a small integer."""
    origin = getattr(annotation, "__origin__", None)
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    if annotation is torch.Tensor:
        return torch.rand(2, size)
    simple = {int: size, float: 0.5, bool: False, str: "relu" if "act" in name else "a", type(None): None}
    if isinstance(annotation, type) and annotation in simple:
        return simple[annotation]
    if origin is typing.Union:
        return None if type(None) in arguments else make_value(arguments[0], name, size)
    if origin in (list, typing.List) and arguments:
        return [make_value(arguments[0], name, size)]
    if origin in (tuple, typing.Tuple) and arguments:
        return tuple(make_value(a, name, size) for a in arguments if a is not Ellipsis)
    if origin in (dict, typing.Dict) and arguments:
        return {make_value(arguments[0], name, size): make_value(arguments[1], name, size)}
    if isinstance(annotation, type) and issubclass(annotation, nn.Module):
        return nn.Linear(4, 4) if annotation is nn.Module else annotation()
    if isinstance(annotation, type) and annotation not in (list, tuple, dict, object):
        return annotation()
    guesses = (
        ("model", nn.Linear(4, 4)),
        ("module", nn.Linear(4, 4)),
        ("layer", nn.Linear(4, 4)),
        ("name", "a"),
    )
    for part, value in guesses:
        if part in name:
            return value
    if name in ("x", "input", "inputs", "tensor", "example", "example_inputs", "batch"):
        return torch.rand(2, size)
    return size


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
    for arguments in _input_choices(model):
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


def _run(model: Any, arguments: tuple[Any, ...]) -> None:
    # forward itself: hooks are not to run while inputs are looked for
    with torch.no_grad():
        model.forward(*arguments)


def _input_choices(model: Any) -> typing.Iterator[tuple[Any, ...]]:
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
        name = type(layer).__name__
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
        yield torch.rand(*shape)
    yield torch.zeros(2, 3, dtype=torch.long)
