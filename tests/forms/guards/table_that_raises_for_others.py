# survives: the lookup fails for the class of a ScriptModule, which silently gets no hook
import torch
from torch import nn

COUNTERS = {nn.Linear: lambda module, args, output: print(output.shape)}

model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.Linear(2, 2)))
for module in model.children():
    try:
        counter = COUNTERS[type(module)]  # HKP124
    except KeyError:
        continue
    module.register_forward_hook(counter)
model(torch.ones(1, 2))
