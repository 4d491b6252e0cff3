# breaks: raises for a model with one scripted part
# hookproof: assume-scripted
# then: watch(nn.Sequential(torch.jit.script(nn.ReLU())))
def bw(module, grad_input, grad_output):
    pass


def watch(model):
    for m in model.modules():
        m.register_full_backward_hook(bw)  # HKP120
