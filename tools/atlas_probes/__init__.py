"""The probes that the atlas is made of."""
