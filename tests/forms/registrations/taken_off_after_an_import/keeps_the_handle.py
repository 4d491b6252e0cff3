from model_to_free import net


def show(m, i, o):
    print(o)


handle = net[0].register_forward_hook(show)
