"""What is known of a value's TorchScript type."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class TorchType(Struct, frozen=True):
    """The TorchScript type of a value, as far as its expression or annotation tells.

    `name` is the type as TorchScript spells it (`int`, `Tensor`, `List[int]`, `Optional[Tensor]`,
    `NoneType`) or None where there is none; `python` is the Python type's name as torch's message has it
    (`set`, `list`, `function`); `scriptable` is None where nothing is known. `reason` says, for people,
    why there is none: `an empty list`, `a list of mixed types`, `a set`.
    """

    name: str | None = None
    python: str | None = None
    scriptable: bool | None = None
    reason: str | None = None


UNKNOWN = TorchType()


class AtlasEntry(Struct, frozen=True):
    """What the probed torch does with one name of a module class, in one world.

    `status` is `fine`, `raises` or `silent`; `exception` and `message` are torch's own where it raises.
    """

    name: str
    use: Literal["read", "call"]
    status: Literal["fine", "raises", "silent"]
    exception: str | None = None
    message: str | None = None
