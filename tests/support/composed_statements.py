"""Statements of hooks, composed at random from typed expressions over the hook parameter `m`.

An expression is made of leaves, each of which may need an attribute or method of the hooked class, and of
forms that combine expressions of the same or other types.
"""

from __future__ import annotations

from typing import Literal

from choosing import Choose

Kind = Literal["int", "bool", "str", "Tensor"]

# What needs nothing stands under the empty name.
LEAVES: dict[Kind, tuple[tuple[str, str], ...]] = {
    "int": (
        ("", "1"),
        ("", "output.dim()"),
        ("", "output.size(0)"),
        ("count", "m.count"),
        ("fixed", "m.fixed"),
        ("fc", "m.fc.in_features"),
        ("names", "len(m.names)"),
        ("mixed", "len(m.mixed)"),
        ("cache", "len(m.cache)"),
        ("seen", "len(m.seen)"),
        ("table", 'm.table["a"]'),
        ("shape", "m.shape[0]"),
        ("parts", "len(m.parts)"),
        ("level", "m.level"),
        ("deep", "len(m.deep[0])"),
        ("settings", "m.settings.width"),
        ("counted", "m.counted(1)"),
        ("size", "m.size"),
        ("made", "m.made()"),
    ),
    "bool": (
        ("", "m.training"),
        ("", "output.dim() > 1"),
        ("nothing", "m.nothing is None"),
        ("maybe", "m.maybe is None"),
        ("flag", "m.flag"),
        ("fc", "isinstance(m.fc, nn.Linear)"),
        ("count", 'hasattr(m, "count")'),
    ),
    "str": (("", '"a"'), ("label", "m.label"), ("label", "m.label.upper()"), ("names", "m.names[0]")),
    "Tensor": (
        ("", "output"),
        ("", "input[0]"),
        ("gain", "m.gain"),
        ("offset", "m.offset"),
        ("fc", "m.fc(output)"),
        ("fc", "m.fc.weight"),
        ("act", "m.act(output)"),
        ("plain", "m.plain(output)"),
        ("doubled", "m.doubled(output)"),
    ),
}
COMBINED: dict[Kind, tuple[tuple[str, tuple[Kind, ...]], ...]] = {
    "int": (
        ("({} + {})", ("int", "int")),
        ("max({}, {})", ("int", "int")),
        ("({} if {} else {})", ("int", "bool", "int")),
        ("len([{}])", ("int",)),
    ),
    "bool": (
        ("(not {})", ("bool",)),
        ("({} and {})", ("bool", "bool")),
        ("({} > {})", ("int", "int")),
        ("({} == {})", ("str", "str")),
    ),
    "str": (("({} + {})", ("str", "str")), ("str({})", ("int",))),
    "Tensor": (
        ("({} + {})", ("Tensor", "Tensor")),
        ("torch.relu({})", ("Tensor",)),
        ("({} * {})", ("Tensor", "int")),
        ("({} if {} else {})", ("Tensor", "bool", "Tensor")),
    ),
}
SIMPLE: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("print({})", ("int",)),
    ("print({})", ("str",)),
    ("print({})", ("bool",)),
    ("print({}.dim())", ("Tensor",)),
    ("return {}", ("Tensor",)),
    ("output = {}", ("Tensor",)),
    ("value = {}\nprint(value)", ("int",)),
    ("a, b = {}, {}\nprint(a)", ("int", "str")),
    ("values = [{} for i in range(2)]\nprint(len(values))", ("int",)),
    ('print(f"""{{{}}}""")', ("int",)),
    ("assert {} or m is not None", ("bool",)),
)
ASSIGNED: tuple[tuple[str, str, tuple[Kind, ...]], ...] = (
    ("count", "m.count = {}", ("int",)),
    ("count", "m.count += {}", ("int",)),
    ("label", "m.label = {}", ("str",)),
    ("scale", "m.scale = {}", ("int",)),
    ("nothing", "m.nothing = {}", ("Tensor",)),
    ("maybe", "m.maybe = {}", ("Tensor",)),
    ("table", 'm.table["c"] = {}', ("int",)),
    ("names", "m.names.append({})", ("str",)),
    ("kept", "m.kept.append({})", ("Tensor",)),
    ("cache", "m.cache.append({})", ("int",)),
    ("offset", "m.offset = {}", ("Tensor",)),
    ("flag", "m.flag = {}", ("bool",)),
)
AROUND: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("if {}:\n", ("bool",)),
    ("for i in range(2):\n", ()),
    ("with torch.no_grad():\n", ()),
)


def statement(choose: Choose, has: frozenset[str], depth: int = 2) -> str:
    """Return a statement about a module whose class has these attributes and methods."""
    form = choose(("simple", "simple", "assigned", "around", "aliased"))
    if form == "around" and depth:
        header, kinds = choose(AROUND)
        inner = statement(choose, has, depth - 1)
        return _filled(choose, header, kinds, has) + "\n".join(f"    {line}" for line in inner.splitlines())
    if form == "aliased" and depth:
        return "n = m\n" + statement(choose, has, 0).replace("m.", "n.")
    possible = [option for option in ASSIGNED if option[0] in has]
    if form == "assigned" and possible:
        _, text, kinds = choose(possible)
        return _filled(choose, text, kinds, has)
    return _filled(choose, *choose(SIMPLE), has)


def _filled(choose: Choose, text: str, kinds: tuple[Kind, ...], has: frozenset[str]) -> str:
    return text.format(*(expression(choose, kind, has, 1) for kind in kinds))


def expression(choose: Choose, kind: Kind, has: frozenset[str], depth: int) -> str:
    """Return an expression of a type, preferring what speaks of the module."""
    if depth and choose((False, False, True)):
        text, kinds = choose(COMBINED[kind])
        return text.format(*(expression(choose, inner, has, depth - 1) for inner in kinds))
    own = [text for need, text in LEAVES[kind] if need in has]
    plain = [text for need, text in LEAVES[kind] if not need]
    return choose(own) if own and choose((True, True, False)) else choose(plain)
