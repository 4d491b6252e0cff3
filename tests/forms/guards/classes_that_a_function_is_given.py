# survives: each guard asks for ScriptModules, by an argument, a default or an attribute
import torch
from torch import nn

SCRIPTS = (torch.jit.ScriptModule, torch.jit.ScriptFunction)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def show(module, input, output):
    print(output)


def put_unless(module, kinds):
    if not isinstance(module, kinds):
        module.register_forward_hook(show)


def put_unless_scripted(module, kinds=(torch.jit.ScriptModule,)):
    if isinstance(module, kinds):
        return
    module.register_forward_hook(show)


class Put:
    def __init__(self, skipped):
        self.skipped = skipped

    def on(self, module):
        if not isinstance(module, self.skipped):
            module.register_forward_hook(show)


scripted = torch.jit.script(Net())
put_unless(scripted, SCRIPTS)
put_unless(scripted, torch.jit.ScriptModule)
put_unless_scripted(scripted)
Put((torch.jit.ScriptModule,)).on(scripted)
