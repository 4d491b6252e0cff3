# breaks: the base calls methods of the class that derives from it
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


class Trainer:
    def __init__(self):
        self.model = self.build()

    def run(self):
        self.before()
        self.after()

    def before(self):
        pass

    def after(self):
        pass


class MyTrainer(Trainer):
    def build(self):
        return nn.Sequential(nn.Linear(2, 2))

    def before(self):
        self.model[0].register_forward_hook(show)

    def after(self):
        torch.jit.script(self.model)


MyTrainer().run()
