def show(m, i, o):  # HKP204
    print(o)


def attach(net):
    net.register_forward_hook(show)
