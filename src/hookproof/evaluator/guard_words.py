"""What a test says about the code that it guards.

A guard is one of these words:

- `scripting`: only compiled code gets here (`if torch.jit.is_scripting()`);
- `eager`: no compiled code gets here (`if not torch.jit.is_scripting()`);
- `never`: nothing gets here (`if False`, `if TYPE_CHECKING`, what follows a `return`);
- `tracing`: under a test of the tracing state;
- `script-module`: under a test for `torch.jit.ScriptModule`, or an attribute only it has, either way round;
- `class`: only modules of one Python class get here, so no ScriptModule;
- `not class`: only modules that are not of one Python class get here;
- `this class`, `not this class`: the same for the very class of the module;
- `hasattr`: under a `hasattr` with a literal name, or a `getattr(m, "x", None) is None`, which TorchScript
  decides while compiling;
- `hasattr kept`: the same for an attribute that scripting keeps: it is there, but in a trace or frozen;
- `not hasattr`: where such a test fails, and `missing a.b` with it: the attribute that is not there;
- `none`: under a test of a module's attribute against None, which TorchScript may decide while compiling;
- `try`: an error is caught;
- `unreached`: under a test that certainly fails: a comparison of strings, a `hasattr` for what no instance of
  the class has, an `isinstance` that no ScriptModule passes;
- `captured`: under a test of a value from outside the function, which compiled code refuses before it comes
  to the branches;
- `each parameter`: in a loop over the parameters of a module: a frozen one has none;
- `python`: in a form that compiled code refuses by itself, whatever it does to the module;
- `original`: on a module that a container of modules gives by index or iteration: a ScriptModule's gives the
  eager module;
- `default`: in what `getattr` gives where an attribute is missing, which it perhaps is not: evaluated all the
  same, used only there;
- `copy`: on a copy that the hook makes: nobody else sees what is set on it, and that of a traced module's
  parts can be called;
- `operand …`: the same within the condition itself, where TorchScript compiles every operand.
"""

from __future__ import annotations

from msgspec import Struct

Guards = frozenset[str]
NONE: Guards = frozenset()
PYTHON: Guards = frozenset({"python"})
DEFAULT: Guards = frozenset({"default"})


# Guards under which a Python hook that receives a ScriptModule never goes wrong.
UNREACHED: Guards = frozenset({"unreached"})
_NOWHERE: Guards = UNREACHED | {"never"}
_PYTHON_GUARDS = frozenset(
    {
        "unreached",
        "scripting",
        "never",
        "tracing",
        "script-module",
        "class",
        "this class",
        "hasattr",
        "not hasattr",
        "try",
        "original",
    }
    | {"operand hasattr", "operand class", "operand this class", "operand script-module", "operand scripting"}
)
# Guards under which a compiled hook's body is, or may be, left out.
COMPILED_GUARDS = frozenset(
    {
        "eager",
        "never",
        "hasattr",
        "not hasattr",
        "none",
        "class",
        "not class",
        "not this class",
        "python",
        "captured",
    }
)


def protects_python(guards: Guards) -> bool:
    """Return whether these guards keep ScriptModules away from a Python hook's access."""
    return not _PYTHON_GUARDS.isdisjoint(guards)


def is_unreached(guards: Guards) -> bool:
    """Return whether Python never gets to where these guards hold."""
    return not UNREACHED.isdisjoint(guards)


def is_never(guards: Guards) -> bool:
    """Return whether nothing gets to where these guards hold."""
    return not _NOWHERE.isdisjoint(guards)


def as_operand(guards: Guards) -> Guards:
    """Return what a condition's left operand says of its right one."""
    return frozenset(f"operand {guard}" for guard in guards)


class Test(Struct, frozen=True):
    """The guards that hold where a condition is true and where it is false."""

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()

    @property
    def both(self) -> frozenset[str]:
        """What holds on either side."""
        return self.yes | self.no
