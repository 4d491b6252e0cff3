from model_for_types import net

net.register_forward_hook(lambda m, i, o: None)
