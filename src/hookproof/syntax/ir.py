"""The facts of a source file: a small tree of plain values that no later stage needs a parser to read.

Every node that a finding may point at carries `at`, its ordinal within the block it was lowered from.
`hookproof.syntax.locations` turns ordinals into lines and columns for the few blocks that ask.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct


class _Node(Struct, frozen=True, tag=True, array_like=True, gc=False):
    pass


# --- expressions -----------------------------------------------------------------------------------


class Name(_Node, frozen=True):
    """A bare name."""

    at: int
    id: str


class Attribute(_Node, frozen=True):
    """`value.attr`; its place is the whole expression."""

    at: int
    value: Expr
    attr: str


class Argument(_Node, frozen=True):
    """One argument of a call; `star` is `*` or `**` where it is unpacked."""

    value: Expr
    keyword: str | None = None
    star: Literal["", "*", "**"] = ""


class Call(_Node, frozen=True):
    """`func(args)`."""

    at: int
    func: Expr
    args: tuple[Argument, ...]


class Constant(_Node, frozen=True):
    """A literal; `value` is None for bytes, Ellipsis, complex numbers and integers beyond 64 bits."""

    at: int
    kind: Literal["int", "float", "str", "bytes", "bool", "None", "Ellipsis", "complex"]
    value: int | float | str | bool | None = None


class Sequence(_Node, frozen=True):
    """A tuple, list or set display."""

    at: int
    kind: Literal["tuple", "list", "set"]
    items: tuple[Expr, ...]


class Mapping(_Node, frozen=True):
    """A dict display; the key of a `**unpacked` entry is None."""

    at: int
    keys: tuple[Expr | None, ...]
    values: tuple[Expr, ...]


class Subscript(_Node, frozen=True):
    """`value[index]`; several indices are one tuple, a slice is an `Opaque`."""

    at: int
    value: Expr
    index: Expr


class Lambda(_Node, frozen=True):
    """A lambda; its body is one `Return`."""

    at: int
    function: Function


class Conditional(_Node, frozen=True):
    """`body if test else orelse`."""

    at: int
    test: Expr
    body: Expr
    orelse: Expr


class Operation(_Node, frozen=True):
    """A unary, binary, boolean or comparison operation; `op` as written, a chain's joined by spaces."""

    at: int
    op: str
    operands: tuple[Expr, ...]


class Clause(_Node, frozen=True):
    """`for target in iter if conditions` of a comprehension."""

    target: Expr
    iter: Expr
    conditions: tuple[Expr, ...]


class Comprehension(_Node, frozen=True):
    """A comprehension; a dict comprehension has two elements, key and value."""

    at: int
    kind: Literal["list", "set", "dict", "generator"]
    elements: tuple[Expr, ...]
    clauses: tuple[Clause, ...]


class Walrus(_Node, frozen=True):
    """`target := value`."""

    at: int
    target: Name
    value: Expr


class Starred(_Node, frozen=True):
    """`*value` in a display or a target."""

    at: int
    value: Expr


class Opaque(_Node, frozen=True):
    """Any other expression, named by its `syntax`, with the expressions inside it.

    `syntax` is one of `slice`, `yield`, `yield from`, `await`, `f-string`, `f-string conversion`,
    `f-string format`, `t-string`; linking makes some that are a `pattern`. `texts` are what an f-string has
    before, between and behind its expressions, none where one of them is converted or has a format; of a
    slice, which of `start`, `stop` and `step` the expressions are.
    """

    at: int
    syntax: str
    children: tuple[Expr, ...]
    texts: tuple[str, ...] = ()


Expr: TypeAlias = (
    Name | Attribute | Call | Constant | Sequence | Mapping | Subscript | Lambda | Conditional
    | Operation | Comprehension | Walrus | Starred | Opaque
)  # fmt: skip

# --- statements ------------------------------------------------------------------------------------


class Assign(_Node, frozen=True):
    """`a = b = value` and `target: annotation = value`; `value` is None for a bare annotation."""

    at: int
    targets: tuple[Expr, ...]
    value: Expr | None
    annotation: Expr | None = None


class AugAssign(_Node, frozen=True):
    """`target op= value`; `op` without the equals sign."""

    at: int
    target: Expr
    op: str
    value: Expr


class Expression(_Node, frozen=True):
    """An expression statement."""

    at: int
    value: Expr


class Return(_Node, frozen=True):
    """`return value`."""

    at: int
    value: Expr | None


class If(_Node, frozen=True):
    """`if`; an `elif` is an `If` alone in `orelse`."""

    at: int
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


class For(_Node, frozen=True):
    """`for target in iter`, also `async for`."""

    at: int
    target: Expr
    iter: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    is_async: bool = False


class While(_Node, frozen=True):
    """`while test`."""

    at: int
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


class WithItem(_Node, frozen=True):
    """`context as target`."""

    context: Expr
    target: Expr | None


class With(_Node, frozen=True):
    """`with`, also `async with`."""

    at: int
    items: tuple[WithItem, ...]
    body: tuple[Stmt, ...]
    is_async: bool = False


class Handler(_Node, frozen=True):
    """`except exceptions as name`; a bare `except` has None."""

    at: int
    exceptions: Expr | None
    name: str | None
    body: tuple[Stmt, ...]


class Try(_Node, frozen=True):
    """`try`, also with `except*`."""

    at: int
    body: tuple[Stmt, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Stmt, ...]
    finalbody: tuple[Stmt, ...]


class Raise(_Node, frozen=True):
    """`raise value`."""

    at: int
    value: Expr | None


class Delete(_Node, frozen=True):
    """`del targets`."""

    at: int
    targets: tuple[Expr, ...]


class Alias(_Node, frozen=True):
    """`name as asname` of an import; `name` may be dotted, or `*`."""

    name: str
    asname: str | None


class Import(_Node, frozen=True):
    """`import a.b as c` (module None) or `from module import names`; `level` counts leading dots."""

    at: int
    module: str | None
    level: int
    names: tuple[Alias, ...]


class Assert(_Node, frozen=True):
    """`assert test, message`."""

    at: int
    test: Expr
    message: Expr | None


class Step(_Node, frozen=True):
    """One step from a value into it: `value[key]`, or `value.key` where it `is_attribute`."""

    key: int | str
    is_attribute: bool = False


class Capture(_Node, frozen=True):
    """A name that a pattern binds to a part of its subject, and the way there."""

    name: str
    path: tuple[Step, ...]


class Case(_Node, frozen=True):
    """`case pattern if guard`; the pattern keeps only the names it binds and what it asks for.

    `classes` are those of `A()` and `A() | B()`, `values` those of `"a" | "b"`; `name` is that of a pattern
    that binds the whole subject; `captures` are the names for parts of it.
    """

    binds: tuple[str, ...]
    guard: Expr | None
    body: tuple[Stmt, ...]
    classes: tuple[Expr, ...] = ()
    name: str | None = None
    captures: tuple[Capture, ...] = ()
    values: tuple[Expr, ...] = ()


class Match(_Node, frozen=True):
    """`match subject`."""

    at: int
    subject: Expr
    cases: tuple[Case, ...]


class Jump(_Node, frozen=True):
    """`pass`, `break`, `continue`, `global names`, `nonlocal names`."""

    at: int
    kind: Literal["pass", "break", "continue", "global", "nonlocal"]
    names: tuple[str, ...] = ()


class Parameter(_Node, frozen=True):
    """One parameter of a function."""

    at: int
    name: str
    annotation: Expr | None
    default: Expr | None
    kind: Literal["positional-only", "positional", "*", "keyword-only", "**"]


class Function(_Node, frozen=True):
    """A `def`, its place from `def` or `async` to the end of its name, or a lambda (named `<lambda>`)."""

    at: int
    name: str
    parameters: tuple[Parameter, ...]
    returns: Expr | None
    decorators: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    is_async: bool = False
    is_generator: bool = False
    type_comment: str | None = None
    type_ignores: tuple[Comment, ...] = ()


class Comment(_Node, frozen=True):
    """A `# type: ignore` comment inside a function, in a form that torch may misread."""

    at: int
    text: str


class Define(_Node, frozen=True):
    """A `def` statement."""

    at: int
    function: Function


class Class(_Node, frozen=True):
    """A `class` statement; its place runs from `class` to the end of its name.

    `bases` are the positional arguments, `keywords` the others. In a block whose methods are blocks of
    their own, `body` holds everything but those methods.
    """

    at: int
    name: str
    bases: tuple[Expr, ...]
    keywords: tuple[Argument, ...]
    decorators: tuple[Expr, ...]
    body: tuple[Stmt, ...]


Stmt: TypeAlias = (
    Assign | AugAssign | Expression | Return | If | For | While | With | Try | Raise | Delete | Import
    | Assert | Match | Jump | Define | Class
)  # fmt: skip
