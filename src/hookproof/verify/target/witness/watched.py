"""What of torch is watched: the functions that register and remove hooks, and a table of entry points."""

from __future__ import annotations

import re
import sys
from types import FunctionType
from typing import Any, Iterator

_METHOD = re.compile(r"_?register_\w*hook")
_GLOBAL = re.compile(r"register_module_\w*hook")
_CLASSES = (
    ("torch.nn.modules.module", "Module"),
    ("torch.jit", "ScriptModule"),
    ("torch.jit", "RecursiveScriptModule"),
)
_OF_TENSORS = ("register_hook", "register_post_accumulate_grad_hook")
_QUANTIZING = "torch.ao.quantization.quantize_fx"


class EntryPoint:
    """One row: a function of torch by which a module leaves eager mode, and what of its arguments is what.

    `function` is where it is found, as `module:attribute.path`; `source` the parameter that holds the module
    (or the file, for `load`), `file` the one that says where it is saved. `world` is what decides fates.
    """

    __slots__ = ("api", "file", "function", "source", "world")

    def __init__(self, api: str, function: str, world: str, source: str, file: str = "") -> None:
        self.api = api
        self.function = function
        self.world = world
        self.source = source
        self.file = file


ENTRY_POINTS = (
    EntryPoint("torch.jit.script", "torch.jit:script", "script", "obj"),
    EntryPoint("torch.jit.trace", "torch.jit:trace", "trace", "func"),
    EntryPoint("torch.jit.trace_module", "torch.jit:trace_module", "trace", "mod"),
    EntryPoint("torch.jit.freeze", "torch.jit:freeze", "freeze", "mod"),
    EntryPoint("torch.jit.optimize_for_inference", "torch.jit:optimize_for_inference", "freeze", "mod"),
    EntryPoint("torch.jit.save", "torch.jit:save", "save", "m", "f"),
    EntryPoint("ScriptModule.save", "torch.jit:ScriptModule.save", "save", "self", "f"),
    EntryPoint("ScriptModule.save", "torch.jit:RecursiveScriptModule.save", "save", "self", "f"),
    EntryPoint("torch.jit.load", "torch.jit:load", "load", "f", "f"),
    EntryPoint("torch.export.export", "torch.export:export", "export", "mod"),
    EntryPoint("torch.export.export_for_training", "torch.export:export_for_training", "export", "mod"),
    EntryPoint("torch.export.draft_export", "torch.export:draft_export", "export", "mod"),
    EntryPoint("torch.onnx.export", "torch.onnx:export", "onnx", "model"),
    EntryPoint("torch.fx.symbolic_trace", "torch.fx:symbolic_trace", "fx", "root"),
    *(
        EntryPoint("{}.{}".format(_QUANTIZING, name), "{}:{}".format(_QUANTIZING, name), "fx", "model")
        for name in ("prepare_fx", "prepare_qat_fx")
    ),
    EntryPoint("torch.compile", "torch:compile", "compile", "model"),
    EntryPoint("Module.compile", "torch.nn.modules.module:Module.compile", "compile", "self"),
)
# What is watched only where copies are asked about: programs copy and save many things that are no modules.
COPIES = (
    EntryPoint("copy.deepcopy", "copy:deepcopy", "copy", "x"),
    EntryPoint("torch.save", "torch.serialization:save", "pickle", "obj"),
    EntryPoint("pickle.dump", "pickle:dump", "pickle", "obj"),
    EntryPoint("pickle.dumps", "pickle:dumps", "pickle", "obj"),
)


def modules_to_wait_for() -> frozenset[str]:
    """Return the modules after whose import there may be more to watch."""
    return frozenset({"torch", *(row.function.partition(":")[0] for row in ENTRY_POINTS)} - {"torch.jit"})


def registering_functions(copies: bool = False) -> Iterator[tuple[str, FunctionType]]:
    """Yield name and function of everything by which torch registers module hooks, refusing ones included.

    With `copies`, which leave them behind, those of hooks on parameters too.
    """
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    for attribute in _OF_TENSORS if copies else ():
        value = getattr(tensor, attribute, None)
        if isinstance(value, FunctionType):
            yield attribute, value
    for module, name in _CLASSES:
        cls = getattr(sys.modules.get(module), name, None)
        for attribute, value in list(vars(cls).items()) if cls is not None else ():
            if _METHOD.fullmatch(attribute) and isinstance(value, FunctionType):
                yield attribute, value
    shared = sys.modules.get("torch.nn.modules.module")
    for attribute, value in list(vars(shared).items()) if shared is not None else ():
        if _GLOBAL.fullmatch(attribute) and isinstance(value, FunctionType):
            yield attribute, value


def removing_functions() -> Iterator[FunctionType]:
    """Yield what takes a hook off again."""
    handle = getattr(sys.modules.get("torch.utils.hooks"), "RemovableHandle", None)
    if handle is not None:
        yield vars(handle)["remove"]


def entry_functions(copies: bool = False) -> Iterator[tuple[EntryPoint, FunctionType]]:
    """Yield each row of the table with its function, as far as this torch has it and it is imported.

    With `copies` those of copies too.
    """
    for row in (*ENTRY_POINTS, *(COPIES if copies else ())):
        module, _, path = row.function.partition(":")
        value: Any = sys.modules.get(module)
        for name in path.split("."):
            value = vars(value).get(name) if value is not None else None
        if row.world == "fx":  # what is deprecated is a function around the one that works
            value = getattr(value, "__wrapped__", value)
        if isinstance(value, FunctionType):
            yield row, value
