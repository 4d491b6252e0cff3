"""Repairs: what to write in the place of what a finding flags, as edits that leave every other byte alone.

A rule that knows the right text gives its fix itself. All others are found here in the concrete tree, which
is read only where there is a finding that a repair may be for.
"""
