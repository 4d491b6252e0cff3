import recorded_again  # noqa: F401
