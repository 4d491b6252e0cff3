"""The attributes of torch's own module classes, from the atlas."""

from __future__ import annotations

from typing import get_args

from hookproof.facts.atlas import AtlasAttribute, Facts
from hookproof.facts.types import TorchType
from hookproof.modules.attribute_kinds import AttributeKind
from hookproof.modules.module_class import MODULE, AttributeFact

_KINDS: frozenset[AttributeKind] = frozenset(get_args(AttributeKind))


def torch_facts(qualname: str, facts: Facts) -> dict[str, AttributeFact]:
    """Return the facts of `torch.nn.Module` itself, or what one of torch's classes has beyond it."""
    known = facts.once(_none_known)
    if qualname not in known:
        atlas = facts.nn_class(qualname)
        own = {} if atlas is None else atlas.attributes
        found = facts.module_attributes if qualname == MODULE else own
        known[qualname] = {name: _fact(name, attribute, qualname) for name, attribute in found.items()}
    return known[qualname]


def _none_known(facts: Facts) -> dict[str, dict[str, AttributeFact]]:
    return {}


def _fact(name: str, attribute: AtlasAttribute, owner: str) -> AttributeFact:
    kind: AttributeKind = next((kind for kind in _KINDS if kind == attribute.kind), "unknown")
    found = TorchType(attribute.type, attribute.python, attribute.scriptable)
    return AttributeFact(name, kind, found, is_conditional=attribute.varies, owner=owner)
