"""What the attributes of module classes are, and what their classes ask of `torch.jit`."""

from __future__ import annotations

from typing import Literal, TypeAlias

AttributeKind: TypeAlias = Literal[
    "parameter",
    "buffer",
    "submodule",
    "constant",
    "value",
    "class value",
    "property",
    "method",
    "static method",
    "class method",
    "late value",
    "unknown",
]
"""What an attribute is.

`constant` is `Final` or named in `__constants__`; `value` is set on self by `__init__` or a method it
calls, and certainly neither a module nor a parameter; `class value` is a class attribute that no
instance sets; `late value` is set on self only outside `__init__`; `unknown` is set by `__init__` to
something that could not be followed: it may be a submodule.
"""

JitMark: TypeAlias = Literal["", "export", "ignore", "unused"]
