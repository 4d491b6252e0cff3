from model_of_a_script import net


def show(m, i, o):
    print(o)


if __name__ == "__main__":
    net[0].register_forward_hook(show)
