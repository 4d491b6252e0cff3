"""The calls that are understood by name."""

from __future__ import annotations

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

# What the classes of ScriptModules are called.
SCRIPT_CLASS_NAMES = frozenset(
    {"ScriptModule", "RecursiveScriptModule", "TopLevelTracedModule", "TracedModule"}
)

# Attributes that ScriptModules have and other modules have not.
SCRIPT_ATTRIBUTES = frozenset({"_c", "graph", "code", "original_name", "inlined_graph"})

# Tests for ways out of eager mode that are no worlds here: false in a program that simply runs.
OTHER_TESTS = frozenset(
    {
        "torch.onnx.is_in_onnx_export",
        "torch.fx._symbolic_trace.is_fx_tracing",
    }
)

# Methods that test runners call before each test method of a class, or before the first.
SET_UP_METHODS = ("setUpClass", "setup_class", "setUp", "setup_method", "asyncSetUp")

# The methods of pruning, whose `apply` puts a hook object on a module.
PRUNING = "torch.nn.utils.prune."

# How the attributes end that a utility puts on a module for one of its tensors (2.13.0); those of pruning
# where a utility has no row.
UTILITY_SUFFIXES = {"weight_norm": ("_g", "_v"), "spectral_norm": ("_orig", "_u", "_v")}
PRUNING_SUFFIXES = ("_orig", "_mask")

# Methods of a module that return the module.
SELF_RETURNING_METHODS = frozenset(
    {
        "bfloat16", "cpu", "cuda", "double", "eval", "float", "half", "requires_grad_", "share_memory",
        "to", "to_empty", "train", "type", "xpu",
    }
)  # fmt: skip
