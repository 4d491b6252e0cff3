# breaks: what a flag says depends on what can be imported
import torch
from torch import nn


def main():
    has_it = True
    try:
        import there_is_no_such_module  # noqa: F401
    except ImportError:
        has_it = False
    net = nn.Sequential(nn.Linear(2, 2))
    if not has_it:
        net.register_forward_hook(lambda module, input, output: None)  # HKP201
    torch.jit.script(net)


main()
