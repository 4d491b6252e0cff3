# breaks: a class written as a ScriptModule refuses backward hooks
import torch


class Model(torch.jit.ScriptModule):
    @torch.jit.script_method
    def forward(self, x):
        return x * 2


Model().register_full_backward_hook(lambda m, gi, go: None)  # HKP101
