"""What a cell says to IPython is blank for Python; the rest keeps its lines and columns."""

from __future__ import annotations

import ast

import pytest

from hookproof.source.magics import changes_names, python_of

# A cell, and what is left of it. IPython takes each for what is said here.
CELLS = {
    "a line magic": ("%matplotlib inline\nimport torch\n", "\nimport torch\n"),
    "a shell line": ("!pip install torch\nx = 1", "\nx = 1"),
    "a shell line that goes on": ("!pip install \\\n  torch\nx = 1", "\n\nx = 1"),
    "a magic without its sign": ("pip install -U torch\ncd ..\nx", "\n\nx"),
    "a magic in a block": ("if x:\n    %who\n", "if x:\n    pass\n"),
    "a timed statement": ("%time y = net(x)", "0;    y = net(x)"),
    "a timed statement in a block": (
        "for i in x:\n  %timeit -n 3 f(i)\n",
        "for i in x:\n  0;           f(i)\n",
    ),
    "what a timer forgets": ("%timeit net = jit.script(net)\nnet", "\nnet"),
    "a profiled statement": ("%prun -s cumulative -l 10 f(x)", "0;" + " " * 24 + "f(x)"),
    "a timed cell": ("%%time\nx = f(1)\ny = 2", "\nx = f(1)\ny = 2"),
    "cell magics above each other": ("\n%%capture out\n%%time\nx = 1\n", "\n\n\nx = 1\n"),
    "a cell of the shell": ("%%bash\nls -l\necho $x", "\n\n"),
    "a cell that is a file": ("%%writefile m.py\nimport torch", "\n"),
    "what the shell gives": ("x, y = !ls 'a", "x, y = get_ipython().getoutput()"),
    "what a magic gives": ("self.x = %who_ls", "self.x = get_ipython().getoutput()"),
    "help": ("net?\n?net\nnet.forward??\nd['a']?\nx", "\n\n\n\nx"),
    "automatic calls": (";f a\n,f a\n/f a\nx", "\n\n\nx"),
    "a text that looks so": ("x = '''\n%time\n!ls\nnet?\n'''\n", "x = '''\n%time\n!ls\nnet?\n'''\n"),
    "a quotient": ("x = (1\n% 2)\ny = 5 \\\n% 3\n", "x = (1\n% 2)\ny = 5 \\\n% 3\n"),
    "a question in a comment": ("x = 1 # why?\n# !ls\n", "x = 1 # why?\n# !ls\n"),
    "a name that is also a magic": (
        "time = 3\nrun(x)\ntime if x else y\n",
        "time = 3\nrun(x)\ntime if x else y\n",
    ),
    "an end without semantics": ("plot();\nawait f()", "plot();\nawait f()"),
    "nothing": ("", ""),
    "tabs": ("if x:\n\t!ls\n\ty", "if x:\n\tpass\n\ty"),
    "quotes in quotes": ("print('''a''' \"%\" 'b')\n%who\n", "print('''a''' \"%\" 'b')\n\n"),
}


@pytest.mark.parametrize("name", CELLS)
def test_what_is_left_of_a_cell(name: str) -> None:
    cell, left = CELLS[name]
    assert python_of(cell) == left
    assert left.count("\n") == cell.count("\n")
    ast.parse(left)


@pytest.mark.parametrize(
    ("cell", "may"),
    [
        ("%run setup.py", True),
        ("x = 1\nrun other.ipynb", True),
        ("%reset -f", True),
        ("%env PYTORCH_JIT=0", True),
        ("get_ipython().run_line_magic('run', 'a.py')", True),
        ("%env CUDA_VISIBLE_DEVICES=0", False),
        ("%time x = f()", False),
        ("run = 1\nx %reset", False),
    ],
)
def test_a_magic_that_may_bind_names_is_known(cell: str, may: bool) -> None:
    assert changes_names(cell) is may
