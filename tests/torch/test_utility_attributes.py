"""The attributes that a utility of torch puts on a module are those that it is taken to put there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import nn
from torch.nn.utils import prune

from hookproof.facts.entries import PRUNING_SUFFIXES, UTILITY_SUFFIXES

UTILITIES: dict[str, Callable[[nn.Module], object]] = {
    "weight_norm": nn.utils.weight_norm,
    "spectral_norm": nn.utils.spectral_norm,
    "l1_unstructured": lambda module: prune.l1_unstructured(module, "weight", amount=0.5),
    "random_structured": lambda module: prune.random_structured(module, "weight", amount=0.5, dim=0),
    "identity": lambda module: prune.identity(module, "weight"),
    "custom_from_mask": lambda module: prune.custom_from_mask(module, "weight", module.weight != 0),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", UTILITIES)
def test_a_utility_puts_these_names_in_place_of_the_tensor(name: str) -> None:
    module = nn.Linear(2, 2)
    tensors = {*dict(module.named_parameters()), *dict(module.named_buffers())}
    UTILITIES[name](module)
    now = {*dict(module.named_parameters()), *dict(module.named_buffers())}
    suffixes = UTILITY_SUFFIXES.get(name, PRUNING_SUFFIXES)
    assert now - tensors == {f"weight{suffix}" for suffix in suffixes}
    assert {*UTILITY_SUFFIXES} <= {*UTILITIES}
