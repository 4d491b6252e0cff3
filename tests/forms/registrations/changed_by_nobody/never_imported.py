from model_alone import net


def show(m, i, o):
    print(o.shape)


net.register_forward_hook(show)
