from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.build()
        self.watch()

    def build(self):
        raise NotImplementedError

    def watch(self):
        pass
