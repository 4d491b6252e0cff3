from typing import Tuple

from torch import Tensor


def record(module, input: Tuple[Tensor], output: Tensor):
    module.seen.append(output)  # HKP302


def install(net):
    net.register_forward_hook(record)
