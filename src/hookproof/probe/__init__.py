"""What one torch does, found by doing it: runs in the interpreter that has this torch, from Python 3.8 on.

Standard library and torch only. Nothing outside this package is imported: its files are run by path, under
another name (`ASK` of `hookproof.facts.measuring`).
"""
