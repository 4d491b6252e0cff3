# breaks: a local dict says which helper registers
import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


def attach(module):
    module.register_forward_hook(hook)


def main():
    helpers = {}

    def register(name):
        def keep(function):
            helpers[name] = function
            return function

        return keep

    register("attach")(attach)
    net = nn.Sequential(nn.Linear(2, 2))
    helpers["attach"](net)
    torch.jit.script(net)


main()
