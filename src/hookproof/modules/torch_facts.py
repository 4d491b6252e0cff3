"""The attributes of torch's own module classes, from the atlas."""

from __future__ import annotations

from functools import cache
from typing import get_args

from hookproof.facts.atlas import AtlasAttribute, module_attributes, nn_class
from hookproof.facts.types import TorchType
from hookproof.modules.module_class import MODULE, AttributeFact, AttributeKind

_KINDS: frozenset[AttributeKind] = frozenset(get_args(AttributeKind))


@cache
def torch_facts(qualname: str) -> dict[str, AttributeFact]:
    """Return the facts of `torch.nn.Module` itself, or what one of torch's classes has beyond it."""
    if qualname == MODULE:
        found = module_attributes()
    else:
        atlas = nn_class(qualname)
        found = {} if atlas is None else atlas.attributes
    return {name: _fact(name, attribute, qualname) for name, attribute in found.items()}


def _fact(name: str, attribute: AtlasAttribute, owner: str) -> AttributeFact:
    kind: AttributeKind = next((kind for kind in _KINDS if kind == attribute.kind), "unknown")
    found = TorchType(attribute.type, attribute.python, attribute.scriptable)
    return AttributeFact(name, kind, found, is_conditional=attribute.varies, owner=owner)
