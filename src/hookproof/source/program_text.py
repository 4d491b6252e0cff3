"""The Python text of a file of whichever kind: a module's own, or what a notebook's code cells make."""

from __future__ import annotations

from hookproof.source.text import decode, is_notebook


def program_text(data: bytes, path: str = "<source>") -> str:
    """Return the Python text of a file's bytes, each line ending as `decode` says.

    Raises `SourceError` where the bytes do not decode, and where a notebook is none.
    """
    if not is_notebook(path):
        return decode(data, path)
    from hookproof.source.notebook import notebook  # many trees have none

    return notebook(data, path).text
