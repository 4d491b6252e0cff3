"""The module classes of a project: their bodies, constructors and signatures, read."""
