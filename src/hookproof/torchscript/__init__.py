"""What TorchScript does to attributes, methods and types, probed from real torch."""
