"""What becomes of a hook where its module is compiled."""

from __future__ import annotations

from typing import Literal, TypeAlias

Event: TypeAlias = Literal[
    "registered after the first compiled call",
    "backward hook on the wrapper",
    "hook on the wrapper of what is called",
    "chosen by the name of before",
    "on the wrapper and on the module inside",
    "left out while compiling",
    "breaks the full graph",
]
