"""Module classes as values: what is known of the attributes, methods and `forward` of instances."""
