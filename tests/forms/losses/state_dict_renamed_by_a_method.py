# breaks: the scripted module has no hook that gives old names their new ones
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self._register_load_state_dict_pre_hook(self._rename)  # HKP111

    def _rename(self, state_dict, prefix, *args):
        for key in list(state_dict):
            if key.startswith(f"{prefix}old."):
                state_dict[key.replace("old.", "fc.")] = state_dict.pop(key)

    def forward(self, x):
        return self.fc(x)


net = torch.jit.script(Net())
net.load_state_dict({"old.weight": torch.ones(2, 2), "old.bias": torch.ones(2)})
