# breaks: a part of a class written as a ScriptModule is a ScriptModule
import torch
from torch import nn


class Model(torch.jit.ScriptModule):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    @torch.jit.script_method
    def forward(self, x):
        return self.fc(x)


def main():
    model = Model()
    model.fc.register_forward_hook(lambda module, inputs, output: print(output))  # HKP101


main()
