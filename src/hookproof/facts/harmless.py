"""Calls that add nothing to the module they are made on, or given."""

from __future__ import annotations

# Methods of containers, also of modules, that change nothing in them.
READING_METHODS = frozenset(
    {
        "buffers", "children", "copy", "count", "get", "index", "items", "keys", "modules",
        "named_buffers", "named_children", "named_modules", "named_parameters", "parameters", "values",
    }
)  # fmt: skip
# Packages whose functions do not add attributes to a module they are given.
HARMLESS_PACKAGES = (
    "builtins.",
    "torch.nn.init.",
    "copy.",
    "weakref.",
    "typing.",
    "torch.jit.",
    "torch._C.",
    "logging.",
)
