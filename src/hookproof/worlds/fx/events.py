"""What fx does to hooks, as the listener says it and as rules ask for it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from hookproof.interpreter.proxy_questions import Wanted

Event: TypeAlias = Literal[
    "dropped by fx",
    "runs once under fx",
    "keeps a proxy",
    "takes a proxy for no tensor",
    "backward hook dropped by fx",
    "registered after fx",
    "registered on an inlined child",
]
Failure: TypeAlias = Literal[
    "branches on a proxy",
    "goes through a proxy",
    "asks a proxy for its length",
    "makes a number of a proxy",
    "counts up to a proxy",
    "formats a proxy",
    "sets an item of a proxy",
    "hooks a proxy",
    "makes an array of a proxy",
]

QUESTIONS: dict[Wanted, Failure] = {
    "branch": "branches on a proxy",
    "iteration": "goes through a proxy",
    "length": "asks a proxy for its length",
    "number": "makes a number of a proxy",
    "index": "counts up to a proxy",
    "text": "formats a proxy",
    "item": "sets an item of a proxy",
    "hook": "hooks a proxy",
    "array": "makes an array of a proxy",
}
