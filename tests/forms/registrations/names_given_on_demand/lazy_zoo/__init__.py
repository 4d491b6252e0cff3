import importlib

_where = {"build": "lazy_zoo.models", "watch": "lazy_zoo.hooks"}


def __getattr__(name):
    if name in _where:
        return getattr(importlib.import_module(_where[name]), name)
    raise AttributeError(name)
