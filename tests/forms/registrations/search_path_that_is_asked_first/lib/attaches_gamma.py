def attach(net):
    net.register_forward_hook(lambda m, i, o: None)  # HKP201
