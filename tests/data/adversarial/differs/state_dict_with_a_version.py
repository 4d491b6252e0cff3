"""State dict with a version."""

import torch
from torch import nn


def add_version(module, state_dict, prefix, local_metadata):
    state_dict[prefix + "version"] = torch.tensor(2)


# the program
model = nn.Linear(2, 2)
model.register_state_dict_post_hook(add_version)  # HKP111
compiled = torch.jit.script(model)
eager = sorted(model.state_dict())
scripted = sorted(compiled.state_dict())
print(eager, scripted)
