# survives: a process that is forked has the model, and nothing is pickled
import multiprocessing as mp

import torch
from torch import nn

torch.set_num_threads(1)


def work(model):
    model(torch.ones(1, 4))


def train(x):
    return net(x).sum().item()


if __name__ == "__main__":
    mp.set_start_method("fork", force=True)
    net = nn.Linear(4, 2)
    net.register_forward_hook(lambda module, args, output: output * 2)
    process = mp.Process(target=work, args=(net,))
    process.start()
    process.join()
    with mp.Pool(2) as pool:
        print(pool.map(train, [torch.ones(1, 4)]))
