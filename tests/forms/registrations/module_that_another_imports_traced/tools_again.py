import recording  # noqa: F401
