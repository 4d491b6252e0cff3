from plain_model import net


def show(m, i, o):  # HKP204
    print(o.shape)


for layer in net:
    layer.register_forward_hook(show)
