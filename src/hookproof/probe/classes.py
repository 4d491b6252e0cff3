"""torch.nn's public module classes: attributes, forward, and what survives scripting and tracing."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from .outcome import attempt, spelled
from .samples import Annotated, Holder

_CONTAINERS = (nn.ModuleList, nn.ModuleDict, nn.Sequential, nn.ParameterList, nn.ParameterDict)
_ARGUMENTS: dict[str, Any] = {
    "kernel_size": 1,
    "num_heads": 2,
    "nhead": 2,
    "embed_dim": 4,
    "d_model": 4,
    "num_layers": 1,
    "cutoffs": [2],
    "n_classes": 5,
    "in_features": 4,
    "num_groups": 1,
    "unflattened_size": (1, 2),
    "dim": 1,
    "lower": 0.1,
    "value": 1.0,
    "quantize": True,
}
_SMALL = {"num_encoder_layers": 1, "num_decoder_layers": 1, "dim_feedforward": 4}
_MISSING = inspect.Parameter.empty
_VARIANT = object()  # stands for the scripted module of a variant, which nobody needs


def probe_classes() -> tuple[dict[str, Any], dict[str, str]]:
    """Return qualname -> facts, and alias -> qualname, of the classes under torch.nn."""
    found, aliases = {}, {}
    for qualname, cls, others in _public_classes():
        found[qualname] = _class_facts(qualname, cls, others)
        aliases.update(dict.fromkeys(others, qualname))
    return found, aliases


def _public_classes() -> Iterator[tuple[str, type[nn.Module], list[str]]]:
    paths: dict[type[nn.Module], set[str]] = {}
    for module in (nn, nn.modules, *_submodules(nn.modules)):
        for name, value in vars(module).items():
            if inspect.isclass(value) and issubclass(value, nn.Module) and not name.startswith("_"):
                paths.setdefault(value, set()).add(f"{module.__name__}.{name}")
    for cls, found in sorted(paths.items(), key=lambda item: item[0].__qualname__):
        found.add(f"{cls.__module__}.{cls.__qualname__}")
        own = {path for path in found if path.rpartition(".")[2] == cls.__name__}
        qualname = min(own or found, key=lambda path: (path.count("."), path))
        yield qualname, cls, sorted(found - {qualname})


def _submodules(package: Any) -> list[Any]:
    return [value for _, value in sorted(vars(package).items()) if inspect.ismodule(value)]


def _public_name(cls: type) -> str:
    if getattr(nn, cls.__name__, None) is cls:
        return f"torch.nn.{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}"


def _class_facts(qualname: str, cls: type[nn.Module], aliases: list[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "qualname": qualname,
        "aliases": aliases,
        "bases": [_public_name(base) for base in cls.__mro__[1:] if issubclass(base, nn.Module)],
        "constructor": _constructor_names(cls),
        "is_container": issubclass(cls, _CONTAINERS),
    }
    if cls is nn.Module:
        return {**facts, "is_probed": True}
    made, error = attempt(lambda: _construct(cls, {}))
    if error is not None:
        return {**facts, "is_probed": False}
    facts["is_probed"] = True
    scripted, error = attempt(lambda: torch.jit.script(made))
    facts["compiles"] = error is None
    signature = _forward(cls, scripted)
    if signature is not None:
        facts["forward"] = signature
    attributes = _attributes(made, scripted)
    for flips in _variants(cls):
        other, error = attempt(lambda flips=flips: _construct(cls, flips))
        if error is None:
            _mark_varying(attributes, _attributes(other, _VARIANT))
    facts["attributes"] = dict(sorted(attributes.items()))
    return facts


def _mark_varying(attributes: dict[str, dict[str, Any]], others: dict[str, dict[str, Any]]) -> None:
    """Mark the attributes that come out otherwise with other constructor arguments."""
    for name in {*attributes, *others}:
        mine, other = attributes.get(name), others.get(name)
        if mine is None:
            assert other is not None
            attributes[name] = {"kind": other["kind"], "varies": True}
        elif other is None or other["kind"] != mine["kind"]:
            kind = mine["kind"] if other is None else "unknown"
            attributes[name] = {"kind": kind, "varies": True}
        elif (other.get("type"), other.get("scriptable")) != (mine.get("type"), mine.get("scriptable")):
            mine.pop("type", None)
            if other.get("scriptable") != mine.get("scriptable"):
                mine.pop("scriptable", None)


def _constructor_names(cls: type) -> list[str]:
    return list(inspect.signature(cls.__init__).parameters)[1:]


def _parameters(cls: type) -> list[inspect.Parameter]:
    """Return the constructor's parameters, those of the bases it passes `*args` on to included."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is nn.Module:
            continue
        own = list(inspect.signature(base.__init__).parameters.values())[1:]
        named = [one for one in own if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
        for parameter in named:
            found.setdefault(parameter.name, parameter)
        if len(named) == len(own):
            break
    return list(found.values())


def _construct(cls: type, given: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    if issubclass(cls, nn.RNNBase):
        # These pass `*args` on with a mode in front, which their own signatures do not tell.
        return cls(*(("LSTM", 2, 2) if cls is nn.RNNBase else (2, 2)), **given)
    names = _constructor_names(cls)
    arguments = {**{name: size for name, size in _SMALL.items() if name in names}, **given}
    if "output_ratio" in names:
        arguments.setdefault("output_size", 1)
    for parameter in _parameters(cls):
        if parameter.default is _MISSING and parameter.name not in arguments:
            arguments[parameter.name] = _argument(parameter, cls)
    return cls(**arguments)


def _argument(parameter: inspect.Parameter, cls: type) -> Any:
    name = parameter.name
    if name in {"encoder_layer", "decoder_layer"}:
        return (
            nn.TransformerEncoderLayer(4, 2, 4)
            if name.startswith("encoder")
            else nn.TransformerDecoderLayer(4, 2, 4)
        )
    if name not in _ARGUMENTS and parameter.annotation in (float, "float"):
        return 0.5
    return _ARGUMENTS.get(name, 2)


def _variants(cls: type) -> Iterator[dict[str, Any]]:
    """Yield constructor arguments with one flag turned round, or one None replaced, at a time."""
    for parameter in _parameters(cls):
        if isinstance(parameter.default, bool):
            yield {parameter.name: not parameter.default}
        elif parameter.default is None and parameter.name not in {"device", "dtype"}:
            yield from ({parameter.name: other} for other in (1, 1.5, True, torch.ones(2)))
        elif type(parameter.default) is int:
            yield {parameter.name: parameter.default + 1}
            yield {parameter.name: (parameter.default + 1,) * 2}
        elif parameter.default is _MISSING and parameter.name in {"kernel_size", "output_size", "padding"}:
            yield {parameter.name: (1, 1)}


def _forward(cls: type[nn.Module], scripted: Any) -> dict[str, Any] | None:
    if cls.forward is nn.Module.forward:
        return None
    schema, error = attempt(lambda: scripted.forward.schema)
    if error is None:
        parameters = [
            {
                "name": argument.name,
                "type": spelled(argument.type),
                "has_default": argument.has_default_value(),
            }
            for argument in schema.arguments[1:]
        ]
        return {"parameters": parameters, "returns": spelled(schema.returns[0].type)}
    plain = list(inspect.signature(cls.forward).parameters.values())[1:]
    return {
        "parameters": [
            {"name": one.name, "type": None, "has_default": one.default is not _MISSING} for one in plain
        ],
        "returns": None,
        "is_overloaded": hasattr(scripted, "forward__0"),
    }


def _attributes(module: nn.Module, scripted: Any) -> dict[str, dict[str, Any]]:
    plain = nn.Module()
    names = {*vars(module), *module._parameters, *module._buffers, *module._modules}
    names |= {name for name in dir(type(module)) if not name.startswith("__")}
    names -= {*vars(plain), *dir(nn.Module)} - {"forward"}
    names = {name for name in names if not name.startswith("__")}
    concrete, _ = attempt(lambda: torch.jit._recursive.get_module_concrete_type(module))
    traced = None
    if scripted is not _VARIANT:
        traced, _ = attempt(lambda: torch.jit.trace(Holder(module), torch.zeros(1), check_trace=False).held)
    return {name: _attribute(module, name, concrete, scripted, traced) for name in names}


def _attribute(module: nn.Module, name: str, concrete: Any, scripted: Any, traced: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": _kind(module, name)}
    if concrete is not None:
        types = {key: spelled(found[0]) for key, found in concrete.get_attributes().items()}
        constants, modules = concrete.get_constants(), concrete.get_modules()
        present = name in types or name in constants or any(name == key for key, _ in modules)
        if name in types:
            entry["type"] = types[name]
        elif name in constants:
            entry["type"] = _constant_type(constants[name])
        if entry["kind"] in {"parameter", "buffer", "submodule", "constant", "value"}:
            entry["scriptable"] = entry["compiled"] = present
            if not present:
                entry["python"] = torch.typename(type(getattr(module, name, None)))
        elif entry["kind"] == "class value":
            entry["compiled"] = present
    if isinstance(scripted, nn.Module):
        entry["scripted"] = attempt(lambda: getattr(scripted, name))[1] is None
    if traced is not None:
        entry["traced"] = attempt(lambda: getattr(traced, name))[1] is None
    return {key: value for key, value in entry.items() if value is not None}


def _constant_type(value: object) -> str | None:
    inferred, error = attempt(lambda: torch._C._jit_try_infer_type(value))
    return spelled(inferred.type()) if error is None and inferred.success() else None


def _kind(module: nn.Module, name: str) -> str:
    if name in module._parameters:
        return "parameter"
    if name in module._buffers:
        return "buffer"
    if name in module._modules:
        return "submodule" if module._modules[name] is not None else "value"
    static = inspect.getattr_static(type(module), name, None)
    for kind, descriptor in (
        ("property", property),
        ("static method", staticmethod),
        ("class method", classmethod),
    ):
        if isinstance(static, descriptor):
            return kind
    if name not in vars(module) and callable(static) and not inspect.isclass(static):
        return "method"
    if name in getattr(module, "__constants__", ()) or _is_final(module, name):
        return "constant"
    return "value" if name in vars(module) else "class value"


def _is_final(module: nn.Module, name: str) -> bool:
    """Tell whether an attribute is annotated as `Final`, as torch reads it; torch 1.8 tells nobody."""
    annotations = getattr(torch.jit._recursive, "get_annotations", lambda owner: owner.__annotations__)
    found, _ = attempt(lambda: annotations(module).get(name))
    if found is not None and hasattr(torch._jit_internal, "is_final"):
        return bool(torch._jit_internal.is_final(found))
    return "Final" in str(found)


def probe_module_attributes() -> dict[str, dict[str, Any]]:
    """Return the attributes every `nn.Module` has."""
    module = nn.Identity()
    concrete = torch.jit._recursive.get_module_concrete_type(module)
    types = {name: spelled(found[0]) for name, found in concrete.get_attributes().items()}
    # A class with annotations of its own hides those of nn.Module, and with them some types.
    concrete = torch.jit._recursive.get_module_concrete_type(Annotated())
    annotated = {name: spelled(found[0]) for name, found in concrete.get_attributes().items()}
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({*vars(nn.Module()), *dir(nn.Module)}):
        if name == "forward" or (name.startswith("__") and not callable(getattr(module, name, None))):
            continue
        entry: dict[str, Any] = {"kind": _kind(module, name)}
        if entry["kind"] in {"value", "class value"}:
            entry["compiled"] = name in types
            if name in types and types[name] == annotated.get(name):
                entry["type"] = types[name]
            entry["scriptable"] = name in types
        found[name] = entry
    return found
