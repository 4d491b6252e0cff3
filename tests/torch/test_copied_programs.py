"""Random programs in which models with hooks are copied or pickled: `check` says of them what torch does."""

from __future__ import annotations

import copy
import io
from typing import Any

import pytest
import torch
from torch import nn

from copied_programs import disagreements
from hookproof.verify.target.witness import Witness


def test_check_says_what_torch_does() -> None:
    differing, said = disagreements(range(60))
    assert not [(number, torch, found) for number, torch, found, _ in differing]
    assert min(said["differs"], said["HKP822"], said["HKP830"]) >= 1
    assert said[""] >= 20


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)


def test_a_witness_tells_which_hook_is_refused_by_a_pickle_and_kept_by_a_copy() -> None:
    def keep(*_: Any) -> None:
        """Do nothing."""

    with Witness(copies=True) as witness:
        model = Net()
        model.fc.register_forward_hook(keep)
        model.register_forward_hook(print)
        copy.deepcopy(model)
        copy.deepcopy([1, 2])
        with pytest.raises(AttributeError, match="local object"):
            torch.save(model, io.BytesIO())
    copied, saved = witness.report()["entries"]
    assert (copied["api"], saved["api"]) == ("copy.deepcopy", "torch.save")
    assert {fate["fate"] for fate in copied["hooks"]} == {"kept"}
    assert sorted(fate["fate"] for fate in saved["hooks"]) == ["not reached", "refused"]
