"""Findings checked against the installed torch."""
