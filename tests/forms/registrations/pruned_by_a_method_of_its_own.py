# breaks: a class of pruning is applied to a layer
import torch
from torch import nn
from torch.nn.utils import prune


class EveryOther(prune.BasePruningMethod):
    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t, default_mask):
        mask = default_mask.clone()
        mask.view(-1)[::2] = 0
        return mask


def every_other(module, name):
    EveryOther.apply(module, name)  # HKP116
    return module


net = nn.Sequential(nn.Linear(4, 4))
every_other(net[0], "weight")
torch.jit.script(net)
