from model_for_a_try import net

net.register_forward_hook(lambda m, i, o: None)  # HKP201
