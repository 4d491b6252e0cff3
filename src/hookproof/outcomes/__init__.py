"""Outcomes: one hook reaching one world, from every part of the project that is worth running."""
