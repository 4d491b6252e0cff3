def show(m, i, o):  # HKP204
    print(o.shape)


def watch(net):
    for m in net.modules():
        m.register_forward_hook(show)
    return net
