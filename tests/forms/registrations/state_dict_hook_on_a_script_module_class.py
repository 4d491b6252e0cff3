# survives: a class written as a ScriptModule takes what is no hook
import torch


class Model(torch.jit.ScriptModule):
    @torch.jit.script_method
    def forward(self, x):
        return x * 2


model = Model()
print(model(torch.ones(2)), model.training)
