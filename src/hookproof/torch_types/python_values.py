"""What TorchScript makes of values that Python's own callables return. The tests ask torch about each."""

from __future__ import annotations

from hookproof.facts.types import TorchType

_TYPED = {
    "int": "builtins.int builtins.len builtins.id builtins.hash builtins.ord os.getpid time.time_ns "
    "time.perf_counter_ns random.randint random.randrange math.ceil math.floor math.gcd math.factorial "
    "sys.getsizeof",
    "float": "builtins.float time.time time.perf_counter time.monotonic time.process_time random.random "
    "random.uniform math.sqrt math.log math.log2 math.log10 math.exp math.pow math.hypot math.sin math.cos "
    "math.tan math.atan",
    "bool": "builtins.bool builtins.isinstance builtins.issubclass builtins.hasattr builtins.callable "
    "builtins.any builtins.all torch.cuda.is_available os.path.exists",
    "str": "builtins.str builtins.repr builtins.chr builtins.format builtins.bytes builtins.ascii "
    "builtins.bin builtins.hex builtins.oct os.getcwd os.path.join os.path.basename "
    "os.path.dirname os.path.abspath time.strftime platform.system",
    "complex": "builtins.complex",
    "Device": "torch.device",
    "Generator": "torch.Generator",
    "Tensor": "torch.Tensor torch.FloatTensor torch.LongTensor",
}
_UNTYPED = (
    "builtins.object builtins.set builtins.frozenset builtins.range builtins.slice builtins.bytearray "
    "builtins.iter builtins.enumerate builtins.zip builtins.map builtins.filter builtins.reversed "
    "builtins.memoryview array.array collections.deque collections.ChainMap "
    "concurrent.futures.ThreadPoolExecutor contextlib.ExitStack datetime.datetime "
    "datetime.datetime.now datetime.timedelta decimal.Decimal fractions.Fraction functools.partial "
    "io.BytesIO io.StringIO itertools.chain itertools.count itertools.cycle itertools.product "
    "itertools.repeat logging.Formatter logging.Logger logging.StreamHandler logging.getLogger "
    "operator.attrgetter operator.itemgetter pathlib.Path queue.Queue queue.SimpleQueue random.Random "
    "re.compile threading.Condition threading.Event threading.Lock threading.RLock threading.Thread "
    "threading.local types.SimpleNamespace uuid.uuid4 weakref.WeakKeyDictionary weakref.WeakSet "
    "weakref.WeakValueDictionary weakref.ref"
)

_NOUNS = frozenset({"set", "frozenset", "range", "slice", "bytearray", "memoryview"})


def _described(qualname: str) -> str:
    name = qualname.removeprefix("builtins.")
    return f"a {name}" if name in _NOUNS else f"a value made by `{name}`"


CALLS: dict[str, TorchType] = {
    qualname: TorchType(name, None, True)
    for name, qualnames in _TYPED.items()
    for qualname in qualnames.split()
} | {
    qualname: TorchType(None, qualname.rpartition(".")[2], False, _described(qualname))
    for qualname in _UNTYPED.split()
}
"""Callables whose result is always of one type."""

EMPTY_CONTAINERS: dict[str, tuple[str, int]] = {
    "builtins.list": ("list", 1),
    "builtins.dict": ("dict", 1),
    "collections.OrderedDict": ("OrderedDict", 1),
    "collections.Counter": ("Counter", 1),
    "collections.defaultdict": ("defaultdict", 2),
}
"""Containers whose result is empty when they get fewer arguments than the number says."""

TENSOR_CASTS = frozenset(("byte", "char", "double", "float", "half", "int", "long", "short"))
"""Methods of a Tensor that give one of another dtype: the atlas, which has operators, does not know them."""

WHOLE_REDUCTIONS = frozenset({"max", "median", "min"})
"""Methods of a Tensor that give a Tensor where they are called without arguments, else a pair as well."""

METHODS: dict[str, str] = dict.fromkeys(
    ("capitalize", "format", "join", "lower", "lstrip", "replace", "rstrip", "strip", "title", "upper"), "str"
)
"""Methods of `str` and what they return."""
