"""The signature of a forward, and that of torch's own classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.semantic.location import Location

if TYPE_CHECKING:
    from hookproof.facts.atlas import AtlasClass


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
    location: Location | None = None
    is_annotated: bool = False


def atlas_signature(atlas: AtlasClass) -> Signature | None:
    """Return the forward of one of torch's own classes, as torch itself prints its types."""
    if atlas.forward is None:
        return None
    return Signature(
        tuple(
            SignatureParameter(parameter.name, _named(parameter.type), parameter.has_default)
            for parameter in atlas.forward.parameters
        ),
        _named(atlas.forward.returns),
    )


def _named(name: str | None) -> TorchType:
    return UNKNOWN if name is None else TorchType(name, None, True)
