_TABLE = {}


def register(name):
    def wrap(obj):
        _TABLE[name] = obj
        return obj

    return wrap


def lookup(name):
    return _TABLE[name]
