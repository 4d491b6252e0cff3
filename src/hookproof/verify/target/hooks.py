"""Signatures of reduced hooks: what forward takes and returns, as TorchScript spells it."""

from __future__ import annotations

import ast
import inspect
import typing
from typing import Any

from .installed import nn, torch
from .outcome import InconclusiveError, one_line
from .sources import Function, Source, parameters

TYPING = {
    "Any": typing.Any,
    "Dict": typing.Dict,
    "Final": typing.Any,
    "List": typing.List,
    "Optional": typing.Optional,
    "Tensor": torch.Tensor,
    "Tuple": typing.Tuple,
}


class Signature:
    """The types of forward's parameters and of its result, as annotation texts."""

    def __init__(self, inputs: list[str], output: str) -> None:
        self.inputs = inputs
        self.output = output

    @property
    def input(self) -> str:
        """The annotation of a hook's `input`."""
        return "Tuple[{}]".format(", ".join(self.inputs) if self.inputs else "()")


def clear_hooks(model: Any) -> Any:
    """Take every hook off `model`, so that only the one in question is there."""
    for module in model.modules():
        for name in list(vars(module)):
            if name.endswith("_hooks") and hasattr(vars(module)[name], "clear"):
                vars(module)[name].clear()
    return model


def read_signature(model: Any) -> Signature:
    """Script `model` and return the types its forward got; raises what torch raises."""
    scripted = torch.jit.script(model)
    if not scripted._c._has_method("forward"):
        return Signature(["Tensor"], "Tensor")
    schema = scripted._c._get_method("forward").schema
    inputs = [str_of_type(a.type) for a in schema.arguments[1:]]
    return Signature(
        [t.rpartition(".")[2] if t.startswith("__torch__") else t for t in inputs],
        str_of_type(schema.returns[0].type),
    )


def str_of_type(kind: Any) -> str:
    """Return how TorchScript spells one of its types (old versions have only `str`)."""
    return str(getattr(kind, "annotation_str", None) or kind)


def replace_forward(model: Any, folder: str) -> dict[str, str]:
    """Give every class of the project in `model` a forward that scripts, with the signature it has.

    Returns the text of each by the name of its class.
    """
    texts = {}
    for cls in {type(module) for module in model.modules()}:
        if cls.__module__.startswith("torch.") or cls.forward is nn.Module.forward:
            continue
        cls.forward, texts[cls.__qualname__] = _trivial_forward(cls, folder)
    return texts


def _trivial_forward(cls: Any, folder: str) -> tuple[Any, str]:
    try:
        signature = inspect.signature(cls.forward)
        hints = typing.get_type_hints(cls.forward)
    except Exception as error:
        raise InconclusiveError(
            "masked by forward, whose signature can't be read: {}".format(one_line(error))
        ) from error
    names, texts = [], ["self"]
    for parameter in list(signature.parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.KEYWORD_ONLY):
            continue
        names.append(parameter.name)
        default = "" if parameter.default is parameter.empty else " = {!r}".format(parameter.default)
        texts.append("{}: {}{}".format(parameter.name, spell_annotation(hints.get(parameter.name)), default))
    result = spell_annotation(hints.get("return"))
    path = "{}/forward_{}.py".format(folder, cls.__name__)
    text = "def forward({}) -> {}:\n    {}\n".format(", ".join(texts), result, _body(result, names, texts))
    with open(path, "w") as file:
        file.write(text)
    scope: dict[str, Any] = dict(TYPING, torch=torch)
    with open(path) as file:
        exec(compile(file.read(), path, "exec", dont_inherit=True), scope)
    return scope["forward"], text


def _body(result: str, names: list[str], texts: list[str]) -> str:
    for name, text in zip(names, texts[1:]):
        if text.startswith(name + ": " + result):
            return "return {}".format(name)
    return "return torch.zeros(1)" if result == "Tensor" else "raise RuntimeError('not computed')"


def spell_annotation(annotation: Any) -> str:
    """Return how TorchScript spells an annotation; Tensor where there is none."""
    if annotation is None or annotation is inspect.Parameter.empty or annotation is torch.Tensor:
        return "Tensor"
    if annotation is type(None):
        return "None"
    origin, arguments = getattr(annotation, "__origin__", None), getattr(annotation, "__args__", ())
    if origin is None:
        return getattr(annotation, "__name__", "Tensor")
    inner = [spell_annotation(a) for a in arguments]
    if origin is typing.Union:
        return "Optional[{}]".format(next(i for i in inner if i != "None"))
    return "{}[{}]".format(
        {list: "List", tuple: "Tuple", dict: "Dict"}.get(origin, "Tuple"), ", ".join(inner)
    )


def header_for(
    source: Source,
    function: Function,
    signature: Signature,
    is_pre: bool,
    keep: frozenset[str] = frozenset(),
    index: int = 0,
    keep_bound: bool = False,
) -> str:
    """Return a `def` line with correct annotations, but those of the positions in `keep` as written.

    `keep` may hold `input`, `output`, `return`, `extra` (further parameters) and `star`. The hook parameter
    is number `index`; the parameters before it are dropped unless `keep_bound`.
    """
    correct = ["", signature.input] + ([] if is_pre else [signature.output])
    labels = ["module", "input", "output"]
    given = parameters(function)
    texts = [parameter.arg for parameter in given[:index]] if keep_bound else []
    for position, parameter in enumerate(given[index:]):
        label = labels[position] if position < len(correct) else "extra"
        if label in keep:
            texts.append(_as_written(source, function, index + position))
        elif label != "extra":
            texts.append(parameter.arg + (": " + correct[position] if correct[position] else ""))
    if not keep & {"star", "extra"}:
        for position in range(max(len(given) - index, 0), len(correct)):
            texts.append("_{}{}".format(position, ": " + correct[position] if correct[position] else ""))
    if "star" in keep:
        texts += _star_parameters(source, function)
    returns = " -> None"
    if "return" in keep and not isinstance(function, ast.Lambda):
        returns = " -> {}".format(source.segment(function.returns)) if function.returns else ""
    return "def {}({}){}:".format(getattr(function, "name", "hook"), ", ".join(texts), returns)


def _as_written(source: Source, function: Function, index: int) -> str:
    parameter = parameters(function)[index]
    text = source.segment(parameter)
    position = index - (len(parameters(function)) - len(function.args.defaults))
    return text if position < 0 else "{} = {}".format(text, source.segment(function.args.defaults[position]))


def _star_parameters(source: Source, function: Function) -> list[str]:
    arguments = function.args
    texts = []
    if arguments.vararg:
        texts.append("*" + source.segment(arguments.vararg))
    elif arguments.kwonlyargs:
        texts.append("*")
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        texts.append(source.segment(parameter) + (" = " + source.segment(default) if default else ""))
    if arguments.kwarg:
        texts.append("**" + source.segment(arguments.kwarg))
    return texts
