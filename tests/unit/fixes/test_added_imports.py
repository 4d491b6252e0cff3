"""Where a fix writes the import that it needs, and which imports it takes for there."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.finding import Edit
from hookproof.fixes.edits import edited_text
from hookproof.fixing import mend
from hookproof.semantic.importing import spelled, together
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.syntax.source_file import SourceFile

# What is asked for, a file, and what becomes of it; the name is used where the file says `HERE`.
ADDED = {
    "merged, in the place that sorted names have": (
        "typing.Final",
        "from typing import Dict, List\nimport torch\nHERE\n",
        "from typing import Dict, Final, List\nimport torch\nHERE\n",
    ),
    "merged, at the end of names that are not sorted": (
        "typing.Final",
        "from typing import List, Any  # any\nimport torch\nHERE\n",
        "from typing import List, Any, Final  # any\nimport torch\nHERE\n",
    ),
    "merged, with other names": (
        "typing.Final",
        "from typing import Any as A, Type as T\nHERE\n",
        "from typing import Any as A, Final, Type as T\nHERE\n",
    ),
    "merged in parentheses": (
        "typing.Final",
        "from typing import (Any, Dict,)\nHERE\n",
        "from typing import (Any, Dict, Final,)\nHERE\n",
    ),
    "merged over lines": (
        "typing.Final",
        "from typing import (\n    Any,\n    List,  # lists\n)\nHERE\n",
        "from typing import (\n    Any,\n    Final,\n    List,  # lists\n)\nHERE\n",
    ),
    "merged at the end of lines": (
        "typing.Final",
        "from typing import (\n    Any,  # any\n    Dict,\n)\nHERE\n",
        "from typing import (\n    Any,  # any\n    Dict,\n    Final,\n)\nHERE\n",
    ),
    "not merged with what comes later": (
        "typing.Final",
        "import torch\nHERE\nfrom typing import List\n",
        "from typing import Final\n\nimport torch\nHERE\nfrom typing import List\n",
    ),
    "not merged with what is for type checkers": (
        "typing.Final",
        "import torch\n\nif TYPE_CHECKING:\n    from typing import List\nHERE\n",
        "from typing import Final\n\nimport torch\n\nif TYPE_CHECKING:\n    from typing import List\nHERE\n",
    ),
    "among the standard library": (
        "typing.Final",
        "import os\nimport sys\n\nimport torch\nHERE\n",
        "import os\nimport sys\nfrom typing import Final\n\nimport torch\nHERE\n",
    ),
    "above the comments of what comes after": (
        "typing.Final",
        "import os\n# torch\nimport torch\nHERE\n",
        "import os\nfrom typing import Final\n# torch\nimport torch\nHERE\n",
    ),
    "above the comments of what comes after, at the top": (
        "typing.Final",
        '"""Text."""\n\n# torch\nimport torch\nHERE\n',
        '"""Text."""\n\nfrom typing import Final\n\n# torch\nimport torch\nHERE\n',
    ),
    "below the comments that the file begins with": (
        "typing.Final",
        "#!python\n# (c)\nimport torch\nHERE\n",
        "#!python\n# (c)\nfrom typing import Final\n\nimport torch\nHERE\n",
    ),
    "behind what must come first": (
        "torch.Tensor",
        '"""Text."""\n\nfrom __future__ import division\n\n# one\ndef one(): pass\nHERE\n',
        '"""Text."""\n\nfrom __future__ import division\n\nimport torch\n\n\n# one\ndef one(): pass\nHERE\n',
    ),
    "before what is of the same package": (
        "torch.Tensor",
        "import numpy\nfrom torch.nn import Module\nHERE\n",
        "import numpy\nimport torch\nfrom torch.nn import Module\nHERE\n",
    ),
    "behind all others": (
        "torch.Tensor",
        "import os, \\\n    sys\nHERE\n",
        "import os, \\\n    sys\n\nimport torch\nHERE\n",
    ),
    "nothing where it is known": ("torch.Tensor", "import torch as th\nHERE\n", "import torch as th\nHERE\n"),
}


@pytest.mark.parametrize("name", ADDED)
def test_an_import_is_written_where_people_would(name: str) -> None:
    qualname, before, after = ADDED[name]
    line = before.split("\n").index("HERE") + 1
    found = spelled(qualname, SourceFile("a.py", "a", before), line, lambda _: True)
    assert found is not None
    assert edited_text(before, found.edits) == after


def test_a_name_that_is_taken_is_not_imported() -> None:
    file = SourceFile("a.py", "a", "import torch\nFinal = 1\n\nx = 1\n")
    assert spelled("typing.Final", file, 4, lambda _: True) is None
    assert spelled("typing.Any", file, 4, lambda name: name != "Any") is None


def test_imports_that_belong_in_one_place_are_written_there_together() -> None:
    texts = ("import torch\n\n", "from typing import Final\n\n")
    made = together(Edit("a.py", 1, 1, 1, 1, text) for text in texts)
    assert [edit.replacement for edit in made] == ["from typing import Final\nimport torch\n\n"]


NET = """

class Net(nn.Module):
    def forward(self, x):
        return x


def hook(module, input, output):
    return output * 2


net = Net()
net.register_forward_hook(hook)
torch.jit.script(net)
"""


@pytest.mark.parametrize(
    ("imports", "written"),
    [
        ("import torch\nfrom torch import Tensor, nn\n", "tuple[Tensor]"),
        ("from typing import Tuple\nimport torch\nfrom torch import nn\n", "Tuple[torch.Tensor]"),
        (
            "from typing import TYPE_CHECKING\nimport torch\nfrom torch import nn\n"
            "if TYPE_CHECKING:\n    from typing import Tuple\n    from torch import Tensor\n",
            "tuple[torch.Tensor]",
        ),
        (
            "try:\n    from typing import Tuple\nexcept ImportError:\n    raise\n"
            "import torch\nfrom torch import nn\n",
            "Tuple[torch.Tensor]",
        ),
    ],
)
def test_a_type_is_written_with_names_that_are_there_when_it_runs(
    imports: str, written: str, tmp_path: Path
) -> None:
    assert f"input: {written}, output" in _mended(imports + NET, tmp_path)


def test_types_in_comments_stay_alone(tmp_path: Path) -> None:
    text = "import torch\nfrom torch import nn\n" + NET.replace("input,", "\n    input,  # type: object\n   ")
    assert _mended(text, tmp_path) == text
    remark = text.replace("type: object", "type: ignore")
    assert "tuple[torch.Tensor],  # type: ignore" in _mended(remark, tmp_path)


def test_a_hook_of_a_file_without_imports_gets_one(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text("def hook(module, input, output):\n    return output * 2\n")
    text = "import torch\nfrom torch import nn\nfrom hooks import hook\n" + NET.replace(
        "def hook", "def other"
    )
    (tmp_path / "program.py").write_text(text)
    settings = Settings()
    report = check_paths([str(tmp_path)], settings)
    done = mend((settings, (str(tmp_path),)), report, {}, lambda shown, _: shown, takes_unsafe=False)
    assert done.contents[str(tmp_path / "hooks.py")].decode() == (
        "import torch\n\n\ndef hook(module, input: tuple[torch.Tensor], output):\n    return output * 2\n"
    )


def test_a_fix_after_which_less_is_missing_is_kept(tmp_path: Path) -> None:
    """The finding that is left says then that only annotations are missing, and is the same one."""
    text = "import torch\nfrom torch import nn\n" + NET.replace(
        "    def forward", "    scale = 2\n\n    def forward"
    ).replace("output * 2", "output * module.scale").replace("input,", "input,  # type: object\n   ")
    assert "scale: Final[int] = 2" in _mended(text, tmp_path)


def _mended(text: str, folder: Path) -> str:
    path = folder / "program.py"
    path.write_text(text, "utf-8")
    settings = Settings()
    report = check_paths([str(path)], settings)
    done = mend((settings, (str(path),)), report, {}, lambda shown, _: shown, takes_unsafe=False)
    return done.contents.get(str(path), text.encode()).decode()
