seen = []


def attach(net):
    return net.register_forward_hook(lambda m, i, o: seen.append(o))
