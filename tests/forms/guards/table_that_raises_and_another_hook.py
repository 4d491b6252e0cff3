# breaks: where the lookup fails another hook is put on
import torch
from torch import nn

COUNTERS = {nn.Linear: lambda module, args, output: print(output.shape)}

model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.Linear(2, 2)))
for module in model.children():
    try:
        counter = COUNTERS[type(module)]
    except KeyError:
        counter = print
    module.register_forward_hook(counter)  # HKP102
