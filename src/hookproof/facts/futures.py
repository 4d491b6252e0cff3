"""What torch says of the future of a way out of eager mode: nothing here is hookproof's own opinion."""

from __future__ import annotations

from hookproof.facts.versions import is_file, number

# Read off the warnings of 2.11.0, 2.14.1 and 2.15.0: the first version that gives each, newest first.
_OF_TORCHSCRIPT = (
    ("2.14", "torch warns that TorchScript is deprecated, and may break on Python 3.14 and later"),
    ("2.11", "torch deprecates TorchScript, and warns of it from 2.14 on"),
)


def future_of_torchscript(version: str | None) -> str | None:
    """Return what this torch says of TorchScript, None where it says nothing."""
    if version is None or is_file(version):
        return None
    own = number(version)
    return next((text for since, text in _OF_TORCHSCRIPT if number(since) <= own), None)
