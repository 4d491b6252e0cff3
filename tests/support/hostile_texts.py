"""Texts that a parser, a walk over a tree or a pattern may choke on: lines of a hook, and files."""

from __future__ import annotations

from collections.abc import Iterator

from hostile_programs import hostile_programs

PROGRAM = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def remember(module, input: tuple[torch.Tensor], output: torch.Tensor):
    LINE
    module.seen.append(output)


def export():
    model = Net()
    model.register_forward_hook(remember)
    return torch.jit.script(model)
"""
DEEP = "line 15: too deeply nested"
LONG = "more than 150,000"
INVALID = "invalid syntax"

# What repeats, with what stands before and behind it; 40 levels are code, 20,000 an attack.
_REPEATED = {
    "calls": ("z = x", "()", ""),
    "subscripts": ("z = output", "[0]", ""),
    "attributes": ("z = output", ".a", ""),
    "attributes of the module": ("z = module", ".a", ""),
    "calls of methods": ("z = module", ".a()", ""),
    "conditionals": ("z = ", "a if b else ", "1"),
    "sums": ("z = 1", "+1", ""),
    "sums of strings": ("z = ", "'a' + ", "'a'"),
    "products": ("z = 1", " * 2", ""),
    "matrix products": ("z = a", " @ a", ""),
    "shifts": ("z = 1", " << 1", ""),
    "divisions": ("z = 1", " // 1", ""),
    "bits": ("z = 1", " | 1", ""),
    "powers": ("z = ", "2**", "2"),
    "signs": ("z = ", "-", "1"),
    "signs with spaces": ("z = ", "- + ", "1"),
    "complements": ("z = ", "~", "1"),
    "nots": ("z = ", "not ", "1"),
    "ands": ("z = ", "a and ", "a"),
    "ors": ("z = ", "a or ", "a"),
    "comparisons": ("z = 1", " < 1", ""),
    "memberships": ("z = 1", " in a", ""),
    "identities": ("z = 1", " is a", ""),
    "lambdas": ("z = ", "lambda: ", "1"),
    "lambdas with defaults": ("z = ", "lambda a=1: ", "a"),
    "comprehensions": ("z = [0", " for a in b", "]"),
    "conditions of comprehensions": ("z = [0 for a in b", " if a", "]"),
    "fields": ("z = f'{", "-", "1}'"),
    "calls in fields": ("z = f'{x", "()", "}'"),
    "annotations": ("z: int", " | int", " = 1"),
    "slices": ("z = a", "[0:1]", ""),
    "keyword arguments": ("z = f", "(a=1)", ""),
    "conditions of asserts": ("assert ", "not ", "1"),
    "signs of a result": ("if z: return ", "-", "output"),
    "deleted": ("del a", ".b", ""),
    "assigned attributes": ("a", ".b", " = 1"),
    "raised": ("if z: raise a", ".b", ""),
    "called decorators": ("@a", "()", "\n    def g(): pass"),
}
# Brackets in each other, of which Python takes 200.
_NESTED = {
    "parentheses": ("(", "1", ")"),
    "lists": ("[", "1", "]"),
    "tuples": ("(", "1", ",)"),
    "sets": ("{", "1", "}"),
    "dicts": ("{1: ", "1", "}"),
    "arguments": ("f(", "1", ")"),
    "indices": ("a[", "1", "]"),
    "named": ("(a := ", "1", ")"),
    "lambdas in parentheses": ("(lambda: ", "1", ")"),
    "comprehensions in lists": ("[", "1", " for a in b]"),
    "generators": ("(", "1", " for a in b)"),
    "starred": ("[*", "a", "]"),
}
_LINES = {
    "long quoted annotation": (f"z: 'int{' | int' * 20_000}' = 1", ""),
    "bad unicode escape": (r'print("C:\users\me")', "line 15"),
    "bad name escape": (r'z = "\N{no such name}"', "line 15"),
    "bad hexadecimal escape": (r'z = "\x0"', "line 15"),
    "bad bytes escape": (r'z = b"\xZZ"', ""),
    "lone surrogate": (r'z = "\ud800"', ""),
    "null escape": (r'z = "\0"', ""),
    "invalid escape": (r'z = "\d\w"', ""),
    "huge number": (f"z = {'9' * 6000}", ""),
    "huge index": (f"z = module.a[{'9' * 6000}]", ""),
    "huge float": ("z = 1e999999", ""),
    "huge hexadecimal": (f"z = 0x{'f' * 9000}", ""),
    "power of powers": ("z = 10**10**10", ""),
    "huge shift": ("z = 1 << 10**10", ""),
    "long text made": ("z = 'a' * 10**10", ""),
    "long list made": ("z = [0] * 10**10", ""),
    "long range": ("z = list(range(10**10))", ""),
    "loop over a long range": ("for z in range(10**10): pass", ""),
    "endless loop": ("while True: z = 1", ""),
    "wide format": ("z = '%1000000000d' % 1", ""),
    "wider format": ("z = '{:1000000000}'.format(1)", ""),
    "wide field": ("z = f'{1:1000000000}'", ""),
    "string parts": ("z = " + "'a' " * 10_000, ""),
    "formatted parts": ("z = " + "f'{a}' " * 1_000, ""),
    "names in global": ("global " + ", ".join(f"a{n}" for n in range(2_000)), ""),
    "arguments of a call": (f"f({', '.join(['1'] * 5_000)})", ""),
    "keys": (f"z = {{{', '.join(f'{n}: {n}' for n in range(5_000))}}}", ""),
    "targets": (" = ".join(f"a{n}" for n in range(900)) + " = 1", ""),
    "statements on a line": ("; ".join(["z = 1"] * 3_000), ""),
    "too many statements": ("\n    ".join(["z = 1"] * 200_000), LONG),
    "branches": ("if a: pass" + "\n    elif a: pass" * 300, ""),
    "too many branches": ("if a: pass" + "\n    elif a: pass" * 20_000, "too deeply nested"),
    "handlers": ("try: pass" + "\n    except a: pass" * 300, ""),
    "decorators": ("\n    ".join(["@a"] * 300) + "\n    def g(): pass", ""),
    "loops": ("pass\n" + "".join(f"    {' ' * n}for a in b:\n" for n in range(19)) + " " * 30 + "pass", ""),
    "functions in functions": (
        "pass\n" + "".join(f"    {' ' * n}def g():\n" for n in range(60)) + " " * 90 + "pass",
        "",
    ),
    "classes in classes": (
        "pass\n" + "".join(f"    {' ' * n}class G:\n" for n in range(60)) + " " * 90 + "pass",
        "",
    ),
    "function that calls itself": ("remember(module, input, output)", ""),
    "list in itself": ("z = []; z.append(z); z[0][0].a", ""),
    "dict in itself": ("z = {}; z['a'] = z; z['a']['a'].b", ""),
    "module in itself": ("module.a = module; module.a.a.a", ""),
    "unclosed string": ("z = 'a", INVALID),
    "unclosed bracket": ("z = (", "line"),
    "unopened bracket": ("z = )", INVALID),
    "no operand": ("z = 1 +", INVALID),
    "old print": ("print 'a'", INVALID),
    "await in no coroutine": ("z = " + "await " * 50 + "x", ""),
    "stars": ("z = " + "*" * 3_000 + "x", ""),
    "form feed": ("z = 1\f", ""),
    "carriage return": ("z = 1\r", ""),
    "escape sequence": ("z = '\x1b[2J'", ""),
    "change of direction": ("z = '\u202e'", ""),
    "mark in the middle": ("z = '\ufeff'", ""),
    "zero width name": ("z\u200b = 1", "line"),
    "name beyond ASCII": ("größe = 1", ""),
    "spaces behind a type comment": (f"z = 1  # type:{' ' * 50_000}", ""),
    "tabs behind a type comment": (f"z = 1  # type:{chr(9) * 50_000}", ""),
    "spaces before a type comment": (f"z = 1  #{' ' * 50_000}type: int", ""),
    "type comments in one": (f"z = 1  {'# type:' * 10_000}", ""),
    "long ignored type": (f"z = 1  # type: ignore{' ' * 50_000}[a", ""),
    "codes of a noqa": (f"z = 1  # noqa: {'A1' * 20_000}", ""),
    "commas of a noqa": (f"z = 1  # noqa: HKP1{', ' * 20_000}", ""),
    "hashes": (f"z = 1  {'#' * 50_000}", ""),
    "quotes": ("z = " + "''" * 20_000, ""),
    "backslashes": ("z = 1 + \\\n" * 300 + "    1", ""),
    "long names": (f"z = {'a' * 100_000}", ""),
    "long attribute": (f"z = module.{'a' * 100_000}", ""),
    "underscores": (f"z = register_{'_' * 50_000}hook", ""),
    "spelled hooks": (f"z = '{'register_forward_hook(' * 3_000}'", ""),
    "imports": (f"z = '{'from torch.jit import (' * 3_000}'", ""),
}
_ENCODINGS = {
    **dict.fromkeys(("undefined", "punycode", "rot13", "hex", "base64", "zlib", "uu"), False),
    **dict.fromkeys(("idna", "unicode_escape", "raw_unicode_escape", "no-such", "utf-16", "utf-32"), None),
    **dict.fromkeys(
        ("utf-8-unix", "utf-8-dos", "UTF_8", "utf-8-sig", "latin-1-unix", "iso-8859-1-mac"), True
    ),
    **dict.fromkeys(("ascii", "cp1252", "iso8859-15", "koi8-r", "shift_jis", "gbk", "euc-jp", "big5"), True),
    **dict.fromkeys(("cp037", "utf-7", "hz", "iso2022_jp", "mbcs", "oem", "string", "-", "."), None),
}


def with_line(line: str) -> str:
    """Return the program whose hook has one more line."""
    return PROGRAM.replace("LINE", line)


def hostile_files() -> Iterator[tuple[str, bytes, str | None]]:
    """Yield the name of each attack, the file, and what the failure says of it.

    None where it may go either way; an empty text says that the file is analysed.
    """
    for name, (before, repeated, behind) in _REPEATED.items():
        for count, told in ((40, ""), (450, None), (20_000, "too deeply nested")):
            text = with_line(before + repeated * count + behind)
            yield f"{count} {name}", text.encode(), told
    for name, (opening, inner, closing) in _NESTED.items():
        for count, told in ((30, ""), (150, None), (5_000, "too deeply nested")):
            text = with_line(f"z = {opening * count}{inner}{closing * count}")
            yield f"{count} {name} in each other", text.encode(), told
    for name, (line, told) in _LINES.items():
        yield name, with_line(line).encode("utf-8", "surrogatepass"), told or None
    for encoding, is_taken in _ENCODINGS.items():
        told = {True: "", False: "cannot decode", None: None}[is_taken]
        yield f"coding {encoding}", f"# coding: {encoding}\n{with_line('pass')}".encode(), told
        marked = b"\xef\xbb\xbf" + f"# coding: {encoding}\n{with_line('pass')}".encode()
        is_utf = encoding.lower().replace("_", "-").startswith("utf-8")
        yield f"mark and coding {encoding}", marked, "" if is_utf else "cannot decode"
    for name, text in (*_whole_files(), *hostile_programs(with_line("pass"))):
        yield name, text.encode("utf-8", "surrogatepass"), None


def _whole_files() -> Iterator[tuple[str, str]]:
    for wrapped in ("tuple[{0}, {0}]", "dict[{0}, {0}]", "{0} | {0}", "'tuple[{0}, {0}]'"):
        aliases = "".join(f"A{n + 1} = {wrapped.format(f'A{n}')}\n" for n in range(40))
        program = (
            with_line("pass").replace("torch.Tensor]", "A40]").replace("output: torch.Tensor", "output: A40")
        )
        yield f"aliases {wrapped}", f"{program}\n\nA0 = torch.Tensor\n{aliases}"
    call = "m.register_forward_hook(remember)"
    yield "hooks on a line", with_line("pass") + f"\n\ndef f(m):\n    {'; '.join([call] * 500)}\n"
    yield "hooks in a function", with_line("pass") + "\n\ndef f(m):\n" + f"    {call}\n" * 500
    yield (
        "functions with hooks",
        with_line("pass") + "".join(f"\n\ndef f{n}(m):\n    {call}\n" for n in range(150)),
    )
    yield "only an opening", "register_forward_hook(" * 20_000
    yield "only imports", "from torch.jit import (\n" * 5_000
    yield "only quotes", 'register_forward_hook("""' * 5_001
    yield "finally behind a backslash", with_line("pass") + "\ntry:export()\n\\\nfinally:()\n"
    yield "cut in a class", with_line("pass").replace("self.seen = []", "self.seen = =")
    yield "cut in forward", with_line("pass").replace("return x", "return (")
    yield "bases in a circle", with_line("pass") + "\nclass A(B): pass\n\nclass B(A): pass\n\nNet = A\n"
    yield "import of itself", "from text import *\nimport text\n" + with_line("pass")
    yield "return outside of functions", with_line("pass") + "\nif export():\n    return\nexport()\n"
    yield "null", with_line("z = 1\0")
    yield "surrogates", with_line("z = '\ud800'")
