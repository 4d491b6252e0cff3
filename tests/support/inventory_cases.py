"""Programs that register hooks in every form of real code; a comment on the site's line says what it is.

The comment reads `# api-less form | hooks | receiver | removed | guarded`, as `hookproof hooks` must say it.
"""

from __future__ import annotations

HEADER = """\
import contextlib
import functools
import torch
from torch import nn
from other import imported_hook, make_hook, Callable_, IMPORTED_TABLE, Tool

def plain(module, args, output): ...
def pre(module, args): ...
"""

OTHER = """\
import torch
from torch import nn

def imported_hook(module, args, output): ...

def make_hook(name):
    def made(module, args, output): ...
    return made

class Callable_:
    def __call__(self, module, args, output): ...

class Tool:
    def on_forward(self, module, args, output): ...

IMPORTED_TABLE = {nn.Linear: imported_hook}
IMPORTED_TABLE.update({nn.ReLU: imported_hook})
"""

FORMS = {
    "function": """
def f(model):
    return model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "imported function": """
def f(model):
    model.register_forward_hook(imported_hook)  # function | imported_hook | parameter | never
""",
    "hook given by keyword": """
def f(model):
    model.register_forward_hook(hook=plain)  # function | plain | parameter | never
""",
    "nested function": """
def f(model):
    seen = []
    def hook(module, args, output):
        seen.append(output)
    handle = model.register_forward_hook(hook)  # nested function | hook | parameter | same function
    model(1)
    handle.remove()
""",
    "decorated nested function": """
def f(model):
    @torch.no_grad()
    def hook(module, args, output): ...
    model.register_forward_hook(hook)  # nested function | hook | parameter | never
""",
    "nested two deep": """
def f(model):
    def attach(layer):
        def hook(module, args): ...
        layer.register_forward_pre_hook(hook)  # nested function | hook | apply | never
    model.apply(attach)
""",
    "inner function that is returned and registers": """
def f():
    def run(model):
        def hook(module, args): ...
        model.register_forward_pre_hook(hook)  # nested function | hook | parameter | never
    return run
""",
    "factory": """
def local_factory(name):
    def made_here(module, args, output): ...
    return made_here

def f(model):
    model.register_forward_hook(local_factory("a"))  # factory | made_here | parameter | never
""",
    "imported factory": """
def f(model):
    model.register_forward_hook(make_hook("a"))  # factory | made | parameter | never
""",
    "factory method": """
class Recorder:
    def make(self, name):
        def hook(module, args, output): ...
        return hook
    def attach(self, model):
        self.handles = [model.register_forward_hook(self.make("a"))]  # factory | hook | parameter | elsewhere
    def detach(self):
        for handle in self.handles:
            handle.remove()
""",
    "long factory method": """
class Recorder:
    def make(self, name):
        def hook(module, args, output): ...
"""
    + "        name = name\n" * 60
    + """
        return hook
    def attach(self, model):
        model.register_forward_hook(self.make("a"))  # factory | hook | parameter | never
""",
    "bound method": """
class Recorder:
    def hook(self, module, args, output): ...
    def attach(self, model):
        model.register_forward_hook(self.hook)  # bound method | hook | parameter | never
""",
    "inherited bound method": """
class Base:
    def hook(self, module, args, output): ...
class Recorder(Base):
    def attach(self, model):
        model.register_forward_hook(self.hook)  # bound method | hook | parameter | never
""",
    "bound method of a subclass": """
class Mixin:
    def attach(self, model):
        model.register_forward_hook(self.hook)  # bound method | hook | parameter | never
class Recorder(Mixin):
    def hook(self, module, args, output): ...
""",
    "getattr of self": """
class Recorder:
    def hook(self, module, args, output): ...
    def attach(self, model):
        model.register_forward_hook(getattr(self, "hook"))  # bound method | hook | parameter | never
""",
    "static method": """
class Recorder:
    @staticmethod
    def hook(module, args, output): ...
    def attach(self, model):
        model.register_forward_hook(self.hook)  # function | hook | parameter | never
""",
    "partial": """
def f(model):
    model.register_forward_hook(functools.partial(plain, 1))  # partial | plain | parameter | never
""",
    "partial in a variable": """
def f(model):
    hook = functools.partial(pre, 1)
    model.register_forward_pre_hook(hook)  # partial | pre | parameter | never
""",
    "lambda": """
def f(model):
    model.register_forward_hook(lambda m, i, o: None)  # lambda | <lambda> | parameter | never
""",
    "lambda in a variable": """
def f(model):
    hook = lambda m, i, o: None
    model.register_forward_hook(hook)  # lambda | <lambda> | parameter | never
""",
    "callable object": """
def f(model):
    model.register_forward_hook(Callable_())  # callable object | __call__ | parameter | never
""",
    "callable object on self": """
class Recorder:
    def __init__(self):
        self.hook = Callable_()
    def attach(self, model):
        model.register_forward_hook(self.hook)  # callable object | __call__ | parameter | never
""",
    "table": """
TABLE = {nn.Linear: plain, nn.ReLU: imported_hook}

def f(model):
    for m in model.modules():
        m.register_forward_hook(TABLE[type(m)])  # table | plain imported_hook | loop | never
""",
    "imported table": """
def f(model):
    for m in model.modules():
        m.register_forward_hook(IMPORTED_TABLE[type(m)])  # table | imported_hook | loop | never
""",
    "table filled later": """
def f(model):
    table = {}
    table[nn.Linear] = plain
    table.setdefault(nn.ReLU, imported_hook)
    for m in model.modules():
        m.register_forward_hook(table[type(m)])  # table | plain imported_hook | loop | never
""",
    "table filled by update": """
def f(model):
    table = dict()
    table.update({nn.Linear: plain})
    for m in model.modules():
        m.register_forward_hook(table.get(type(m)))  # function | plain | loop | never
""",
    "element of a list": """
def f(model):
    for hook in [plain, imported_hook]:
        model.register_forward_hook(hook)  # several bindings | plain imported_hook | parameter | never
""",
    "copied hooks": """
def f(old, new):
    old.register_forward_hook(plain)  # function | plain | parameter | never
    for hook in old._forward_hooks.values():
        new.register_forward_hook(hook)  # function | plain | parameter | never
""",
    "method of another object": """
def f(model):
    tool = Tool()
    model.register_forward_hook(tool.on_forward)  # bound method | on_forward | parameter | never
""",
    "method of an unknown object": """
def f(model):
    for layer in model.modules():
        layer.register_forward_hook(layer.tool.on_forward)  # bound method | on_forward | loop | never
""",
    "parameter of a wrapper": """
def attach(model, hook):
    return model.register_forward_hook(hook)  # function | plain | parameter | never

def f(model):
    attach(model, plain)
""",
    "several bindings": """
def f(model, flag):
    if flag:
        hook = plain
    else:
        hook = imported_hook
    model.register_forward_hook(hook)  # several bindings | plain imported_hook | parameter | never
""",
    "conditional expression": """
def f(model, flag):
    hook = plain if flag else imported_hook
    model.register_forward_hook(hook)  # several bindings | plain imported_hook | parameter | never
""",
    "unknown": """
def f(model, config):
    model.register_forward_hook(config["hook"])  # table |  | parameter | never
""",
    "hidden behind stars": """
def f(model, *args, **kwargs):
    model.register_forward_hook(*args, **kwargs)  # unknown |  | parameter | never
""",
}

RECEIVERS = {
    "named modules": """
def f(model):
    for name, m in model.named_modules():
        m.register_forward_hook(plain)  # function | plain | loop | never
""",
    "children in a comprehension": """
def f(model):
    return [m.register_forward_hook(plain) for m in model.children()]  # function | plain | loop | never
""",
    "dict of named children": """
def f(model):
    for name, m in dict(model.named_children()).items():
        m.register_forward_hook(plain)  # function | plain | loop | never
""",
    "list of layers": """
def f(layers):
    for layer, name in zip(layers, "ab"):
        layer.register_forward_hook(plain)  # function | plain | loop | never
""",
    "list on self": """
class Recorder:
    def __init__(self):
        self.layers = []
    def attach(self):
        for layer in self.layers:
            layer.register_forward_hook(plain)  # function | plain | local | never
""",
    "apply": """
def attach(m):
    m.register_forward_hook(plain)  # function | plain | apply | never

def f(model):
    model.apply(attach)
""",
    "self": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_forward_hook(plain)  # function | plain | self | never
""",
    "self in a mixin": """
class Mixin:
    def attach(self):
        self.register_forward_hook(plain)  # function | plain | self | never
""",
    "attribute of self": """
class Recorder:
    def __init__(self, model):
        self.model = model
        self.model.register_forward_hook(plain)  # function | plain | attribute | never
""",
    "chain of attributes": """
def f(model):
    model.encoder.layer.register_forward_hook(plain)  # function | plain | attribute | never
""",
    "subscript": """
def f(model):
    model.layers[0].register_forward_hook(plain)  # function | plain | subscript | never
""",
    "subscript of a dict": """
def f():
    groups = dict()
    groups["layer"].register_forward_hook(plain)  # function | plain | subscript | never
""",
    "call": """
def f(model):
    model.get_submodule("a").register_forward_hook(plain)  # function | plain | call | never
""",
    "getattr": """
def f(model):
    getattr(model, "a").register_forward_hook(plain)  # function | plain | call | never
""",
    "variable from a call": """
def f():
    model = nn.Linear(1, 1)
    model.register_forward_hook(plain)  # function | plain | local | never
""",
    "global": """
def f():
    nn.modules.module.register_module_forward_hook(plain)  # function | plain | global | never
""",
    "imported global function": """
from torch.nn.modules.module import register_module_forward_pre_hook as on_all

def f():
    handle = on_all(pre)  # function | pre | global | same function
    handle.remove()
""",
    "unbound": """
def f(model):
    nn.Module.register_forward_hook(model, plain)  # function | plain | parameter | never
""",
    "alias": """
def f(model, is_forward):
    register = model.register_forward_hook if is_forward else model.register_full_backward_hook
    register(plain)  # function | plain | parameter | never
""",
    "getattr of the method": """
def f(model):
    getattr(model, "register_forward_hook")(plain)  # function | plain | parameter | never
""",
    "statements of the file": """
net = nn.Linear(1, 1)
net.register_forward_hook(plain)  # function | plain | local | never
""",
    "under an if of the file": """
if torch.cuda.is_available():
    def f(model):
        model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "private state-dict hook": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self._register_state_dict_hook(plain)  # function | plain | self | never
""",
    "legacy utility": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.utils.weight_norm(nn.Linear(1, 1))  # callable object |  | call | never
""",
}

REACHES = {
    "behind a return": """
def f(model):
    return
    model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "behind a raise": """
def f(model):
    raise NotImplementedError
    model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "branch after a return": """
def f(model, flag):
    if flag:
        return None
    else:
        return 1
    if flag:
        model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "a function too long to run": """
def f(model):
"""
    + "".join(f"    x{n} = [model.a{n}, model.b{n}, model.c{n}]\n" for n in range(900))
    + """
    model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "in a context manager and a while": """
@contextlib.contextmanager
def f(model):
    while True:
        with torch.no_grad():
            handle = model.register_forward_hook(plain)  # function | plain | parameter | same function
            yield
            handle.remove()
""",
    "in a match": """
def f(model, kind):
    match kind:
        case "a":
            model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "in an async function": """
async def f(model):
    async with lock:
        model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "in a class inside a function": """
def f():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_forward_hook(plain)  # function | plain | self | never
    return Net()
""",
    "in a lambda": """
def f(model):
    return lambda: model.register_forward_hook(plain)  # function | plain | parameter | never
""",
    "guarded by isinstance": """
def f(model):
    for m in model.modules():
        if isinstance(m, torch.jit.ScriptModule):
            continue
        m.register_forward_hook(plain)  # function | plain | loop | never | guarded
""",
    "guarded by an except": """
def f(model):
    try:
        model.register_forward_hook(plain)  # function | plain | parameter | never | guarded
    except RuntimeError:
        pass
""",
}

NO_REGISTRATIONS = {
    "optimizer": """
def f(optimizer):
    optimizer.register_state_dict_pre_hook(plain)
""",
    "tensor": """
def f(tensor):
    tensor.register_hook(plain)
""",
    "a class of its own": """
class Registry:
    def register_forward_hook(self, hook): ...
    def f(self):
        self.register_forward_hook(plain)
""",
    "no argument": """
def f(model):
    model.register_forward_hook()
""",
    "only spoken of": '''
def f(model):
    """Call `model.register_forward_hook(hook)` first."""
''',
    "parametrization": """
def f(model):
    nn.utils.parametrizations.weight_norm(model)
""",
}
