# breaks: a model is pickled into a process that is spawned
import multiprocessing as mp
import torch
from torch import nn


def worker(model):
    model(torch.ones(1, 2))


def main():
    ctx = mp.get_context("spawn")
    model = nn.Linear(2, 2)

    def hook(m, i, o):
        print(o.shape)

    model.register_forward_hook(hook)  # HKP830
    p = ctx.Process(target=worker, args=(model,))
    p.start()
    p.join()


if __name__ == "__main__":
    main()
