# breaks: a function has changed the table of the file by then
import torch
from torch import nn

CONFIG = {"export": {"format": "eager"}}


def show(m, i, o):  # HKP204
    print(o.shape)


def configure():
    CONFIG["export"] = {"format": "torchscript"}


def main():
    net = nn.Linear(2, 2)
    net.register_forward_hook(show)
    if CONFIG["export"]["format"] == "torchscript":
        torch.jit.script(net)


configure()
main()
