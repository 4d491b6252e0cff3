class Registry:
    def __init__(self, name):
        self.name = name
        self._table = {}

    def register(self, name=None):
        def deco(cls):
            self._table[name or cls.__name__] = cls
            return cls

        return deco

    def get(self, name):
        return self._table[name]

    def build(self, cfg):
        cfg = dict(cfg)
        return self._table[cfg.pop("type")](**cfg)


MODELS = Registry("models")
