from torch import nn
from watched import Watched


class Net(Watched):
    def build(self):
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)
