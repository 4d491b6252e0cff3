"""Findings put to real torch."""
