# survives: a class written as a ScriptModule takes forward hooks
from torch import jit


class Model(jit.ScriptModule):
    def __init__(self):
        super().__init__()

    @jit.script_method
    def forward(self, x):
        return x * 2


def watch():
    model = Model()
    model.register_forward_hook(lambda module, inputs, output: None)


watch()
