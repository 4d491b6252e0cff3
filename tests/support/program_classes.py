"""The hooked classes of random programs: kinds of attributes, methods and decorators, inheritance."""

from __future__ import annotations

from dataclasses import dataclass

from choosing import Choose


@dataclass(frozen=True)
class Attribute:
    """An attribute of the hooked class: how it is set, and what hooks do with it (`m` is the module).

    A setting that is a whole statement speaks of `self`; one of the class stands in the class body.
    """

    setting: str
    uses: tuple[str, ...]
    annotation: str = ""
    is_of_class: bool = False


ATTRIBUTES = {
    "count": Attribute(
        "0", ("print(m.count)", "m.count += 1", "m.count = 2", 'm.count = "two"', "m.count = m.count + 1")
    ),
    "scale": Attribute("1.5", ("return output * m.scale", "m.scale = 2.0", "print(m.scale > 1)")),
    "label": Attribute('"a"', ("print(m.label)", 'm.label = "b"', "print(m.label.upper())")),
    "names": Attribute('["a"]', ("print(len(m.names))", 'm.names.append("b")', "print(m.names[0])")),
    "mixed": Attribute('[1, "a"]', ("print(len(m.mixed))",)),
    "cache": Attribute("[]", ("m.cache.append(output)", "print(len(m.cache))")),
    "kept": Attribute("[]", ("m.kept.append(output)", "print(len(m.kept))"), "List[Tensor]"),
    "table": Attribute('{"a": 1}', ('print(m.table["a"])', 'm.table["b"] = 2')),
    "lookup": Attribute("{}", ('m.lookup["x"] = output',)),
    "found": Attribute("{}", ('m.found["x"] = 1', "print(len(m.found))"), "Dict[str, int]"),
    "nothing": Attribute("None", ("print(m.nothing is None)", "m.nothing = output")),
    "maybe": Attribute("None", ("m.maybe = output", "print(m.maybe is None)"), "Optional[Tensor]"),
    "marker": Attribute("object()", ("print(m.marker is None)",)),
    "seen": Attribute("{1, 2}", ("print(len(m.seen))", "m.seen.add(3)")),
    "act": Attribute("torch.relu", ("return m.act(output)",)),
    "pick": Attribute("lambda x: x", ("return m.pick(output)",)),
    "shape": Attribute("(1, 2)", ("print(m.shape[0])", "a, b = m.shape")),
    "gain": Attribute("nn.Parameter(torch.ones(2))", ("return output * m.gain", "print(m.gain.shape[0])")),
    "offset": Attribute('BUFFER("offset")', ("return output + m.offset", "m.offset = output")),
    "fc": Attribute(
        "nn.Linear(2, 2)",
        (
            "return m.fc(output)",
            "print(m.fc.in_features)",
            "print(m.fc.weight.shape[0])",
            "print(m.fc.nothing)",
        ),
    ),
    "parts": Attribute(
        "nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])",
        ("print(len(m.parts))", "for part in m.parts:\n    output = part(output)\nreturn output"),
    ),
    "fixed": Attribute("3", ("print(m.fixed)", "m.fixed = 4"), "Final[int]"),
    "level": Attribute("3", ("print(m.level)", "m.level = 4"), is_of_class=True),
    "flag": Attribute("True", ("print(m.flag)", "m.flag = False", "m.flag = 1")),
    "deep": Attribute("[[1], [2, 3]]", ("print(len(m.deep[0]))", "m.deep.append([4])")),
    "pair": Attribute('(1, "a")', ("a, b = m.pair\nprint(b)", "print(m.pair[0])")),
    "kind": Attribute("torch.float32", ("return output.to(m.kind)", "print(m.kind == torch.float32)")),
    "place": Attribute('torch.device("cpu")', ("return output.to(m.place)",)),
    "settings": Attribute("Settings(2)", ("print(m.settings.width)", "m.settings.width = 3")),
    "options": Attribute("Plain()", ("print(m.options is None)", "print(m.options.width)")),
    "made_of": Attribute("nn.Linear", ("print(m.made_of is None)",)),
    "measured": Attribute("measure", ("print(m.measured(output))",)),
    "constant": Attribute("torch.ones(2)", ("return output * m.constant", "m.constant = output")),
    "named_parts": Attribute(
        'nn.ModuleDict({"a": nn.Linear(2, 2)})',
        ('return m.named_parts["a"](output)', "for name in m.named_parts:\n    print(name)"),
    ),
    "weights": Attribute(
        "nn.ParameterList([nn.Parameter(torch.ones(2))])",
        ("return output * m.weights[0]", "for weight in m.weights:\n    print(weight.dim())"),
    ),
    "told": Attribute("self.told: Optional[Tensor] = None", ("m.told = output", "print(m.told is None)")),
    "some": Attribute("if len(sys.argv) < 99: self.some = 1", ("print(m.some)",)),
    "gone": Attribute("self.gone = 1; del self.gone", ('print(hasattr(m, "gone"))',)),
    "_hidden": Attribute("1", ("print(m._hidden)", "m._hidden = 2")),
    "__marked__": Attribute("1", ("print(m.__marked__)", "m.__marked__ = 2")),
}

METHODS = {
    "plain": ("def plain(self, x: Tensor) -> Tensor:\n    return x + 1", "return m.plain(output)"),
    "untyped": ("def untyped(self, x):\n    return x + 1", "return m.untyped(output)"),
    "counted": ("def counted(self, n: int) -> int:\n    return n", "print(m.counted(1))"),
    "wrong": ("def wrong(self, n: int) -> int:\n    return n", "print(m.wrong(output))"),
    "guarded": (
        "def guarded(self, x: Tensor):\n    try:\n        return x\n    except ValueError:\n        raise",
        "return m.guarded(output)",
    ),
    "starred": ("def starred(self, *x: Tensor) -> Tensor:\n    return x[0]", "return m.starred(output)"),
    "shown": ('def shown(self, n: int) -> str:\n    return f"{n!r}"', "print(m.shown(1))"),
    "debug": (
        "@torch.jit.unused\ndef debug(self, x: Tensor) -> Tensor:\n    return x",
        "return m.debug(output)",
    ),
    "note": ("@torch.jit.ignore\ndef note(self, n: int) -> int:\n    return n", "print(m.note(1))"),
    "doubled": (
        "@torch.jit.export\ndef doubled(self, x: Tensor) -> Tensor:\n    return x * 2",
        "return m.doubled(output)",
    ),
    "size": ("@property\ndef size(self) -> int:\n    return 2", "print(m.size)"),
    "opaque": (
        '__jit_unused_properties__ = ["opaque"]\n\n@property\ndef opaque(self):\n    return {1}',
        "print(m.opaque)",
    ),
    "fixed_one": (
        "@staticmethod\ndef fixed_one(x: Tensor) -> Tensor:\n    return x",
        "return m.fixed_one(output)",
    ),
    "made": ("@classmethod\ndef made(cls) -> int:\n    return 1", "print(m.made())"),
    "wrapped": (
        "@traced_calls\ndef wrapped(self, x: Tensor) -> Tensor:\n    return x",
        "return m.wrapped(output)",
    ),
    "graceful": (
        "@torch.no_grad()\ndef graceful(self, x: Tensor) -> Tensor:\n    return x",
        "return m.graceful(output)",
    ),
    "outer": (
        "def outer(self, x: Tensor) -> Tensor:\n    return self.inner(x)\n\n"
        "def inner(self, x: Tensor) -> Tensor:\n    return x + 1",
        "return m.outer(output)",
    ),
    "outer_bad": (
        "def outer_bad(self, x: Tensor) -> Tensor:\n    return self.inner_bad(x)\n\n"
        "def inner_bad(self, x: Tensor) -> Tensor:\n    return next(iter([x]))",
        "return m.outer_bad(output)",
    ),
    "level_of": (
        "@property\ndef level_of(self) -> int:\n    return 1\n\n"
        "@level_of.setter\ndef level_of(self, value: int) -> None:\n    print(value)",
        "m.level_of = 2",
    ),
}


def chosen(choose: Choose, options: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Return up to `count` of the options, each once."""
    return tuple(dict.fromkeys(choose(options) for _ in range(choose(tuple(range(count + 1))))))


SHAPES = ("own", "own", "inherited", "called", "overridden", "mixed in", "twice inherited")


def classes(
    choose: Choose, names: tuple[str, ...], methods: tuple[str, ...], method: str, has_scale: bool
) -> str:
    """Return the hooked class `Part`: where its attributes and methods come from is chosen too."""
    annotations = [f"    {n}: {ATTRIBUTES[n].annotation}" for n in names if ATTRIBUTES[n].annotation]
    annotations += [f"    {n} = {ATTRIBUTES[n].setting}" for n in names if ATTRIBUTES[n].is_of_class]
    setting = [_setting(n) for n in names if not ATTRIBUTES[n].is_of_class]
    body = [line for n in methods for line in ["", *indented(METHODS[n][0])]]
    body += ["", *indented(method)] if method else []
    scale = ", scale: float = 1.0" if has_scale else ""
    forward = ["", f"    def forward(self, x: Tensor{scale}) -> Tensor:", "        return x + 1"]
    init = ["    def __init__(self):", "        super().__init__()"]
    base = ["class Base(nn.Module):", *annotations, *init, *setting, *body, *forward]
    match choose(SHAPES):
        case "inherited":
            lines = [*base, "", "", "class Part(Base):", "    pass"]
        case "twice inherited":
            lines = [*base, "", "", "class Middle(Base):", *init, "        self.middle = 1"]
            lines += ["", "", "class Part(Middle):", *init, "        self.last = 1"]
        case "overridden":
            lines = [
                *base,
                "",
                "",
                "class Part(Base):",
                *init,
                *(_overridden(n) for n in names[:1] if not ATTRIBUTES[n].annotation),
            ]
        case "mixed in":
            lines = ["class Mixin:", *(body or ["    pass"]), "", ""]
            lines += ["class Part(Mixin, nn.Module):", *annotations, *init, *setting, *forward]
        case "called" if setting:
            init += ["        self.build()", "", "    def build(self):"]
            lines = ["class Part(nn.Module):", *annotations, *init, *setting, *body, *forward]
        case _:
            lines = ["class Part(nn.Module):", *annotations, *init, *setting, *body, *forward]
    return "\n".join(lines)


def _setting(name: str) -> str:
    setting = ATTRIBUTES[name].setting
    if setting.startswith("BUFFER"):
        return f'        self.register_buffer("{name}", torch.ones(2))'
    return f"        {setting}" if "self." in setting else f"        self.{name} = {setting}"


def _overridden(name: str) -> str:
    """Return what the subclass sets again: mostly a value of another type."""
    return f"        self.{name} = {'1.5' if ATTRIBUTES[name].setting == '0' else '0'}"


def indented(text: str) -> list[str]:
    """Return the lines of a text, one level deeper."""
    return [f"    {line}" if line else "" for line in text.splitlines()]
