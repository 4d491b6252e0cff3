from table_of_hooks import hook


@hook("shape")
def show(m, i, o):  # HKP204
    print(o.shape)


@hook("nan")
def check(m, i, o):
    assert not o.isnan().any()
