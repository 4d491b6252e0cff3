def double(module, input, output):
    return output * 2


def watch(module):
    module.register_forward_pre_hook(lambda module, args: None)
