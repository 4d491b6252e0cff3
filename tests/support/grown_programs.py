"""Programs that grow: a kind of line, function, class or file, as often as is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import Template
from typing import NamedTuple

from hostile_texts import with_line

_HOOK = with_line("pass")


class Kind(NamedTuple):
    """What is repeated, and where: `$i` counts, `$j` is one more, `$n` how many there are.

    `first` and `last` stand around it, `model` is what makes the model; `count` is what is little of it.
    """

    where: str
    repeated: str
    count: int = 60
    first: str = ""
    last: str = ""
    model: str = "Net()"


KINDS = {
    # The body of the hook.
    "branches": Kind("hook", "if a$i: module.x$i"),
    "branches that choose the module": Kind(
        "hook", "if a$i: m = m.x\nelse: m = module", 60, "m = module", "m.y()"
    ),
    "branches that bind names": Kind("hook", "if a$i: m$i = module\nelse: m$i = input"),
    "early returns": Kind("hook", "if a$i: return"),
    "tests of classes": Kind("hook", "if isinstance(module, T$i): module.a$i"),
    "tests of attributes": Kind("hook", 'if hasattr(module, "a$i"): module.a$i.append(1)'),
    "either test": Kind("hook", 'if hasattr(module, "a$i") or hasattr(module, "b$i"): module.a$i.append(1)'),
    "asserts": Kind("hook", "assert module.a$i"),
    "conditional expressions": Kind("hook", "m = m if a$i else input", 60, "m = module", "m.seen.append(1)"),
    "conditional expressions in a tuple": Kind(
        "hook", "    module.a if a$i else module.b,", 60, "z = (", ")"
    ),
    "match statements": Kind(
        "hook", "match x$i:\n    case [module, *a]: module.y\n    case {'k': v, **r}: v.z"
    ),
    "cases": Kind("hook", "    case $i: module.a$i", 60, "match x:"),
    "loops": Kind("hook", "for m$i in module.children(): m$i.x"),
    "endless loops": Kind("hook", "while a$i:\n    m$i = module; m$i = m$i.x"),
    "handlers in a row": Kind("hook", "try: module.a$i()\nexcept E: module.b$i()\nfinally: module.c$i()", 20),
    "context managers": Kind("hook", "with c(module) as m$i: m$i.y"),
    "lists": Kind("hook", "l.append(module)", 60, "l = []", "for m in l: m.seen.append(1)"),
    "lists that double": Kind("hook", "l = l + l", 20, "l = [module]", "for m in l: m.seen.append(1)"),
    "tuples that double": Kind("hook", "t = (t, t)", 20, "t = module", "t[0][0][0].seen"),
    "texts that double": Kind("hook", "s = s + s", 20, "s = 'a'", "getattr(module, s)"),
    "dicts": Kind("hook", "d['$i'] = module; d['$i'].x", 60, "d = {}"),
    "set attributes": Kind("hook", 'setattr(module, "a$i", output)'),
    "global names": Kind("hook", "global g$i; g$i = module"),
    "named expressions": Kind("hook", "    (w$i := module),", 60, "z = [", "]; w0.x"),
    "formatted fields": Kind("hook", "    f'{module.a$i}'", 60, "z = (", ")"),
    "keyword arguments": Kind("hook", "    a$i=module,", 60, "f(", ")"),
    "starred arguments": Kind("hook", "    *a$i,", 60, "f(", "    module)"),
    "lambdas that call each other": Kind(
        "hook", "f$j = lambda m: f$i(m)", 30, "f0 = lambda m: m.x", "f$n(module)"
    ),
    "lambdas that call twice": Kind(
        "hook", "f$j = lambda m: (f$i(m), f$i(m))", 12, "f0 = lambda m: m.x", "f$n(module)"
    ),
    "inner functions": Kind("hook", "def f$j(m): return f$i(m)", 30, "def f0(m): return m.x", "f$n(module)"),
    "inner classes": Kind("hook", "class C$i:\n    def f(self): return module.x$i", 30),
    "comprehensions": Kind("hook", "z = [m.x$i for m in [module]]"),
    "generators of closures": Kind("hook", "z = (lambda: module.a$i for _ in x)"),
    "deleted": Kind("hook", "del module.a$i"),
    "augmented": Kind("hook", "module.a$i += output"),
    "yields": Kind("hook", "yield module.a$i"),
    "awaits": Kind("hook", "z = await module.a$i"),
    "unpacked": Kind("hook", "a$i, *b$i = module.c$i, module, 1"),
    "silenced": Kind("hook", "module.seen.append(output)  # noqa: HKP302"),
    "type comments": Kind("hook", "z = 1  # type: int"),
    "uses": Kind("hook", "module.seen.append(output)"),
    # What the hook calls.
    "helpers": Kind(
        "module",
        "def h$i(m):\n    h$j(m)\n    m.x$i",
        60,
        "def remember(module, input, output):\n    h0(module)",
    ),
    "helpers that call twice": Kind(
        "module",
        "def h$i(m):\n    h$j(m.a)\n    h$j(m.b)",
        10,
        "def remember(module, input, output):\n    h0(module)",
    ),
    "helpers with stars": Kind(
        "module",
        "def h$i(*a, **k):\n    return h$j(*a, **k)",
        60,
        "def remember(module, input, output):\n    h0(module)",
    ),
    "methods": Kind("class", "def p$i(self):\n    return self.p$j()", 60, "def p(self): return self.p0()"),
    "methods that call twice": Kind("class", "def p$i(self):\n    self.p$j()\n    return self.p$j()", 10),
    "properties": Kind("class", "@property\ndef p$i(self):\n    return self.p$j"),
    "decorators": Kind(
        "module", "@a$i", 60, "", "def remember(module, input, output):\n    module.seen.append(1)"
    ),
    "decorators of a class": Kind("module", "@a$i", 60, "", "class Other(Net): pass", "Other()"),
    "own decorators": Kind(
        "module",
        "@own",
        20,
        "def own(f):\n    def inner(*a, **k): return f(*a, **k)\n    return inner\n\n\n",
        "def remember(module, input, output):\n    module.seen.append(1)",
    ),
    "definitions of one name": Kind("module", "def remember(module, input, output):\n    module.x$i"),
    "conditional definitions": Kind("module", "if a$i:\n    def remember(module, input, output): module.x$i"),
    # Constructor and forward.
    "attributes": Kind("constructor", "self.a$i = []"),
    "submodules": Kind("constructor", "self.l$i = nn.Linear(1, 1)"),
    "branches of the constructor": Kind("constructor", "if a$i: self.b = []\nelse: self.b = None"),
    "registrations in the constructor": Kind("constructor", "self.register_forward_hook(remember)"),
    "buffers": Kind("constructor", 'self.register_buffer("b$i", torch.zeros(1))'),
    "statements of forward": Kind("forward", "x = x + $i"),
    "branches of forward": Kind("forward", "if x.a$i: x = x + 1"),
    "calls of parts": Kind("forward", "x = self.seen(x)"),
    # The program.
    "registrations": Kind("program", "model.register_forward_hook(remember)"),
    "registrations of unknown hooks": Kind(
        "module", "    m.register_forward_hook(h$i)", 100, "def g(m):", "", "Net()"
    ),
    "registrations on unknown parts": Kind(
        "module", "    m.p$i.register_forward_hook(lambda m, i, o: o + $i)", 60, "def g(m):", "", "Net()"
    ),
    "registrations under conditions": Kind("program", "if a$i: model.register_forward_hook(remember)"),
    "other models under conditions": Kind("program", "if a$i: model = Net()"),
    "settings under conditions": Kind("program", "if a$i: model.x = 1\nelse: model.x = 2"),
    "parts that are set": Kind(
        "program", 'model.c$i = nn.Linear(1, 1)\ngetattr(model, "c$i").register_forward_hook(remember)'
    ),
    "models": Kind("program", "n$i = Net(); n$i.register_forward_hook(remember); torch.jit.script(n$i)", 30),
    "models of one name": Kind(
        "program", "n = Net(); n.register_forward_hook(remember); torch.jit.script(n)"
    ),
    "models of own classes": Kind(
        "program",
        "class N$i(Net): pass\nn$i = N$i(); n$i.register_forward_hook(remember); torch.jit.script(n$i)",
        30,
    ),
    "parts and the whole": Kind(
        "program",
        "model.p$i = Net(); model.p$i.register_forward_hook(remember); torch.jit.script(model)",
        15,
    ),
    "inner functions that register twice": Kind(
        "program",
        "def f$j(m):\n    f$i(m)\n    return f$i(m)",
        12,
        "def f0(m): return m.register_forward_hook(remember)",
        "f$n(model)",
    ),
    "entry points": Kind("program", "torch.jit.script(model)"),
    "loops over modules": Kind("program", "for m in model.modules(): m.register_forward_hook(remember)"),
    "removals": Kind("program", "h$i = model.register_forward_hook(remember); h$i.remove()"),
    "lists of models": Kind(
        "program", "l = l + l", 20, "l = [model]", "for m in l: m.register_forward_hook(remember)"
    ),
    "numbers that grow": Kind("program", "s = s * s", 10, "s = 10", "if s: model.x = 1"),
    "names that grow": Kind("program", "s = s + s", 20, "s = 'a'", "setattr(model, s, 1)"),
    "names that are filled in": Kind("program", "s = f'{s}{s}'", 20, "s = 'a'", "setattr(model, s, 1)"),
    "partials": Kind(
        "program", "h = functools.partial(h)", 60, "h = remember", "model.register_forward_hook(h)"
    ),
    "closures as hooks": Kind(
        "program", "def k$i(module, input, output): module.a$i\nmodel.register_forward_hook(k$i)"
    ),
    "lambdas as hooks": Kind("program", "model.register_forward_hook(lambda *a: a$i)"),
    "functions that register": Kind("module", "def f$i(m):\n    m.register_forward_hook(remember)"),
    "functions that script": Kind(
        "module",
        "def f$i():\n    model = Net()\n    model.register_forward_hook(remember)"
        "\n    torch.jit.script(model)",
    ),
    "functions that make the model": Kind(
        "module", "def g$i():\n    return g$j()", 60, "", "def g$n(): return Net()", "g0()"
    ),
    "functions that pass the model": Kind(
        "module", "def g$i(m):\n    return g$j(m)", 60, "", "def g$n(m): return m", "g0(Net())"
    ),
    "functions in a circle": Kind(
        "module", "def g$i(m):\n    return g$j(m)", 60, "", "def g$n(m): return g0(m)", "g0(Net())"
    ),
    # Classes and names.
    "bases": Kind("module", "class C$j(C$i): pass", 60, "class C0(Net): pass", "", "C$n()"),
    "bases in a circle": Kind("module", "class C$i(C$j): pass", 60, "", "class C$n(C0): pass", "C0()"),
    "bases with constructors": Kind(
        "module",
        "class C$j(C$i):\n    def __init__(self):\n        super().__init__()\n        self.a$i = []",
        60,
        "class C0(Net): pass",
        "",
        "C$n()",
    ),
    "bases that meet again": Kind(
        "module",
        "class A$i(C$i): pass\nclass B$i(C$i): pass\nclass C$j(A$i, B$i): pass",
        20,
        "class C0(Net): pass",
        "",
        "C$n()",
    ),
    "parts of parts": Kind(
        "module",
        "class C$j(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.c = C$i()",
        30,
        "class C0(Net): pass",
        "",
        "C$n()",
    ),
    "two parts of parts": Kind(
        "module",
        "class C$j(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = C$i()\n        self.b = C$i()",
        10,
        "class C0(Net): pass",
        "",
        "C$n()",
    ),
    "subclasses with hooks": Kind(
        "module",
        "class C$i(Net):\n    def __init__(self):\n        super().__init__()\n"
        "        self.register_forward_hook(remember)",
    ),
    "other names": Kind("module", "N$j = N$i", 60, "N0 = Net", "", "N$n()"),
    "other names backwards": Kind("module", "N$i = N$j", 60, "", "N$n = Net", "N0()"),
    "wrapped names": Kind("module", "Net = wrap(Net)"),
    "exported names": Kind("module", '__all__ += ["a$i"]', 60, "__all__ = ['Net']"),
    "exported in a circle": Kind("module", "__all__ += __all__", 20, "__all__ = ['Net']"),
    "values of one name": Kind("module", "x = $i"),
    "form feeds": Kind("module", "\f"),
    "comments": Kind("module", "# register_forward_hook torch.jit.script"),
    "texts of the module": Kind("module", '"""register_forward_hook $i"""'),
    "annotated names": Kind("module", "T$i = T$j", 60, "", "T$n = torch.Tensor"),
}


def grown(name: str, count: int) -> dict[str, str]:
    """Return the files of one kind, with so many of what is repeated in it."""
    if name in _TREES:
        return dict(_TREES[name](count))
    kind = KINDS[name]
    lines = [_filled(kind.first, 0, count)]
    lines += [_filled(kind.repeated, number, count) for number in range(count)]
    lines.append(_filled(kind.last, count, count))
    text = "\n".join(line for part in lines if part for line in part.split("\n"))
    return {"m.py": _placed(kind.where, text, _filled(kind.model, 0, count))}


def _filled(text: str, number: int, count: int) -> str:
    return Template(text).substitute(i=number, j=number + 1, n=count)


def _placed(where: str, text: str, model: str) -> str:
    program = _HOOK.replace("model = Net()", f"model = {model}").replace(
        "import torch\n", "import functools\nimport torch\n", 1
    )
    match where:
        case "hook":
            return program.replace("    pass\n", f"{_indented(text, 4)}\n")
        case "class":
            return program.replace("    def forward", f"{_indented(text, 4)}\n\n    def forward").replace(
                "    pass\n", "    module.p0()\n"
            )
        case "constructor":
            return program.replace("        self.seen", f"{_indented(text, 8)}\n        self.seen")
        case "forward":
            return program.replace("        return x", f"{_indented(text, 8)}\n        return x")
        case "program":
            return program.replace("    return torch", f"{_indented(text, 4)}\n    return torch")
    return f"{program}\n\n{text}\n"


def _indented(text: str, columns: int) -> str:
    return "\n".join(" " * columns + line for line in text.split("\n"))


# --- trees of files ------------------------------------------------------------------------------------


def _imports_in_a_circle(count: int) -> Iterator[tuple[str, str]]:
    yield "m.py", f"from m0 import Other\n{_HOOK.replace('= Net()', '= Other()')}"
    yield from ((f"m{n}.py", f"from m{(n + 1) % count} import Other, remember\n") for n in range(count))


def _stars_in_a_circle(count: int) -> Iterator[tuple[str, str]]:
    yield "m.py", f"from m0 import *\n{_HOOK.replace('= Net()', '= Other()')}"
    yield from ((f"m{n}.py", f"from m{(n + 1) % count} import *\nx{n} = 1\n") for n in range(count))


def _stars(count: int) -> Iterator[tuple[str, str]]:
    stars = "".join(f"from m{n} import *\n" for n in range(count))
    yield "m.py", stars + _HOOK.replace("model = Net()", "x0(); model = Net()")
    yield from ((f"m{n}.py", f"def x{n}(): return {n}\n") for n in range(count))


def _stars_of_all(count: int) -> Iterator[tuple[str, str]]:
    yield "p/__init__.py", "".join(f"from .m{n} import *\n" for n in range(count))
    for n in range(count):
        yield f"p/m{n}.py", f"from p import *\n{_HOOK.replace('Net', f'Net{n}')}"


def _files(count: int) -> Iterator[tuple[str, str]]:
    yield from ((f"m{n}.py", _HOOK) for n in range(count))


def _callers(count: int) -> Iterator[tuple[str, str]]:
    yield "m.py", _HOOK
    yield from ((f"c{n}.py", "from m import export\n\n\ndef g():\n    export()\n") for n in range(count))


def _files_that_pass_on(count: int) -> Iterator[tuple[str, str]]:
    yield "m.py", f"from m0 import f0\n{_HOOK.replace('= Net()', '= f0(Net())')}"
    for n in range(count):
        called = f"from m{n + 1} import f{n + 1}\n\n\ndef f{n}(m):\n    m.register_forward_hook(h)\n"
        yield f"m{n}.py", f"{called}    return f{n + 1}(m)\n"
    yield f"m{count}.py", f"def f{count}(m): return m\n"


def _folders_in_folders(count: int) -> Iterator[tuple[str, str]]:
    yield from (("p/" * n + "__init__.py", "") for n in range(1, count))
    yield "p/" * count + "m.py", _HOOK


def _relative_imports(count: int) -> Iterator[tuple[str, str]]:
    yield "p/__init__.py", ""
    yield "m.py", f"from p.m0 import Other\n{_HOOK.replace('= Net()', '= Other()')}"
    yield from ((f"p/m{n}.py", f"from .m{n + 1} import Other\n") for n in range(count))
    yield f"p/m{count}.py", _HOOK + "\n\nOther = Net\n"


_TREES = {
    "imports in a circle": _imports_in_a_circle,
    "star imports in a circle": _stars_in_a_circle,
    "star imports": _stars,
    "star imports of all by all": _stars_of_all,
    "files": _files,
    "files that call": _callers,
    "files that pass the model on": _files_that_pass_on,
    "folders in folders": _folders_in_folders,
    "relative imports": _relative_imports,
}
_COUNT_OF_FILES = 15


def counts() -> Iterable[tuple[str, int]]:
    """Return each kind with how many of it are little."""
    return [
        *((name, kind.count) for name, kind in KINDS.items()),
        *((name, _COUNT_OF_FILES) for name in _TREES),
    ]
