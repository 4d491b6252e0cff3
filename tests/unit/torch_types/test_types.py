"""The types that are read off expressions and annotations, compared with the types torch finds."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from class_project import imported, project_of
from hookproof.facts.types import TorchType
from hookproof.semantic.definitions import FunctionDefinition, ValueDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type, has_unread_quotes, split_items
from hookproof.torch_types.infer import Inference
from hookproof.torch_types.python_values import CALLS

HEADER = """
import array, builtins, collections, concurrent.futures, contextlib, datetime, decimal, fractions, functools
import io, itertools, logging, math, operator, os, os.path, pathlib, platform, queue, random, re, sys
import threading, time, types, typing, uuid, weakref
import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import OrderedDict, defaultdict
from typing import Annotated, Any, Callable, ClassVar, Dict, Iterable, List, Literal, Optional, Sequence
from typing import Set, Tuple, Type, Union
from torch import Tensor, device
Pair = Tuple[int, int]
Shape = List[int]
class Plain: pass
def helper(x): return x
def typed() -> int: return 1
"""
VALUES = """
1 | 1.5 | 1j | True | "x" | b"x" | None | ... | -1 | 2 ** 70 | [] | {} | () | [1] | [1, "a"] | [1, 1.0]
[True, 1] | [None] | [1, None] | [[1], [2]] | [[]] | [[1], []] | {"a": 1} | {"a": 1, "b": "x"} | {1: [1]}
{1: 1, "a": 1} | {"a": {"b": 1}} | {True: 1} | {1.0: 1} | (1, "a") | (1, []) | ([1], 2.0)
[(1, 2), (3, 4)] | [(1, 2), (3, 4.0)] | [{"a": 1}, {"b": 2}] | [{"a": 1}, {"b": "x"}] | {1} | [{1}]
{n for n in range(2)} | [n for n in range(2)] | {n: n for n in range(2)} | (n for n in range(2))
torch.zeros(2) | torch.float32 | torch.device("cpu") | torch.strided | torch.contiguous_format
torch.Size([1]) | [torch.zeros(1)] | [torch.float32] | [torch.device("cpu")] | {torch.zeros(1): 1}
(torch.zeros(1), 1) | torch.zeros(1) + 1 | 1 - torch.zeros(1) | torch.zeros(1) > 0 | -torch.zeros(1)
torch.zeros(2)[0] | torch.zeros(2) @ torch.zeros(2) | torch.zeros(2).relu() | torch.zeros(2).sum()
F.relu(torch.zeros(1)) | torch.relu(torch.zeros(1)) | torch.tensor(1.0)
torch.nn.functional.softmax(torch.zeros(1), 0) | torch.zeros(1).item() | torch.zeros(1).size()
torch.zeros(1).size(0) | torch.zeros(2, 3).shape[-1] | torch.zeros(1).dim() | torch.zeros(1).is_complex()
torch.zeros(1).shape | torch.zeros(2, 3).shape[:1] | torch.zeros(1).stride(0) | torch.zeros(1).dtype
torch.zeros(1).tolist() | torch.Generator() | math.pi | math.inf | math.sqrt(2) | dict() | list()
dict(a=1) | dict(a=1, b="x") | list([1]) | list([]) | set() | frozenset() | range(3) | OrderedDict()
OrderedDict(a=1) | defaultdict(list) | collections.deque() | collections.Counter()
defaultdict(int, a=1) | functools.partial(len) | str(1) | int("1") | float(1) | bool(1) | len([1])
isinstance(1, int) | type(1) | helper | Plain | typed() | helper(1) | Plain() | nn.Linear
nn.Linear(1, 1) | [nn.Linear(1, 1)] | len | torch.relu | F.relu | 1 + 2 | 1 + 2.0 | 1 / 2 | 3 // 2
3 % 2 | "a" + "b" | "%s" % 1 | "a" * 2 | 1 < 2 | "a" == "b" | not 1 | 1 is None | 1 in [1] | 1 and 2
1 or "a" | 1 if True else 2 | 1 if True else "a" | f"{1}" | f"{1!r:>3}" | "a" "b" | "a".upper()
",".join(["a"]) | lambda x: x | 2 ** 2 | 2 ** -1 | 1 & 3 | ~1 | +1.5 | True + True | [1] + [2] | [1] * 2
(1,) + (2,) | 1 < 2 < 3 | "x"[0] | {"a": []} | {"a": [1], "b": []} | [[None], [1]] | [(1, None), (1, 2)]
{"a": None, "b": 1} | {None: 1} | {(1, 2): 3} | [1, torch.zeros(1)] | *[1, 2], 3 | [*[1], 2]
{**{"a": 1}} | math.floor(1.5) | time.time() | os.getcwd() | os.environ | [b"x", "y"] | [1, None, "a"]
"""
ANNOTATIONS = """
int | float | complex | bool | str | bytes | None | Tensor | torch.Tensor | torch.FloatTensor
nn.Parameter | torch.device | device | torch.dtype | torch.Size | torch.Generator | torch.layout
torch.memory_format | Any | object | list | dict | tuple | set | List | Dict | Tuple | List[int]
list[int] | Tuple[int, str] | tuple[int, ...] | Tuple[int, ...] | Tuple[()] | tuple[int]
Dict[str, Tensor] | dict[str, list[int]] | Optional[int] | Optional[Tensor] | Union[int, str]
Union[str, int] | Union[int, None] | Union[int, str, None] | Union[int, float]
Union[int, float, complex] | Optional[Union[int, str]] | Union[bool, int] | Sequence[int] | Iterable[int]
Callable[[int], int] | Set[int] | Type[int] | Literal["a"] | collections.OrderedDict | ClassVar[int]
nn.Module | nn.Linear | Optional[None] | Optional[Any] | List[Any] | List[Optional[int]]
Dict[int, Optional[Tensor]] | Union[Tensor, List[Tensor]] | Union[List[int], List[str]]
Union[Tensor, Tuple[Tensor, Tensor]] | list[list[int]] | Dict[Tensor, int] | Dict[float, int]
Dict[bool, int] | Dict[Tuple[int, int], int] | Dict[complex, int] | Dict[Any, int]
Dict[Optional[int], int] | Pair | Shape | Optional[Pair] | List[Pair] | typing.List[int]
typing.Optional[torch.Tensor] | torch.SymInt | torch.Stream | Optional[Optional[int]] | Union[int, int]
Union[int, List[int], None] | Annotated[int, 3] | List[nn.Module] | Optional[nn.Linear]
"""
PIPE_ANNOTATIONS = [
    "int | None",
    "None | int",
    "int | str",
    "int | str | None",
    "list[int] | None",
    "Tensor | None | int",
]


def cells(table: str) -> list[str]:
    return [cell.strip() for line in table.strip().splitlines() for cell in line.split(" | ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("types")


def read(folder: Path, text: str) -> tuple[ir.Expr, Scope, Any]:
    """Return the expression `text` as facts, with the scope and project to look its names up in."""
    project, file = project_of(folder / "subject.py", f"{HEADER}\nsubject = ({text})\n")
    scope = Scope(file)
    for block in file.names.blocks("subject"):
        for statement in file.block(block):
            if isinstance(statement, ir.Assign) and statement.value is not None:
                return statement.value, scope, project
    raise AssertionError(text)


def evaluated(text: str) -> Any:
    names: dict[str, Any] = {"__name__": "subject"}
    exec(HEADER, names)
    return eval(f"({text})", names)


def torch_name_of_value(value: Any) -> str | None:
    """Return the name of the type torch infers, None where it infers none."""
    try:
        inferred = torch._C._jit_try_infer_type(value)
    except RuntimeError:
        return None
    return inferred.type().annotation_str if inferred.success() else None


def torch_name_of_annotation(annotation: Any) -> str | None:
    location = torch._C._jit_tree_views.SourceRangeFactory("", None, 0, 0).make_raw_range(0, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = torch.jit.annotations.try_ann_to_type(annotation, location)
        except (RuntimeError, AssertionError, ValueError, TypeError):
            return None
    return None if found is None else found.annotation_str


def assert_true_claim(found: TorchType, actual: str | None, text: str) -> None:
    if found.name is not None:
        assert found.name == actual, text
    if found.scriptable is not None:
        assert found.scriptable is (actual is not None), text


@pytest.mark.parametrize("text", cells(VALUES))
def test_no_claim_about_a_value_is_false(text: str, folder: Path) -> None:
    expr, scope, project = read(folder, text)
    actual = torch_name_of_value(evaluated(text))
    assert_true_claim(Inference(project).infer(expr, scope), actual, text)


def test_most_values_are_known(folder: Path) -> None:
    texts = cells(VALUES)
    unknown = []
    for text in texts:
        expr, scope, project = read(folder, text)
        if Inference(project).infer(expr, scope).scriptable is None:
            unknown.append(text)
    assert len(unknown) < 0.3 * len(texts), unknown


@pytest.mark.parametrize("text", [*cells(ANNOTATIONS), *PIPE_ANNOTATIONS])
def test_no_claim_about_an_annotation_is_false(text: str, folder: Path) -> None:
    expr, scope, project = read(folder, text)
    found = annotation_type(expr, scope, project)
    assert_true_claim(found, torch_name_of_annotation(evaluated(text)), text)
    # A module class is a type for torch only once a module of that class was compiled in the process.
    unknown = {"Annotated[int, 3]", "Union[List[int], List[str]]", "nn.Linear", "Optional[nn.Linear]"}
    assert found.scriptable is not None or text in unknown


@pytest.mark.parametrize("text", cells(ANNOTATIONS)[:20])
def test_a_string_annotation_means_what_it_spells(text: str, folder: Path) -> None:
    expr, scope, project = read(folder, text)
    quoted, scope, project = read(folder, repr(text))
    assert annotation_type(quoted, scope, project) == annotation_type(expr, scope, project)


PLAIN = st.one_of(
    st.integers(-9, 9), st.floats(0, 9), st.booleans(), st.text("ab", max_size=2), st.none(), st.just(b"x")
)
LITERALS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text("ab", max_size=2), st.integers(0, 3)), inner, max_size=2),
    ),
    max_leaves=8,
)


QUOTED = """
Tensor; torch.Tensor; Optional[Tensor]; List[Optional[int]]; Tuple[Tensor, int]; Dict[str, Tensor]; Tuple[()]
Tensor | None; None | Tensor; int | None; None; Union[Tensor, None]; Tuple[Tensor, None]; Tuple[int | None]
(Tensor); List[(int)]
"""


@pytest.mark.parametrize("text", [text for line in QUOTED.split("\n") for text in line.split("; ") if text])
def test_quotes_that_are_not_read_are_those_that_torch_does_not_read(text: str, tmp_path: Path) -> None:
    source = f"{HEADER}\ndef f(x: '{text}', y: List['{text}']) -> int:\n    return 1\n"
    project, file = project_of(tmp_path / "quoted.py", source)
    definition = project.lookup(Scope(file), "f")
    assert isinstance(definition, FunctionDefinition)
    found = {
        has_unread_quotes(parameter.annotation)
        for parameter in definition.function.parameters
        if parameter.annotation is not None
    }
    function = imported(tmp_path / "quoted.py").f
    refused = pytest.raises(RuntimeError, match="Unknown type name") if True in found else nullcontext()
    with refused:
        torch.jit.script(function)
    assert len(found) == 1


@settings(max_examples=150, deadline=None)
@given(LITERALS)
def test_no_claim_about_a_literal_is_false(folder: Path, value: object) -> None:
    expr, scope, project = read(folder, repr(value))
    assert_true_claim(Inference(project).infer(expr, scope), torch_name_of_value(value), repr(value))


NAMED = st.sampled_from(
    ["int", "float", "str", "bool", "Tensor", "None", "Any", "complex", "list", "torch.device"]
)
GENERIC = st.recursive(
    NAMED,
    lambda inner: st.one_of(
        inner.map(lambda item: f"List[{item}]"),
        inner.map(lambda item: f"Optional[{item}]"),
        # With None first, torch trips over its own `issubclass`.
        st.tuples(inner.filter(lambda item: evaluated(item) not in (None, type(None))), inner).map(
            lambda pair: f"Union[{pair[0]}, {pair[1]}]"
        ),
        st.tuples(inner, inner).map(lambda pair: f"Tuple[{pair[0]}, {pair[1]}]"),
        st.tuples(NAMED, inner).map(lambda pair: f"Dict[{pair[0]}, {pair[1]}]"),
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(GENERIC)
def test_no_claim_about_a_generic_annotation_is_false(folder: Path, text: str) -> None:
    expr, scope, project = read(folder, text)
    found = annotation_type(expr, scope, project)
    assert_true_claim(found, torch_name_of_annotation(evaluated(text)), text)


WITHOUT_ARGUMENTS = """
builtins.object collections.ChainMap collections.deque concurrent.futures.ThreadPoolExecutor
contextlib.ExitStack datetime.datetime.now datetime.timedelta decimal.Decimal fractions.Fraction
io.BytesIO io.StringIO itertools.count logging.Formatter logging.StreamHandler os.getcwd os.getpid
platform.system queue.Queue queue.SimpleQueue random.random threading.Condition threading.Event
threading.Lock threading.RLock threading.Thread threading.local time.monotonic time.perf_counter
time.perf_counter_ns time.process_time time.time time.time_ns torch.FloatTensor torch.Generator
torch.LongTensor torch.Tensor torch.cuda.is_available types.SimpleNamespace uuid.uuid4
weakref.WeakKeyDictionary weakref.WeakSet weakref.WeakValueDictionary
"""
ARGUMENTS = {
    "torch.device": "'cpu'",
    "functools.partial": "len",
    "builtins.isinstance": "1, int",
    "builtins.issubclass": "int, int",
    "builtins.hasattr": "1, 'x'",
    "builtins.map": "str, [1]",
    "builtins.filter": "str, [1]",
    "builtins.ord": "'a'",
    "builtins.memoryview": "b'x'",
    "builtins.bytes": "b'x'",
    "array.array": "'i'",
    "datetime.datetime": "2020, 1, 1",
    "itertools.product": "[1]",
    "logging.Logger": "'x'",
    "logging.getLogger": "'x'",
    "math.gcd": "1, 2",
    "math.hypot": "1, 2",
    "math.pow": "1, 2",
    "operator.attrgetter": "'x'",
    "os.path.abspath": "'x'",
    "os.path.basename": "'x'",
    "os.path.dirname": "'x'",
    "os.path.exists": "'x'",
    "os.path.join": "'x', 'y'",
    "pathlib.Path": "'x'",
    "random.randint": "1, 2",
    "random.uniform": "1, 2",
    "re.compile": "'x'",
    "time.strftime": "'%Y'",
    "weakref.ref": "Plain",
}
ITERABLE = {"all", "any", "enumerate", "frozenset", "iter", "len", "reversed", "set", "zip", "chain", "cycle"}


@pytest.mark.parametrize("qualname", sorted(CALLS))
def test_no_claim_about_a_call_is_false(qualname: str, folder: Path) -> None:
    default = "[1]" if qualname.rpartition(".")[2] in ITERABLE else "1"
    arguments = "" if qualname in WITHOUT_ARGUMENTS.split() else ARGUMENTS.get(qualname, default)
    text = f"{qualname}({arguments})"
    expr, scope, project = read(folder, text)
    found = Inference(project).infer(expr, scope)
    assert found.scriptable is not None
    assert_true_claim(found, torch_name_of_value(evaluated(text)), text)


def test_printed_lists_split_at_their_outer_commas() -> None:
    assert split_items("int, Dict[str, List[int]], Tuple[int, int]") == [
        "int",
        "Dict[str, List[int]]",
        "Tuple[int, int]",
    ]


def test_a_name_bound_to_an_annotation_keeps_its_value(folder: Path) -> None:
    _, scope, project = read(folder, "1")
    assert isinstance(project.lookup(scope, "Pair"), ValueDefinition)
