"""Import statements: every file has them, and they are read without the walk that lowers all else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hookproof.syntax import ir


def import_statements(text: str, base: int) -> tuple[ir.Stmt, ...]:
    """Return the imports of a block of kind `import`, numbered from `base` as the lowering would.

    A block that does not parse gives none: what it binds is unknown.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(_imports(tree.body, base))


def _imports(statements: list[ast.stmt], base: int) -> Iterator[ir.Import]:
    for at, statement in enumerate(statements, base):
        if isinstance(statement, ast.Import):
            yield ir.Import(at, None, 0, _aliases(statement.names))
        elif isinstance(statement, ast.ImportFrom):
            yield ir.Import(at, statement.module or "", statement.level, _aliases(statement.names))


def _aliases(names: list[ast.alias]) -> tuple[ir.Alias, ...]:
    return tuple(ir.Alias(name.name, name.asname) for name in names)
