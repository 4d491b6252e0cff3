# breaks: a decorator in a function puts the hook into the registry
import torch
from torch import nn

HOOKS = {}


def register(name):
    def keep(function):
        HOOKS[name] = function
        return function

    return keep


def main():
    @register("shape")
    def show_shape(module, input, output):  # HKP204
        print(output.shape)

    net = nn.Sequential(nn.Linear(2, 2))
    net[0].register_forward_hook(HOOKS["shape"])
    torch.jit.script(net)


main()
