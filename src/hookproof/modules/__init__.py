"""`nn.Module` as a value: its classes with their attributes, and instances with what was set on them."""
