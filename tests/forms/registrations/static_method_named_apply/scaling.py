import math

from torch import nn


class Scaled:
    def __init__(self, name):
        self.name = name

    @staticmethod
    def apply(module, name):
        scaled = Scaled(name)
        module.register_parameter(name + "_original", nn.Parameter(getattr(module, name).data))
        module.register_forward_pre_hook(scaled)  # HKP202
        return scaled

    def __call__(self, module, args):
        weight = getattr(module, self.name + "_original")  # HKP306
        getattr(module, self.name).data.copy_(weight * math.sqrt(2 / weight[0].numel()))  # HKP306
