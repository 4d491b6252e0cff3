"""What is known of one attribute of a module class, and of the signature of its forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.place import Place

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass

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


class AttributeFact(Struct, frozen=True):
    """One attribute of a module class.

    `place` is where it is set, None for torch's own and for methods; `defined_at` knows those too. `type`
    is its TorchScript type, the class-level annotation's where there is one (kept apart in
    `annotation_type`). `module_class` is a submodule's class where it is known exactly. `jit` is a decorator
    of `torch.jit`, or `ignore` and `unused` for names in `__jit_ignored_attributes__` and
    `__jit_unused_properties__`. `may_be` is the type without a TorchScript type that one of several branches
    gives it.
    """

    name: str
    kind: AttributeKind
    type: TorchType = UNKNOWN
    place: Place | None = None
    module_class: ModuleClass | None = None
    annotation_type: TorchType | None = None
    function: FunctionDefinition | None = None
    jit: JitMark = ""
    is_conditional: bool = False
    owner: str = ""
    may_be: TorchType | None = None

    @property
    def defined_at(self) -> Place | None:
        """Where it is set or defined, None for torch's own."""
        return self.place or (self.function.place if self.function is not None else None)

    @property
    def is_compiled(self) -> bool | None:
        """Whether the scripted module has the attribute; None where that cannot be said.

        Measured: TorchScript takes parameters, buffers, submodules, constants, and the values set on the
        instance that have a type; never class values, nor names that start with two underscores.
        """
        if self.kind == "class value":
            return False
        if self.kind in {"method", "static method", "class method", "property", "late value", "unknown"}:
            return None
        if self.jit == "ignore" or self.name.startswith("__"):
            return False
        if self.is_conditional:
            return False if self.type.scriptable is False else None
        if self.kind in {"parameter", "buffer", "submodule"}:
            return True
        return self.type.scriptable


class SignatureParameter(Struct, frozen=True):
    """One parameter; `kind` as in `ir.Parameter`."""

    name: str
    type: TorchType = UNKNOWN
    has_default: bool = False
    kind: Literal["positional-only", "positional", "*", "keyword-only", "**"] = "positional"


class Signature(Struct, frozen=True):
    """The signature of a forward as TorchScript sees it, without self.

    A parameter without annotation is a Tensor; `returns` is UNKNOWN where it has no annotation and
    cannot be inferred; `is_annotated` tells the one from the other.
    """

    parameters: tuple[SignatureParameter, ...]
    returns: TorchType = UNKNOWN
    has_star: bool = False
    place: Place | None = None
    is_annotated: bool = False
