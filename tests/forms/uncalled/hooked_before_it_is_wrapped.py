# survives: without an error: the wrapper calls `forward` of the model and goes past its hooks
import torch
from torch import nn


class Teacher(nn.Module):
    def __init__(self, student):
        super().__init__()
        self.student = student
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        with torch.no_grad():
            features = self.student.forward(x)
        return self.head(features)


features = []
student = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
student.register_forward_hook(lambda module, args, output: features.append(output))  # HKP904
teacher = Teacher(student)
teacher(torch.randn(2, 4))
print(len(features))
