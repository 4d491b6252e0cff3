"""The calls that linking understands by name."""

from __future__ import annotations

# Where eager mode is left; `freeze` covers whatever turns a ScriptModule into a frozen one.
ENTRY_POINTS: dict[str, str] = {
    "torch.jit.script": "script",
    "torch.jit.trace": "trace",
    "torch.jit.trace_module": "trace",
    "torch.jit.freeze": "freeze",
    "torch.jit.optimize_for_inference": "freeze",
    "torch.jit.load": "load",
}

# Annotations that say a value is a ScriptModule already.
SCRIPT_MODULES = frozenset(
    {
        "torch.jit.ScriptModule",
        "torch.jit.RecursiveScriptModule",
        "torch.jit.TopLevelTracedModule",
        "torch.jit._script.RecursiveScriptModule",
        "torch.ScriptModule",
        "torch._C.ScriptModule",
    }
)

# Tests of these keep a hook out of TorchScript, or say that tracing is what it is for.
TRACING_STATE_TESTS = frozenset(
    {
        "torch.jit.is_tracing",
        "torch.jit.is_scripting",
        "torch._C._get_tracing_state",
        "torch.onnx.is_in_onnx_export",
    }
)

# Methods of a module that return the module.
SELF_RETURNING_METHODS = frozenset(
    {
        "bfloat16", "cpu", "cuda", "double", "eval", "float", "half", "requires_grad_", "share_memory",
        "to", "to_empty", "train", "type", "xpu",
    }
)  # fmt: skip

# Functions that give back their first argument, or a function that stands for it.
FORWARDING_CALLS = frozenset(
    {
        "builtins.iter",
        "builtins.staticmethod",
        "contextlib.contextmanager",
        "copy.copy",
        "functools.cache",
        "functools.lru_cache",
        "functools.wraps",
        "torch.no_grad",
        "weakref.proxy",
    }
)

ITERATING_CALLS = frozenset(
    {
        "builtins.dict", "builtins.enumerate", "builtins.filter", "builtins.frozenset", "builtins.list",
        "builtins.map", "builtins.reversed", "builtins.set", "builtins.sorted", "builtins.tuple",
        "builtins.zip", "collections.OrderedDict", "collections.defaultdict", "itertools.chain",
        "itertools.product", "weakref.WeakKeyDictionary", "weakref.WeakSet", "weakref.WeakValueDictionary",
    }
)  # fmt: skip
