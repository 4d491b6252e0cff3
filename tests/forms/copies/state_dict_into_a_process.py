# survives: only weights are handed over, or the hook is off by then
import multiprocessing as mp

import torch
from torch import nn

torch.set_num_threads(1)


def work(state):
    net = nn.Linear(4, 2)
    net.load_state_dict(state)
    return net(torch.ones(1, 4)).shape


def evaluate(model):
    return model(torch.ones(1, 4)).sum().item()


if __name__ == "__main__":
    model = nn.Linear(4, 2)
    handle = model.register_forward_hook(lambda module, args, output: print(output.shape))
    model(torch.ones(1, 4))
    with mp.get_context("fork").Pool(1) as pool:
        print(pool.map(work, [model.state_dict()]))
        handle.remove()
        print(pool.apply(evaluate, (model,)))
