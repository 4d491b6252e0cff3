"""Module classes of many shapes: each is built without arguments, scripted, and compared with its facts."""

# ruff: noqa: C408, C416, N812, RUF012 - written the way people write modules

import abc
import collections
import contextlib
import functools
import math
import threading
from typing import Final, Generic, NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

T = TypeVar("T")
WIDTH = 4


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.count = 0
        self.scale = 1.5
        self.flag = True
        self.label = "x"
        self.raw = b"x"
        self.nothing = None
        self.width = WIDTH
        self.log = []
        self.table = {}
        self.seen = set()
        self.mixed = [1, "a"]
        self.numbers = [1, 2]
        self.pair = (1, "a")
        self.lookup = {"a": 1}

    def forward(self, x):
        return self.fc(x)


class Annotated(nn.Module):
    names: list[str]
    table: dict[str, int]
    maybe: Tensor | None
    size: Final[int]
    K: Final = 3
    J = 4
    undefined: int

    def __init__(self):
        super().__init__()
        self.names = []
        self.table = {}
        self.maybe = None
        self.size = 3
        self.local: list[int] = []

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        return x * scale


class Base(nn.Module):
    base_names: list[str]

    def __init__(self, dim: int = 2):
        super().__init__()
        self.dim = dim
        self.base_names = []
        self.setup()

    def setup(self):
        self.from_setup = 1

    def forward(self, x):
        return x + self.dim


class Derived(Base):
    def __init__(self):
        super().__init__(3)
        self.own = "x"


class DerivedAnnotated(Base):
    others: list[int]

    def __init__(self):
        super().__init__()
        self.others = []
        self.base_names = ["filled"]


class Overriding(Base):
    def setup(self):
        super().setup()
        self.from_override = 2.0


class WithoutInit(Base):
    pass


class OldStyle(Base):
    def __init__(self):
        Base.__init__(self, 5)
        self.x, self.y = 1, 2.0
        self.a = self.b = "same"


class Registered(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("steps", torch.zeros(1))
        self.register_buffer("no_steps", None)
        self.register_buffer(name="named", tensor=torch.ones(1), persistent=False)
        self.register_parameter("no_weight", None)
        self.register_parameter("weight", nn.Parameter(torch.ones(2)))
        self.add_module("child", nn.ReLU())
        self.register_module("other", nn.Conv2d(1, 1, 1))
        self.by_setattr = 3
        self.bias = nn.Parameter(torch.zeros(2), requires_grad=False)
        self.plain_tensor = torch.zeros(3)
        self.steps = self.steps + 1

    def forward(self, x):
        return self.child(x) * self.steps


class Conditional(nn.Module):
    def __init__(self, use_fc: bool = True, kind: str = "a"):
        super().__init__()
        if use_fc:
            self.fc = nn.Linear(2, 2)
        else:
            self.fc = nn.Identity()
        if kind == "a":
            self.only_a = 1
        elif kind == "b":
            self.only_b = 1
        else:
            raise ValueError(kind)
        self.act = nn.ReLU() if use_fc else nn.Tanh()
        self.value = 1 if use_fc else 2.0
        for index in range(2):
            self.last_index = index
        try:
            self.tried = 1
        except ValueError:
            self.tried = 2

    def forward(self, x):
        return self.act(self.fc(x))


class EarlyReturn(nn.Module):
    def __init__(self, stop: bool = True):
        super().__init__()
        self.before = 1
        if stop:
            return
        self.after = 2

    def forward(self, x):
        return x


class Deleting(nn.Module):
    def __init__(self):
        super().__init__()
        self.gone = 1
        self.also_gone = nn.Linear(1, 1)
        self.kept = 2
        del self.gone
        delattr(self, "also_gone")

    def forward(self, x):
        return x


class Filled(nn.Module):
    def __init__(self):
        super().__init__()
        self.appended = []
        self.appended.append(1)
        self.by_key = {}
        self.by_key["a"] = 1
        self.extended = []
        self.extended += ["x"]
        self.layers = nn.ModuleList()
        for _ in range(2):
            self.layers.append(nn.Linear(2, 2))
        self.counter = 0
        self.counter += 1

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Methods(nn.Module):
    __constants__ = ["listed"]

    def __init__(self):
        super().__init__()
        self.listed = 3
        self.hidden = 4

    @property
    def twice(self) -> int:
        return self.hidden * 2

    @staticmethod
    def static(x: Tensor) -> Tensor:
        return x

    @torch.jit.export
    def exported(self, x: Tensor) -> Tensor:
        return self.helper(x)

    @torch.jit.ignore
    def ignored(self, x: Tensor) -> Tensor:
        return x

    @torch.jit.unused
    def unused(self, x: Tensor) -> Tensor:
        return x

    def helper(self, x: Tensor) -> Tensor:
        return x

    def unreached(self, x: Tensor) -> Tensor:
        return x

    def forward(self, x: Tensor) -> Tensor:
        return self.unused_name(x)

    def unused_name(self, x: Tensor) -> Tensor:
        return x


class Ignoring(nn.Module):
    __jit_ignored_attributes__ = ["secret"]
    __jit_unused_properties__ = ["costly"]

    def __init__(self):
        super().__init__()
        self.secret = 1
        self.open = 1

    @property
    def costly(self) -> int:
        return len({1})

    def forward(self, x):
        return x


class LateSetter(nn.Module):
    def __init__(self):
        super().__init__()
        self.cache = []
        self.child = None

    def attach(self):
        self.cache.append(1)
        self.extra = 1
        self.child = nn.Linear(1, 1)

    def forward(self, x):
        return x


class Holding(nn.Module):
    def __init__(
        self, inner: nn.Module | None = None, act=F.relu, n: int = 2, eps: float = 1e-5, names: list = ()
    ):
        super().__init__()
        self.inner = inner
        self.act = act
        self.n = n
        self.eps = eps
        self.names = names
        self.half = n / 2
        self.next = n + 1
        self.text = f"{n}"
        self.formatted = f"{n}"
        self.joined = ", ".join(["a"])
        self.is_big = n > 3
        self.given = n or 3

    def forward(self, x):
        return x


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.dtype = torch.float32
        self.device = torch.device("cpu")
        self.layout = torch.strided
        self.format = torch.contiguous_format
        self.infinite = math.inf
        self.root = math.sqrt(2.0)
        self.lock = threading.Lock()
        self.queue = collections.deque()
        self.ordered = collections.OrderedDict()
        self.defaults = collections.defaultdict(list)
        self.part = functools.partial(len)
        self.func = lambda x: x
        self.cls = Plain
        self.lin_cls = nn.Linear
        self.rng = range(3)
        self.frozen = frozenset([1])
        self.modules_list = [nn.Linear(1, 1)]
        self.modules_dict = {"a": nn.Linear(1, 1)}
        self.nested = [[1], [2]]
        self.nested_empty = [[]]
        self.optional_list = [1, None]
        self.tensors = [torch.zeros(1)]
        self.comprehension = [n for n in range(3)]
        self.set_comp = {n for n in range(3)}
        self.made = dict(a=1)
        self.empty_made = dict()
        self.complex = 1j
        self.dots = ...

    def forward(self, x):
        return x


class Helper:
    def __init__(self):
        self.helped = 1


class Mixin:
    def mixin_method(self):
        return self.mixed_in

    def setup_mixin(self):
        self.mixed_in = 1


class WithMixin(Mixin, nn.Module):
    def __init__(self):
        nn.Module.__init__(self)
        self.setup_mixin()

    def forward(self, x):
        return x


class Left(Base):
    def __init__(self):
        super().__init__()
        self.left = 1


class Right(Base):
    def __init__(self):
        super().__init__()
        self.right = 1


class Diamond(Left, Right):
    def __init__(self):
        super().__init__()
        self.bottom = 1


class Abstract(nn.Module, abc.ABC):
    def __init__(self):
        super().__init__()
        self.value = 1

    def forward(self, x):
        return x


class Concrete(Abstract, Generic[T]):
    pass


class MyLinear(nn.Linear):
    def __init__(self):
        super().__init__(3, 4)
        self.extra = 1

    def forward(self, input):
        return F.linear(input, self.weight, self.bias)


class MyBias(nn.Linear):
    def __init__(self):
        super().__init__(3, 4, bias=False)


class MyConv(nn.Conv2d):
    def __init__(self):
        super().__init__(1, 2, kernel_size=3, padding="same")


class MySequential(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(2, 2), nn.ReLU())
        self.tag = "s"


class Parent(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Plain()
        self.norm = nn.BatchNorm1d(2)
        self.rnn = nn.LSTM(2, 2)
        self.seq = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        self.by_name = nn.ModuleDict({"a": nn.Linear(1, 1)})
        fc = nn.Linear(1, 1)
        self.via_local = fc
        width = 3
        self.width = width
        self.weights = nn.ParameterList([nn.Parameter(torch.ones(1))])

    def forward(self, x):
        return self.norm(self.block(x))


class Shadowed(nn.Module):
    level = 1
    other = 2

    def __init__(self):
        super().__init__()
        self.level = 2

    def forward(self, x):
        return x


class Returning(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x, y: Tensor | None = None):
        return self.fc(x), x.sum()


class Several(nn.Module):
    def forward(self, x: Tensor, n: int, names: list[str], pair: tuple[Tensor, int]) -> dict[str, Tensor]:
        return {"a": x}


class TypeComment(nn.Module):
    def forward(self, x, n):
        # type: (Tensor, int) -> Tuple[Tensor, int]
        return x, n


class BothArms(nn.Module):
    def forward(self, x, flag: bool = True):
        if flag:
            return x + 1
        return F.relu(x)


class Nothing(nn.Module):
    def forward(self, x):
        x.size()


class Scalars(nn.Module):
    def forward(self, x, n: int):
        m = n + 1
        return m, n / 2, n > 1, "x", [n]


class Point(NamedTuple):
    x: int
    y: int


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.point = Point(1, 2)
        self.helper = Helper()

    def forward(self, x):
        return x


class UnpackedLoop(nn.Module):
    def __init__(self):
        super().__init__()
        values = [1, 2]
        self.first, *self.rest = values
        with torch.no_grad():
            self.in_with = 1
        while True:
            self.in_while = 1
            break

    def forward(self, x):
        return x


class AliasedMethod(nn.Module):
    def _forward(self, x):
        return x

    forward = _forward
    helper = staticmethod(len)


class ParameterThenNone(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.weight = None
        self.register_buffer("running", torch.zeros(1))
        self.running = None
        self.child = nn.Linear(1, 1)
        self.child = None

    def forward(self, x):
        return x


def initialise(module):
    module.initialised = 1


class HandedOn(nn.Module):
    def __init__(self):
        super().__init__()
        initialise(self)
        self.apply(self._init_weights)
        self.apply(initialise)

    def _init_weights(self, m):
        m.used = True

    def forward(self, x):
        return x


class Dunder(nn.Module):
    def __init__(self):
        super().__init__()
        self.__flops__ = 1
        self._private = 1
        self.__mangled = 2
        self.__dict__["direct"] = 1

    def forward(self, x):
        return x


class Opaque(nn.Module):
    def __init__(self):
        super().__init__()
        for name in ("one", "two"):
            setattr(self, name, 1)

    def forward(self, x):
        return x


class DictUpdated(nn.Module):
    def __init__(self):
        super().__init__()
        self.__dict__.update({"dynamic": 1})

    def forward(self, x):
        return x


class Walking(nn.Module):
    def __init__(self):
        super().__init__()
        for module in self.modules():
            module.walked = 1

    def forward(self, x):
        return x


class ByAnotherName(nn.Module):
    def __init__(self):
        super().__init__()
        this = self
        this.fc = nn.Linear(2, 2)
        this.count = 1
        layers = self.layers = nn.ModuleList()
        layers.append(nn.Linear(2, 2))

    def forward(self, x):
        return self.fc(x)


STATISTICS = ("mean", "var")


class InLoopsAndClosures(nn.Module):
    def __init__(self, names=("first", "second")):
        super().__init__()
        for name in STATISTICS:
            self.register_buffer(name, torch.ones(2))
        for number, name in enumerate(["left", "right"]):
            setattr(self, name, number)

        def put(name, value):
            setattr(self, name, value)

        put("inner", 2.5)
        self._extend("more", with_label=False)
        self._extend("most", with_label=True)

    def _extend(self, name, with_label, label="x"):
        setattr(self, f"{name}_size", 3)
        if with_label:
            self.label = label
        if label is None:
            self.unlabelled = True

    def forward(self, x):
        return x


class SuperOnTheWay(Plain):
    def __init__(self):
        parent = super()
        parent.__init__()
        self.late = 3
        if self.late is None:
            raise ValueError("never")
        try:
            self.tried = 1
        finally:
            self.settled = 2


def furnish(module, width):
    module.width = width
    if width > 3:
        module.wide = True
    return module


class Furnished(nn.Module):
    def __init__(self):
        nn.Module.__init__(self)
        furnish(self, 4).extra = 2.0
        vars_of = self.__dict__
        vars_of["kept"] = 1

    def forward(self, x):
        return x


class CalledTwice(nn.Module):
    def __init__(self):
        super().__init__()
        self._put(wide=True, number=1)
        self._put(wide=False, number=None)
        self._one("a")
        self._one("b")

    def _put(self, wide, number, label=None):
        self.width = 8 if wide else "narrow"
        self.number = number
        self.label = label if label is not None else 2
        if wide:
            self.only_wide = 1
            return
        self.only_narrow = 1.5

    def _one(self, name):
        if name == "a":
            self.first = nn.Linear(2, 2)
        else:
            self.second = 3

    def forward(self, x):
        return x


class Rebound(nn.Module):
    def __init__(self, depth=2, fancy=False):
        super().__init__()
        count, kind = 0, "plain"
        for _ in range(depth):
            count += 1
            count = float(count)
        if fancy:
            kind = "fancy"
        self.count = count
        self.kind = kind
        setattr(self, kind, nn.Linear(2, 2))
        step = 1

        def grow():
            nonlocal step
            step = "far"

        grow()
        self.step = step
        turns = 0
        while True:
            turns = 2.5
            if depth < turns:
                break
            self.turned = 1
        self.turns = turns
        self.total = 1
        self.total += 0.5
        value = None
        value = value or nn.Linear(2, 2)
        self.value = value
        self.flag = not value

    def forward(self, x):
        return x


class Swallowed(nn.Module):
    def __init__(self):
        super().__init__()
        with contextlib.suppress(AttributeError):
            self.known = 1
            self.missing = self.nothing_here
            self.after = 2
        try:
            self.tried = int("x")
        except ValueError:
            self.tried = None
        else:
            self.went_well = 1
        for name in ("left", "right"):
            if name == "right":
                break
            setattr(self, name, 1)
        self.handed = dict(a=1)["a"]
        del self.known

    def forward(self, x):
        return x


class GivenAway(nn.Module):
    def __init__(self):
        super().__init__()
        self.child = nn.Linear(2, 2)
        self.child.parents = [self]
        object.__setattr__(self, "owner", self.child)
        self.child.__dict__["home"] = self
        self.apply(self._mark)
        mark_all(self)

    @torch.jit.unused
    def _mark(self, module):
        module.marked = 1

    def forward(self, x):
        return x


def mark_all(model):
    for module in model.modules():
        module.visited = True
    for name, _ in model.named_children():
        setattr(model, f"{name}_size", 2)
