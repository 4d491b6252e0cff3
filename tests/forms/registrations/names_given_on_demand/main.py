# breaks: a package gives the names of its files only when they are asked for
import torch
import lazy_zoo

net = lazy_zoo.watch(lazy_zoo.build())
torch.jit.script(net)
