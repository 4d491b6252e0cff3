# breaks: raises for a model with one scripted part
# hookproof: assume-scripted
# then: watch(nn.Sequential(torch.jit.script(nn.ReLU())))
from torch import nn


def rename(module, state_dict, prefix, local_metadata):
    state_dict.pop(prefix + "old", None)


def watch(model: nn.Module):
    for _, part in model.named_modules():
        part.register_state_dict_post_hook(rename)  # HKP120
