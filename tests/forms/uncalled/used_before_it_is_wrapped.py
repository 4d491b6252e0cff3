# survives: the model was called by itself first, and the hook has what it is there for
import torch
from torch import nn


class Teacher(nn.Module):
    def __init__(self, student):
        super().__init__()
        self.student = student

    def forward(self, x):
        return self.student.forward(x)


shapes = []
student = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
student.register_forward_hook(lambda module, args, output: shapes.append(output.shape))
student(torch.randn(2, 4))
teacher = Teacher(student)
print(teacher(torch.randn(2, 4)).shape, shapes[0])
