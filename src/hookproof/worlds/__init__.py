"""Worlds: the ways to leave eager mode, and what becomes of hooks in them."""
