from __future__ import annotations

import ast
import pickle
import random
import symtable
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hookproof.source.text import SourceError, decode, read
from hookproof.syntax.binding import TopLevelNames
from hookproof.syntax.logical_lines import logical_lines
from hookproof.syntax.outline import Outline, cut, outline
from hookproof.syntax.quick_lines import quick_lines
from hookproof.syntax.source_file import SourceFile


def stdlib_sample(count: int) -> list[Path]:
    """Return the same files on every run, up to `count`, those with the oddest syntax always among them."""
    root = Path(sysconfig.get_paths()["stdlib"])
    found = sorted(p for p in root.glob("*.py")) + sorted((root / "asyncio").glob("*.py"))
    odd = [root / name for name in ("dataclasses.py", "typing.py", "pydoc.py", "imaplib.py", "inspect.py")]
    others = [path for path in found if path not in odd]
    return sorted(odd + random.Random(0).sample(others, min(count - len(odd), len(others))))


def parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def expected_definitions(text: str) -> list[tuple[str, str, int]]:
    """Top-level functions and classes and their methods as `ast` sees them: kind, name, first line."""
    found = []
    for node in parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            kind = "class" if isinstance(node, ast.ClassDef) else "def"
            found.append((kind, node.name, first_line(node)))
            if isinstance(node, ast.ClassDef):
                found += expected_methods(node, "")
    return found


def expected_methods(cls: ast.ClassDef, within: str) -> Iterator[tuple[str, str, int]]:
    """Yield the methods of a class and of the classes in it that have names of their own."""
    inner = [child.name for child in cls.body if isinstance(child, ast.ClassDef)]
    for child in cls.body:
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield "method", f"{within}{child.name}", first_line(child)
        elif isinstance(child, ast.ClassDef) and inner.count(child.name) == 1:
            yield from expected_methods(child, f"{within}{child.name}.")


def first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def definitions(found: Outline) -> list[tuple[str, str, int]]:
    return [
        (b.kind, f"{b.within}.{b.name}" if b.within else b.name, b.line)
        for b in found.blocks
        if b.kind in ("def", "class", "method")
    ]


@pytest.mark.parametrize("path", stdlib_sample(60), ids=lambda path: path.name)
def test_outline_agrees_with_the_parser(path: Path) -> None:
    text = decode(read(path))
    found = outline(text)
    assert definitions(found) == expected_definitions(text)

    top = [block for block in found.blocks if block.owner is None]
    assert "".join(text[block.start : block.end] for block in top) == text[top[0].start :]
    assert all(b.line == text.count("\n", 0, b.start) + 1 for b in found.blocks)
    assert [b.line for b in top[1:]] == [b.end_line + 1 for b in top[:-1]]
    statements = []
    for block in top:
        statements += parse(text[block.start : block.end]).body
    assert [ast.dump(s) for s in statements] == [ast.dump(s) for s in parse(text).body]

    table = symtable.symtable(text, str(path), "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    bound -= {"__conditional_annotations__"} | only_in_comprehensions(parse(text))
    assert bound <= TopLevelNames(text, found.blocks).all()


def only_in_comprehensions(tree: ast.Module) -> set[str]:
    """Return names that only comprehensions bind: from 3.12 on, symtable has them among the module's."""
    inside, elsewhere = set[str](), set[str]()
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:
        node, is_target = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue  # a scope of its own
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            (inside if is_target else elsewhere).add(node.id)
        for name, value in ast.iter_fields(node):
            parts = [
                part for part in (value if isinstance(value, list) else [value]) if isinstance(part, ast.AST)
            ]
            is_bound = is_target or (isinstance(node, ast.comprehension) and name == "target")
            pending += [(part, is_bound) for part in parts]
    return inside - elsewhere


# Each text cuts into the given (kind, name, line, end line).
CUTS = {
    "decorators and comments": (
        "# first\n@a\n\n# between\n@b(\n1)\ndef f(): pass\n# after\n\nx = 1\n",
        [("def", "f", 2, 9), ("code", "", 10, 10)],
    ),
    "one line": ("class A: pass\ndef f(): pass\nasync def g(): pass\n", "class A 1, def f 2, def g 3"),
    "a string at column 0": (
        'def f():\n    """\ndef g():\n    pass\n"""\ndef h(): pass\n',
        [("def", "f", 1, 5), ("def", "h", 6, 6)],
    ),
    "brackets at column 0": ("x = [\n'(',\n1,\n]\ndef f(\na,\n): pass\n", "code 1, def f 5"),
    "a continuation at column 0": ("x = 1 + \\\n2\ndef f(): pass\n", "code 1, def f 3"),
    "tabs": ("class A:\n\tdef f(self):\n\t\tpass\n\tx = 1\n", "class A 1, method f 2"),
    "a form feed": ("x = 1\n\fclass A:\n    def f(self): pass\n", "code 1, class A 2, method f 3"),
    "semicolons": ("import a; x = 1\ny = 2; z = 3\n", "import 1, code 2"),
    "clauses": ("try:\n    x = 1\nexcept A:\n    pass\nelse:\n    pass\nfinally:\n    pass\n", "code 1"),
    "imports run together": (
        "import a\n\n# why\nfrom b import (\nc)\nx = 1\nimport d\n",
        "import 1, code 6, import 7",
    ),
    "a method in a branch": (
        "class A:\n    if x:\n        def f(self): pass\n    def g(self): pass\n",
        "class A 1, method g 4",
    ),
    "a nested class": (
        "class A:\n    class B:\n        def f(self): pass\n    @x\n    def g(self): pass\n    y = 1\n",
        "class A 1, method f 3, method g 4",
    ),
    "nested classes of one name": (
        "class A:\n    class B:\n        def f(self): pass\n    class B:\n        def g(self): pass\n",
        "class A 1",
    ),
    "a class in a class in a class": (
        "class A:\n  class B(\n    X\n  ):\n    class C: pass\n    @x\n    class D:\n"
        "      def f(self): pass\n    def g(self): pass\n  def h(self): pass\n",
        "class A 1, method f 8, method g 9, method h 10",
    ),
    "quotes in a formatted string": (
        """def f(): return f"{a["("]}" + f'{x!r:">{w}}' + rf'{{("' + f'''{
d['[']}'''\ndef g(): pass\n""",
        "def f 1, def g 3",
    ),
    "a string after a keyword that ends in f": (
        'def f(): return 1 if"{"else 2\ndef g(): pass\n',
        "def f 1, def g 2",
    ),
    "comments in brackets": ("x = [  # ( '''\n]\ndef f(): pass\n", "code 1, def f 3"),
    "an escaped quote": ("x = '\\'('\ndef f(): pass\n", "code 1, def f 2"),
    "no last newline": ("def f():\n    pass", "def f 1"),
    "nothing": ("# only a comment\n\n", ""),
    "names that start like keywords": (
        "classes = 1\ndefault = 2\nimported = 3\nelsewhere = 4\n",
        "code 1, code 2, code 3, code 4",
    ),
}


@pytest.mark.parametrize(("text", "expected"), CUTS.values(), ids=CUTS)
def test_cuts(text: str, expected: str | list[tuple[str, str, int, int]]) -> None:
    blocks = outline(text).blocks
    if isinstance(expected, str):
        assert ", ".join(" ".join(f"{b.kind} {b.name} {b.line}".split()) for b in blocks) == expected
    else:
        assert [(b.kind, b.name, b.line, b.end_line) for b in blocks] == expected


BINDINGS = {
    "import a.b, c as d": "a d",
    "from a import (b as c,  # (no :)\n  d,)\nfrom e import *": "c d *",
    "from a \\\n import b, \\\n c": "b c",
    "try:\n    import a\nexcept E as e:\n    a = None": "a e",
    "x = y = 1": "x y",
    "x: int": "x",
    "x: Dict[int, int] = {}": "x",
    "a, (b, *c) = 1, 2": "a b c",
    "(a, b), c = 1, 2": "a b c",
    "[a, b] = 1, 2": "a b",
    "x += 1; y = 2": "x y",
    "if c: a, b = 1, 2": "a b",
    "if c:\n    x: int = 3\nelse: y: int = 4": "x y",
    "for i, (j, k) in z:\n    pass": "i j k",
    "with a as (b, c), d as e: pass": "b c e",
    "if (n := 1): pass": "n",
    "print(n := 1)": "n",
    "while x:\n    def f(): pass\n    class C: pass": "f C",
    "def f():\n    global g\n    g = 1": "f g",
    "class A:\n    def f(self):\n        global g, h\n        g = 1": "A g h",
    "match x:\n    case {'a': [b, *c], **d} if b: pass\n    case P(y=z) | z as w: pass": "b c d z w",
}


@pytest.mark.parametrize(("text", "names"), BINDINGS.items())
def test_binds(text: str, names: str) -> None:
    bound = TopLevelNames(text, outline(text).blocks)
    assert set(names.split()) <= bound.all()
    assert all(bound.blocks(name) for name in names.split())


def test_binds_names_every_block_that_may_bind() -> None:
    text = "import a\nx = 1\na = 2\ndef a(): pass\nx: int = 3\n"
    bound = TopLevelNames(text, outline(text).blocks)
    assert bound.blocks("a") == (0, 2, 3)
    assert bound.blocks("x") == (1, 4)
    assert bound.blocks("int") == ()


def test_outline_survives_pickle_and_msgpack() -> None:
    found = outline("class A:\n    def f(self): pass\nx = 1\n")
    assert pickle.loads(pickle.dumps(found)) == found
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Outline) == found


@pytest.mark.parametrize(
    "text", ["x = (", "def f(:\n'", '"""', "f'{", "f'{x!r:", ")))\ndef f(): pass", "@a\n", "class", "\\"]
)
def test_broken_files_have_an_outline(text: str) -> None:
    assert "".join(text[b.start : b.end] for b in outline(text).blocks if b.owner is None) == text


def test_brackets_beyond_what_python_reads_are_refused() -> None:
    def parse_second_line(brackets: int) -> None:
        text = "x = 1\ny = " + "(" * brackets + "1" + ")" * brackets
        SourceFile("a.py", "a", text).block(1)

    parse_second_line(200)
    with pytest.raises(SourceError, match=r"^cannot parse a\.py: line 2: too deeply nested$"):
        parse_second_line(202)


@pytest.mark.parametrize("path", stdlib_sample(200), ids=lambda path: path.name)
def test_the_quick_search_cuts_where_the_tokens_do(path: Path) -> None:
    assert_cut_alike(decode(read(path)))


@pytest.mark.parametrize(("text", "expected"), CUTS.values(), ids=CUTS)
def test_the_quick_search_is_not_fooled(text: str, expected: object) -> None:
    assert_cut_alike(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = [\n" + "1,\n" * 100 + "]\ny = 2\n",
        "x = '(' + [\n1, ')',\n]\ny = 2\n",
        "class A:\n    x = [\n    1,\n    2,\n    ]\n    def f(self): pass\n",
        "class A(\n    B,\n):\n    '''\n    def f(self): pass\n    '''\n    def g(self): pass\n",
        "x = 1  # '''\ndef f(): pass  # \"\ny = \"'''\"\n",
        "def f():\n    r'''\\''''''\nx = 1\n",
    ],
)
def test_brackets_and_strings_at_column_0(text: str) -> None:
    assert_cut_alike(text)


def assert_cut_alike(text: str) -> None:
    """Compare the blocks of the quick search, where it has no doubt, with those of all tokens."""
    quick = quick_lines(text)
    if quick is not None:
        assert cut(text, quick) == cut(text, list(logical_lines(text, "a.py")))


def test_the_quick_search_seldom_doubts() -> None:
    texts = [decode(read(path)) for path in stdlib_sample(200)]
    assert sum(quick_lines(text) is None for text in texts) < len(texts) / 20
