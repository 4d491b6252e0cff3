# breaks: a flag that was off is switched on before it is asked
import torch
from torch import nn


def main():
    debug = False
    net = nn.Sequential(nn.Linear(2, 2))
    if len(net) == 1:
        debug = True
    if debug:
        net.register_forward_hook(lambda module, input, output: None)  # HKP201
    torch.jit.script(net)


main()
