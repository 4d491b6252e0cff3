seen = []


def attach(net):
    net.register_forward_hook(lambda m, i, o: seen.append(o))  # HKP201
