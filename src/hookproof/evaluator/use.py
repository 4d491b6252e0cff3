"""Uses: each is one thing that a hook does to its hook parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from hookproof.finding import UseKind
from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.facts.types import TorchType
    from hookproof.modules.module_class import ModuleClass

Kept: TypeAlias = Literal["", "value", "union"]


class Use(Struct, frozen=True):
    """One thing a hook does to its hook parameter, or to a module reached from it.

    `path` are the attribute names between the hook parameter and the object that is used, `name` the
    attribute itself (None where the object as a whole is used). `owner` is that object's class where it
    is known. `operation` says how: `attribute`, `getattr`, `hasattr`, `setattr`, `delattr`, the same with
    `computed ` in front for a computed name, `type`, `isinstance`, `__class__`, `vars`, `str`, `repr`,
    `super`, `len`, `iterate`, `index`, `variable index`, `call` (the object itself is called),
    `identity` (`is`, stored, `id()`), `key` (of a dict that the hook makes), `operator` (an operand of
    anything but `is`), `truth` (a condition by itself), `contains` (`x in m`), `argument` (passed to a
    function),
    `namespace item` (`vars(m)["x"]`, `m.__dict__["x"]`),
    `method attribute` (`m.forward.__name__`: `path` ends in the method), `inspect` (a method given to the
    `inspect` module). A call of an attribute is one use of kind `call` and `operation` `attribute`.

    `value` is what is assigned and `value_type` what is known of its type. `is_eager_only` stands under
    `if not torch.jit.is_scripting()`. `is_guarded` stands under a test that keeps ScriptModules out, a
    `hasattr` of that very name, or a `try` that catches the error. `helpers` is the chain of calls that
    carried the module into a helper function, outermost first; the use stands inside the helper then.
    `guards` says in more detail what the use stands under (see `guards`).
    `target` is the full name of the class of an `isinstance` test or of `super`, of the project function
    that the module is passed to, or of the class or function whose result is assigned. `receiver` is the
    spelling of the object that is used, `operator` that of an augmented assignment without its equals
    sign. `kept` says what the object is to compiled code (see `tracked`).
    """

    kind: UseKind
    operation: str
    location: Location
    scope: Scope
    text: str
    path: tuple[str, ...] = ()
    name: str | None = None
    owner: ModuleClass | None = None
    node: ir.Expr | None = None
    call: ir.Call | None = None
    value: ir.Expr | None = None
    value_type: TorchType | None = None
    is_augmented: bool = False
    is_eager_only: bool = False
    is_guarded: bool = False
    helpers: tuple[Location, ...] = ()
    guards: frozenset[str] = frozenset()
    target: str | None = None
    receiver: str = ""
    operator: str = ""
    kept: Kept = ""
