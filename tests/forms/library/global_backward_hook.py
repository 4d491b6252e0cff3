# breaks: raises where the model is a ScriptModule
# hookproof: assume-scripted
# then: gradients(torch.jit.script(nn.Linear(2, 2)), torch.ones(1, 2))
from torch.nn.modules.module import register_module_full_backward_hook


def show(module, grad_input, grad_output):
    print(len(grad_output))


def gradients(model, x):
    handle = register_module_full_backward_hook(show)  # HKP118
    result = model(x)
    handle.remove()
    return result
