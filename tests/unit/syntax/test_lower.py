from __future__ import annotations

import ast
import pickle
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile
from test_outline import parse, stdlib_sample


def source(text: str | bytes) -> SourceFile:
    return SourceFile("a.py", "a", text)


def all_facts(file: SourceFile) -> tuple[ir.Stmt, ...]:
    return tuple(s for block in file.outline.blocks for s in file.block(block.index))


def nodes(facts: Any) -> Iterator[msgspec.Struct]:
    """Yield every node in and below `facts`."""
    pending = [facts]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending += reversed(node)
        elif isinstance(node, msgspec.Struct):
            yield node
            pending += [getattr(node, name) for name in reversed(node.__struct_fields__)]


def lowered_locations(file: SourceFile) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for node in nodes(all_facts(file)):
        if isinstance(node, ir.Name):
            found.add(("name", node.id, *file.location(node.at)))
        elif isinstance(node, ir.Attribute):
            found.add(("attribute", node.attr, *file.location(node.at)))
        elif isinstance(node, ir.Call):
            found.add(("call", len(node.args), *file.location(node.at)))
        elif isinstance(node, ir.Define):
            found.add(("def", node.function.name, *file.location(node.function.at)[:2]))
        elif isinstance(node, ir.Constant) and node.kind in ("str", "int", "float"):
            found.add(("constant", repr(node.value), *file.location(node.at)))
    return found


class Expected(ast.NodeVisitor):
    """The same from `ast`, without what the facts leave out: most patterns, the cause of a `raise`."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.found: set[tuple[object, ...]] = set()
        self.visit(parse(text))

    def column(self, line: int, offset: int) -> int:
        return len(self.lines[line - 1].encode()[:offset].decode()) + 1

    def add(self, kind: str, what: object, node: ast.expr) -> None:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = (node.lineno, self.column(node.lineno, node.col_offset))
        self.found.add(
            (kind, what, *start, node.end_lineno, self.column(node.end_lineno, node.end_col_offset))
        )
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self.add("name", node.id, node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.add("attribute", node.attr, node)

    def visit_Call(self, node: ast.Call) -> None:
        self.add("call", len(node.args) + len(node.keywords), node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.found.add(("def", node.name, node.lineno, self.column(node.lineno, node.col_offset)))
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, str):
            self.add("constant", repr(value if _encodes(value) else None), node)
        elif _is_number(value):
            fits = isinstance(value, float) or abs(value) < 1 << 63  # type: ignore[arg-type]
            self.add("constant", repr(value if fits else None), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        operand = node.operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and _is_number(operand.value):
            folded = ast.copy_location(ast.Constant(-operand.value), node)  # type: ignore[operator]
            self.visit_Constant(folded)
        else:
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self.visit(value.value)
                if isinstance(value.format_spec, ast.JoinedStr):
                    self.visit_JoinedStr(value.format_spec)

    def visit_match_case(self, node: ast.match_case) -> None:
        alternatives = node.pattern.patterns if isinstance(node.pattern, ast.MatchOr) else [node.pattern]
        values = [each.value for each in alternatives if isinstance(each, ast.MatchValue)]
        for part in (*(values if len(values) == len(alternatives) else ()), node.guard, *node.body):
            if part is not None:
                self.visit(part)

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is not None:
            self.visit(node.exc)


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def constants(locations: set[tuple[object, ...]]) -> set[tuple[object, ...]]:
    return {location for location in locations if location[0] == "constant"}


SMALL = [path for path in stdlib_sample(45) if path.stat().st_size < 50_000]


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.name)
def test_facts_and_locations_agree_with_ast(path: Path) -> None:
    file = SourceFile(str(path), path.stem, path.read_bytes())
    got, expected = lowered_locations(file), Expected(file.text).found
    assert got - constants(got) == expected - constants(expected)
    # Where a plain string stands beside a formatted one, `ast` joins them and the facts do not.
    assert constants(expected) <= constants(got)

    facts = {block.index: file.block(block.index) for block in file.outline.blocks}
    facts_type = dict[int, tuple[ir.Stmt, ...]]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=facts_type) == facts
    assert pickle.loads(pickle.dumps(facts)) == facts


# What the facts of one statement look like, place ordinals left out.
SYNTAX = {
    "-1": "Constant(int, -1)",
    "-x": "Operation(-, (Name(x),))",
    "not x": "Operation(not, (Name(x),))",
    "0x_ff": "Constant(int, 255)",
    "9223372036854775808": "Constant(int, None)",
    "1_0.5e1": "Constant(float, 105.0)",
    "2j": "Constant(complex, None)",
    "...": "Constant(Ellipsis, None)",
    "None": "Constant(None, None)",
    "True": "Constant(bool, True)",
    "b'a' b'b'": "Constant(bytes, None)",
    r"""'a' r'\n' '\n' \"\"\"b\"\"\" u'c'""".replace('\\"', '"'): r"Constant(str, 'a\\n\nbc')",
    "''": "Constant(str, '')",
    r"'\ud800'": "Constant(str, None)",
    r"'\d'": "Constant(str, '\\\\d')",
    "f'a{x}{y!r}{z:>{w}}{v=}{u=:3}'": (
        "Opaque(f-string, (Name(x), Opaque(f-string conversion, (Name(y),)),"
        " Opaque(f-string format, (Name(z), Name(w))), Opaque(f-string conversion, (Name(v),)),"
        " Opaque(f-string format, (Name(u),))))"
    ),
    "'a' f'{x}'": "Opaque(f-string, (Name(x),), ('a', ''))",
    r"""f'{{\n"{x}' r'\n' rf'{y}\n'""": r"""Opaque(f-string, (Name(x), Name(y)), ('{\n"', '\\n', '\\n'))""",
    r"""f'''a'{x}"\x41" '''""": r"""Opaque(f-string, (Name(x),), ("a'", '"A" '))""",
    "a or b or c": "Operation(or, (Name(a), Name(b), Name(c)))",
    "(a or b) or c": "Operation(or, (Operation(or, (Name(a), Name(b))), Name(c)))",
    "a and b or c": "Operation(or, (Operation(and, (Name(a), Name(b))), Name(c)))",
    "a - b - c": "Operation(-, (Operation(-, (Name(a), Name(b))), Name(c)))",
    "a < b not in c is not d": "Operation(< not in is not, (Name(a), Name(b), Name(c), Name(d)))",
    "x[1]": "Subscript(Name(x), Constant(int, 1))",
    "x[1,]": "Subscript(Name(x), Sequence(tuple, (Constant(int, 1),)))",
    "x[a, 1:b:2, :]": (
        "Subscript(Name(x), Sequence(tuple, (Name(a), Opaque(slice, (Constant(int, 1), Name(b),"
        " Constant(int, 2)), ('start', 'stop', 'step')), Opaque(slice, ()))))"
    ),
    "{**a, b: c}": "Mapping((None, Name(b)), (Name(a), Name(c)))",
    "{a, *b}": "Sequence(set, (Name(a), Starred(Name(b))))",
    "f(a, *b, c=d, **e)": (
        "Call(Name(f), (Argument(Name(a), None, ), Argument(Name(b), None, *), Argument(Name(d), c, ),"
        " Argument(Name(e), None, **)))"
    ),
    "{a: b for a, b in c if d if e for f in g}": (
        "Comprehension(dict, (Name(a), Name(b)), (Clause(Sequence(tuple, (Name(a), Name(b))), Name(c),"
        " (Name(d), Name(e))), Clause(Name(f), Name(g), ())))"
    ),
    "(a for a in b)": "Comprehension(generator, (Name(a),), (Clause(Name(a), Name(b), ()),))",
    "a if b else c": "Conditional(Name(b), Name(a), Name(c))",
    "(n := 1)": "Walrus(Name(n), Constant(int, 1))",
    "(yield from x)": "Opaque(yield from, (Name(x),))",
    "ﬁ.ﬁ": "Attribute(Name(fi), fi)",
}


def shape(node: object) -> str:
    if isinstance(node, tuple):
        return "(" + ", ".join(shape(item) for item in node) + ("," if len(node) == 1 else "") + ")"
    if isinstance(node, msgspec.Struct):
        fields = [shape(getattr(node, name)) for name in node.__struct_fields__ if name != "at"]
        if isinstance(node, ir.Constant):
            fields = [node.kind, repr(node.value)]
        if isinstance(node, ir.Opaque):
            fields[2:] = [repr(node.texts)] if node.texts else []
        return f"{type(node).__name__}({', '.join(fields)})"
    return str(node)


@pytest.mark.parametrize(("text", "expected"), SYNTAX.items())
def test_expression(text: str, expected: str) -> None:
    (statement,) = source(text).block(0)
    assert isinstance(statement, ir.Expression)
    assert shape(statement.value) == expected


STATEMENTS = {
    "a = b = 1": "Assign((Name(a), Name(b)), Constant(int, 1), None)",
    "a: int": "Assign((Name(a),), None, Name(int))",
    "a.b //= 2": "AugAssign(Attribute(Name(a), b), //, Constant(int, 2))",
    "del a, b.c": "Delete((Name(a), Attribute(Name(b), c)))",
    "raise A from b": "Raise(Name(A))",
    "assert a, b": "Assert(Name(a), Name(b))",
    "global a, b": "Jump(global, (a, b))",
    "import a.b as c, d": "Import(None, 0, (Alias(a.b, c), Alias(d, None)))",
    "from . import a as b": "Import(, 1, (Alias(a, b),))",
    "from ..a.b import *": "Import(a.b, 2, (Alias(*, None),))",
    "if a: pass\nelif b: pass\nelse: pass": (
        "If(Name(a), (Jump(pass, ()),), (If(Name(b), (Jump(pass, ()),), (Jump(pass, ()),)),))"
    ),
    "try: pass\nexcept A as e: pass\nelse: a\nfinally: b": (
        "Try((Jump(pass, ()),), (Handler(Name(A), e, (Jump(pass, ()),)),), (Expression(Name(a)),),"
        " (Expression(Name(b)),))"
    ),
    "async def f():\n    async with a as b, c: pass": (
        "Define(Function(f, (), None, (), (With((WithItem(Name(a), Name(b)), WithItem(Name(c), None)),"
        " (Jump(pass, ()),), True),), True, False, None, ()))"
    ),
    "match a:\n    case {'k': [b, *c], **d} if e: pass\n    case h.i | P(x=f) as g: pass": (
        "Match(Name(a), (Case((b, c, d), Name(e), (Jump(pass, ()),), (), None,"
        " (Capture(b, (Step(k, False), Step(0, False))),), ()),"
        " Case((f, g), None, (Jump(pass, ()),), (), g, (), ())))"
    ),
    "@d\nclass A(B, *C, m=D, **E): x = 1": (
        "Class(A, (Name(B), Starred(Name(C))), (Argument(Name(D), m, ), Argument(Name(E), None, **)),"
        " (Name(d),), (Assign((Name(x),), Constant(int, 1), None),))"
    ),
    "def f(a, /, b: int = 1, *c, d, **e) -> None: yield": (
        "Define(Function(f, (Parameter(a, None, None, positional-only),"
        " Parameter(b, Name(int), Constant(int, 1), positional), Parameter(c, None, None, *),"
        " Parameter(d, None, None, keyword-only), Parameter(e, None, None, **)), Constant(None, None), (),"
        " (Expression(Opaque(yield, ())),), False, True, None, ()))"
    ),
    "def f():\n    def g(): yield\n    lambda: (yield)": (
        "Define(Function(f, (), None, (), (Define(Function(g, (), None, (), (Expression(Opaque(yield, ())),),"
        " False, True, None, ())), Expression(Lambda(Function(<lambda>, (), None, (),"
        " (Return(Opaque(yield, ())),), False, True, None, ())))), False, False, None, ()))"
    ),
}


@pytest.mark.parametrize(("text", "expected"), STATEMENTS.items())
def test_statement(text: str, expected: str) -> None:
    (statement,) = source(text).block(0)
    assert shape(statement) == expected


def function(text: str) -> ir.Function:
    return next(node for node in nodes(all_facts(source(text))) if isinstance(node, ir.Function))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a):  # type: (int) -> None\n    pass", "(int) -> None"),
        ("def f(a):\n    # type: (int) -> None\n    pass", "(int) -> None"),
        ("def f(a): pass  # type: (int) -> None", "(int) -> None"),
        ("def f(a): b; c  # type: (int) -> None", "(int) -> None"),
        ("def f(a):\n    b; c  # type: (int) -> None", None),
        ("def f(a):\n    b; c\n    # type: (int) -> None\n    d", "(int) -> None"),
        ("def f(a):\n    b\n    c\n    # type: (int) -> None\n    d", None),
        (
            "def f(\n    a,  # type: int\n):\n    # type: (...) -> None\n    x = []  # type: list",
            "(...) -> None",
        ),
        ('def f(a):\n    """Doc."""\n    # type: (int) -> None\n    pass', "(int) -> None"),
        ("def f(a):  # type: ignore[x]\n    # type: (int) -> None\n    pass", "(int) -> None"),
        ("def f(a):  # a comment\n    pass  # type: (int) -> None", None),
        ("class A:\n    def f(a):  # type: (int) -> None\n        pass", "(int) -> None"),
    ],
)
def test_type_comment(text: str, expected: str | None) -> None:
    assert function(text).type_comment == expected


def test_type_ignores_that_torch_misreads_have_locations() -> None:
    file = source(
        "# type: ignore[x]\n@d  # type: ignore\ndef f(a):\n    b(  # x # type: ignore[a, b]\n    )\n"
    )
    (statement,) = file.block(0)
    assert isinstance(statement, ir.Define)
    comments = statement.function.type_ignores
    assert [(c.text, file.location(c.at)[:2]) for c in comments] == [
        ("# x # type: ignore[a, b]", (4, 9)),
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def f(a):\n    # type: ignore[a, b]\n    pass", [2]),
        ("def f(a):\n    pass\n    # type: ignore[a, b]\n", [3]),
        ("def f(a):\n    pass\n\n# why\n    # type: ignore[a, b]\n", [5]),
        ("def f(a):\n    pass\n# type: ignore[a, b]\n", []),
        ("def f(a): pass\n    # type: ignore[a, b]\n", []),
        ("def f(a):\n    def g(): b  # type: ignore[a, b]\n", [2]),
    ],
)
def test_a_type_ignore_on_its_own_line_belongs_where_its_indentation_says(
    text: str, lines: list[int]
) -> None:
    file = source(text)
    (statement,) = file.block(0)
    assert isinstance(statement, ir.Define)
    assert [file.location(comment.at)[0] for comment in statement.function.type_ignores] == lines


# Where an expression starts and ends, without the parentheses, commas and comments around it: its text.
EXTENTS = {
    "x = (a, b)": "a, b",
    "x = ((a), b)": "(a), b",
    "x = (a), (b)": "(a), (b)",
    "x = (a, b), c": "(a, b), c",
    "x = ( a, b, )": "a, b,",
    "x = a, b,": "a, b,",
    "x = (  # (c\n a, b  # )\n )": "a, b",
    "x = (y for y in (z) )": "y for y in (z)",
    "x = (y for y in z if (w) )": "y for y in z if (w)",
    "x = (yield)": "yield",
    "é = 'é', ü": "'é', ü",
    "x = f'{a}' 'b' f'{c!r:{d}}'": "f'{a}' 'b' f'{c!r:{d}}'",
}


def cut(file: SourceFile, at: int) -> str:
    """Return the text at the place of a node."""
    line, column, end_line, end_column = file.location(at)
    lines = file.text.split("\n")[line - 1 : end_line]
    lines[-1] = lines[-1][: end_column - 1]
    return "\n".join((lines[0][column - 1 :], *lines[1:]))


@pytest.mark.parametrize(("text", "expected"), EXTENTS.items())
def test_where_an_expression_ends(text: str, expected: str) -> None:
    file = source(text)
    (statement,) = file.block(0)
    assert isinstance(statement, ir.Assign)
    assert statement.value is not None
    assert cut(file, statement.value.at) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("z[a, b,]", "a, b"),
        ("z[(a), (b)]", "(a), (b)"),
        ("z[((a)), (b),]", "((a)), (b)"),
        ("z[a:b]", "a:b"),
        ("z[(a, b)]", "a, b"),
    ],
)
def test_where_an_index_ends(text: str, expected: str) -> None:
    file = source(text)
    (subscript,) = (node for node in nodes(file.block(0)) if isinstance(node, ir.Subscript))
    assert cut(file, subscript.index.at) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f'a {self.x} {y!r}'", "self.x, self, {y!r}, y"),
        ("f'{x = } {y=!s:>{w}}'", "{x = }, x, {y=!s:>{w}}, y, w"),
        ('f"""{{}}\n{ f(a, b=[1, 2]) } é {\nz}"""', "f(a, b=[1, 2]), f, a, [1, 2], 1, 2, z"),
        ("'{no}' f'é{yes}' rf'\\{x}'", "yes, x"),
        ("(f'{a}'  # {n'o\n f'{b}')", "a, b"),
        ("f'{f\"{a!r} {b.c}\"} {d != e}'", 'f"{a!r} {b.c}", {a!r}, a, b.c, b, d != e, d, e'),
        (
            "f'{x:{a}.{b}} \\N{DIGIT ONE} {(lambda: y)()}'",
            "{x:{a}.{b}}, x, a, b, (lambda: y)(), lambda: y, y",
        ),
        ("f'{a, b} {x,}'", "a, b, a, b, x,, x"),
    ],
)
def test_where_expressions_in_formatted_strings_stand(text: str, expected: str) -> None:
    """Python itself says so from 3.12 on only."""
    file = source(text)
    (statement,) = file.block(0)
    assert isinstance(statement, ir.Expression)
    assert isinstance(statement.value, ir.Opaque)
    found = [node.at for node in nodes(statement.value.children) if isinstance(node, get_args(ir.Expr))]
    assert ", ".join(cut(file, at) for at in found) == expected


def test_a_class_keeps_what_is_no_method() -> None:
    file = source("class A:\n    @p\n    def f(self): pass\n    x = 1\n\n    def g(self): pass\n")
    assert [block.kind for block in file.outline.blocks] == ["class", "method", "method"]
    (cls,) = file.block(0)
    assert isinstance(cls, ir.Class)
    (assign,) = cls.body
    assert isinstance(assign, ir.Assign)
    assert file.location(assign.at) == (4, 5, 4, 10)
    assert file.location(cls.at) == (1, 1, 1, 8)
    (define,) = file.block(2)
    assert isinstance(define, ir.Define)
    assert file.location(define.function.at) == (6, 5, 6, 10)
    (only,) = source("class A:\n    def f(self): pass").block(0)
    assert isinstance(only, ir.Class)
    assert only.body == ()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_locations_do_not_depend_on_line_endings(ending: str, mark: str) -> None:
    text = 'x = """é\n"""\nclass A:\n\tdef f(self):\n\t\treturn "ü", self.y\n\f\ndef g(): a.b\n'
    expected = {node[1:] for node in lowered_locations(source(text)) if node[0] == "attribute"}
    assert expected == {("y", 5, 15, 5, 21), ("b", 7, 10, 7, 13)}
    data = (mark + text.replace("\n", ending)).encode()
    assert {node[1:] for node in lowered_locations(source(data)) if node[0] == "attribute"} == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\n\ndef f():\n    a b\n", 4),
        ("class A:\n    x = 1\n    def f(self):\n        a b\n", 4),
        ("class A:\n    def f(self): pass\n    a b\n", 3),
        ("x = 1\n  y = 2\n", 2),
    ],
)
def test_a_syntax_error_names_its_line(text: str, line: int) -> None:
    file = source(text)
    with pytest.raises(SourceError, match=rf"^cannot parse a\.py: line {line}: invalid syntax$"):
        all_facts(file)


DEEP = {
    "terms": lambda n: "x = " + " + ".join(["a"] * n),
    "calls": lambda n: "x = a" + ".b()" * n,
    "elif": lambda n: "if a: pass\n" + "elif a: pass\n" * n,
    "strings": lambda n: "x = (" + "'a'\n" * n + ")",
    "lists": lambda n: "x = " + "[" * min(n, 199) + "]" * min(n, 199),
    "boolean": lambda n: "x = " + " or ".join(["a"] * n),
    "not": lambda n: "x = " + "not " * n + "a",
}


@pytest.mark.parametrize("size", [50, 400])
@pytest.mark.parametrize("kind", DEEP)
def test_deep_code_is_lowered_and_placed(kind: str, size: int) -> None:
    limit = sys.getrecursionlimit()
    file = source(DEEP[kind](size))
    found = [node.at for node in nodes(file.block(0)) if isinstance(node, ir.Name)]
    for at in found:
        assert file.location(at)[0] >= 1
    assert sys.getrecursionlimit() == limit
    assert threading.stack_size() == 0


def test_the_block_at_an_offset_is_the_innermost_one() -> None:
    text = "# no block\nimport torch\nclass A:\n    x = 1\n    def f(self): pass\n    y = 1\ndef g(): pass\n"
    file = source(text)
    found = {
        word: file.outline.blocks[index].kind
        for word in ("import", "x =", "pass", "y =", "g()")
        if (index := file.block_at(text.index(word))) is not None
    }
    assert found == {"import": "import", "x =": "class", "pass": "method", "y =": "class", "g()": "def"}


def test_facts_and_locations_hold_no_tree() -> None:
    file = source("class A:\n    def f(self): return self.x\n")
    locations = [file.location(node.at) for node in nodes(all_facts(file)) if isinstance(node, ir.Name)]
    assert locations == [(2, 25, 2, 29)]
    assert b"libcst" not in pickle.dumps(file)


@pytest.mark.parametrize("version", ["plain", "in a thread"])
def test_depth_left_to_the_caller_does_not_matter(version: str) -> None:
    text = "x = a" + ".b" * 150

    def deeper(levels: int) -> int:
        return deeper(levels - 1) if levels else len(list(nodes(source(text).block(0))))

    results: list[int] = []
    if version == "plain":
        results.append(deeper(500))
    else:
        thread = threading.Thread(target=lambda: results.append(deeper(800)))
        thread.start()
        thread.join()
    assert results == [deeper(0)]


def test_line_text() -> None:
    file = source("a\r\nb\x0cc\n")
    assert [file.line_text(n) for n in (0, 1, 2, 3, 4)] == ["", "a", "b\x0cc", "", ""]


# Syntax that Pythons before this version do not have, and how it is spoken of.
NEWER = {
    "try: pass\nexcept* A as e: pass": (11, 2, "except* …"),
    "x[*a]": (11, 1, "[*…]"),
    "def f(*a: *T): pass": (11, 1, "[*…]"),
    "type X = int": (12, 1, "type X = …"),
    "x = 1\nif x:\n    type X[T: int] = list[T]": (12, 3, "type X[…] = …"),
    "def f[T](x: T) -> T: pass": (12, 1, "def f[T]"),
    "class A[\n    T,\n](B):\n    def f[U](self): pass": (12, 1, "class A[…"),
    "x = f'{a['b']}'": (12, 1, "f'{a['b']}'"),
    "y = 1\nx = f'{chr(\n10)}'": (12, 2, "f'{chr(…"),
    "class A[T = int]: pass": (13, 1, "class A[T = int]"),
    "try: pass\nexcept A, B: pass": (14, 2, "except A, B:"),
    "x = t'{a!r:>{b}}'": (14, 1, "t'…'"),
    "type X = int\nx = t'{a}'": (14, 2, "t'…'"),
    "x = [*a for a in b]": (15, 1, "[*… for …"),
    "x = {**a for a in b}": (15, 1, "{**… for …"),
}


@pytest.mark.parametrize(("text", "expected"), NEWER.items())
def test_newer_syntax_is_read_or_told_of(text: str, expected: tuple[int, int, str]) -> None:
    version, line, example = expected
    file = source(text)
    if sys.version_info >= (3, version):
        assert all_facts(file)
        return
    with pytest.raises(SourceError) as caught:
        all_facts(file)
    reason = f"needs Python 3.{version} or later to read: `{example}`"
    assert str(caught.value) == f"cannot parse a.py: line {line}: {reason}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("type X = int\nx = = 2\n", 2),
        ("x = = 2\ntype X = int\n", 1),
        ("try: pass\nexcept A, e:\n    print e\n", 3),
        ("x = t'{a}'\n'''", 2),
        ("def f[T(): pass", 1),
    ],
)
def test_what_no_python_reads_is_not_said_to_need_a_newer_one(text: str, line: int) -> None:
    with pytest.raises(SourceError, match=rf"^cannot parse a\.py: line {line}: invalid syntax$"):
        all_facts(source(text))


def test_soft_keywords_are_names() -> None:
    assert all_facts(source("type = 3\ntype(x)\ntype[0] = 4\nif type == 3: type in x\nlazy = type\n"))
