"""Modules as they are at one point of a program: their class, their hooks, the parts that they have."""
