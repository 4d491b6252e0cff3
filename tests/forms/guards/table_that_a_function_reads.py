# survives: the table of the file says that nothing is scripted
import torch
from torch import nn

CONFIG = {"export": {"format": "eager"}, "debug": True}


def show(m, i, o):
    print(o.shape)


def main():
    net = nn.Linear(2, 2)
    if CONFIG["debug"]:
        net.register_forward_hook(show)
    if CONFIG["export"]["format"] == "torchscript":
        torch.jit.script(net)


def by_pattern():
    net = nn.Linear(2, 2)
    net.register_forward_hook(show)
    match CONFIG["export"]["format"]:
        case "torchscript":
            torch.jit.script(net)
        case _:
            pass


main()
by_pattern()
