MODELS = {}


def register(cls):
    MODELS[cls.__name__.lower()] = cls
    return cls


def create(name, **kw):
    return MODELS[name](**kw)
