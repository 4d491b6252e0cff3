# breaks: the package is imported, and the function that registers spelled out behind it
import gear
import torch

net = gear.build("tiny")
gear.hooks.install(net)
torch.jit.script(net)
