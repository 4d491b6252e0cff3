# breaks: a hook inside of a class that exports a method
from torch import Tensor, jit, nn, ones


class Tap(nn.Module):
    def __init__(self, net: nn.Module, wanted):
        super().__init__()
        self.net = net
        for name in wanted:
            layer = dict([*self.net.named_modules()])[name]
            layer.register_forward_hook(self.make())  # HKP122

    def make(self):
        def tap(_, input, output):
            print("tapped")

        return tap

    def forward(self, x: Tensor):
        return self.net(x)

    @jit.export
    def predict(self, x: Tensor):
        return self.net(x)


jit.trace(Tap(nn.Sequential(nn.Linear(2, 2)), ["0"]), ones(2))
