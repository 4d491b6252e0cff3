# survives: the class says that nothing is scripted
import torch
from torch import nn


class Base:
    is_script = False

    def run_test(self, model):
        if self.is_script:
            torch.jit.script(model)


class Test(Base):
    def test(self):
        self.run_test(nn.utils.weight_norm(nn.Linear(2, 2)))


Test().test()
