"""TorchScript types: what an annotation stands for, and of which type a value is."""
