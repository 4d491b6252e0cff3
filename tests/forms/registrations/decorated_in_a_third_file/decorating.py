from decorating_hooks import attach


def watched(build):
    def inner():
        model = build()
        attach(model)
        return model

    return inner
