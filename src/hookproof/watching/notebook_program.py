"""A notebook that runs as `__main__`, its code cells from the first to the last, without IPython."""

from __future__ import annotations

import ast
import asyncio
import inspect
import linecache
from types import CodeType, ModuleType

from hookproof.source.notebook import Place, notebook
from hookproof.source.program_text import program_text
from hookproof.source.text import SourceError, read
from hookproof.verify.target import notebooks
from hookproof.watching.program import ProgramError, Script, become


class NotebookProgram(Script):
    """A file of Jupyter's. Magics that run code run it, all others do nothing."""

    def run(self) -> None:
        """Run the cells, in an event loop where one of them awaits something."""
        code = self._compiled()
        notebooks.install()
        main = ModuleType("__main__")
        become(main, __file__=self.path, __package__=None)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(_awaited(code, main))
        else:
            exec(code, vars(main))

    def _compiled(self) -> CodeType:
        try:
            text = program_text(read(self.path), self.path)
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            code: CodeType = compile(text, self.path, "exec", flags, dont_inherit=True)
        except (SourceError, SyntaxError) as error:
            raise ProgramError(str(error)) from None
        # TorchScript asks for the text of hooks, which the file does not have as it is.
        lines = text.splitlines(keepends=True)
        linecache.cache[self.path] = (len(text), None, lines, self.path)
        return code


async def _awaited(code: CodeType, main: ModuleType) -> None:
    await eval(code, vars(main))


def cell_at(path: str, line: int) -> Place | None:
    """Return the cell that has a line of a notebook's code, None where the notebook cannot be read."""
    try:
        return notebook(read(path), path).place(line)
    except SourceError:
        return None


def place(path: str, line: int) -> str:
    """Return a line of a notebook's code as the cell and the line in it: `cell 3:4`."""
    found = cell_at(path, line)
    return f"cell {found.cell}:{found.line}" if found is not None else str(line)
