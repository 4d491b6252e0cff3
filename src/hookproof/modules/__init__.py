"""Classes of modules: what they say of the attributes, methods and `forward` of their instances."""
