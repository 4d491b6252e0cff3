"""Texts that may put another module in the place of a part: told by their words, in time as their length."""

from __future__ import annotations

import pytest

from hookproof.semantic.replaced import may_replace

REPLACING = [
    "model.fc = nn.Linear(2, 2)",
    "self.backbone.fc = torch.nn.Linear(2, 2)",
    "model[0]=nn.ReLU()",
    "for i in range(3):\n    self.layers[i] = nn.Identity()",
    "model.fc.weight = other.weight",
    "setattr(model, 'fc', head)",
    "model.load_state_dict(state, assign=True)",
]
OTHERS = [
    "self.fc = nn.Linear(2, 2)",
    "fc = nn.Linear(2, 2)",
    "head: nn.Module = nn.Linear(2, 2)",
    "if kind.cls == nn.Linear:\n    pass",
    "if model.fc.weight == 0:\n    pass",
]
HOSTILE = ["a." * 200_000, "x[0]" * 100_000, "a = nn.B " * 50_000, ".weight" + " " * 400_000, "a" * 400_000]


@pytest.mark.parametrize("text", REPLACING)
def test_a_part_that_may_be_replaced(text: str) -> None:
    assert may_replace(text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_replaces_no_part(text: str) -> None:
    assert not may_replace(text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_long_texts_take_no_longer_than_their_length(text: str) -> None:
    assert not may_replace(text)  # a search that starts over at each character would not end
