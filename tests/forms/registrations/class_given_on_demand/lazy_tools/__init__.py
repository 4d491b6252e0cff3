from importlib import import_module

_LAZY = {"Recorder": ".hooks"}


def __getattr__(name):
    if name not in _LAZY:
        raise AttributeError(name)
    module = import_module(_LAZY[name], __name__)
    value = getattr(module, name)
    globals()[name] = value
    return value
