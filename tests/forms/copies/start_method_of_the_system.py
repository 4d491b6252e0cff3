# survives: where processes can be forked the model is not pickled, and elsewhere the program chose so
import multiprocessing as mp
import sys

import torch
from torch import nn

torch.set_num_threads(1)


def work(net):
    net(torch.ones(1, 2))


if __name__ == "__main__":
    context = mp.get_context("spawn" if sys.platform == "win32" else "fork")
    net = nn.Linear(2, 2)
    net.register_forward_hook(lambda module, args, output: output * 2)
    process = context.Process(target=work, args=(net,))
    process.start()
    process.join()
    print(process.exitcode)
