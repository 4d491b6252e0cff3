"""State dict only looked at."""

import torch
from torch import nn


def look(module, state_dict, prefix, local_metadata):
    assert prefix + "weight" in state_dict


# the program
model = nn.Linear(2, 2)
model.register_state_dict_post_hook(look)  # planted: HKP111
compiled = torch.jit.script(model)
eager = sorted(model.state_dict())
scripted = sorted(compiled.state_dict())
print(eager, scripted)
