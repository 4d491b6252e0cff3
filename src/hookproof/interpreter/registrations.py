"""What a registration says by its syntax alone: where the hook stands, and what the receiver looks like."""

from __future__ import annotations

from hookproof.facts.atlas import Facts
from hookproof.interpreter.domain import Value
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import ReceiverForm
from hookproof.syntax import ir

# Optimizers have hook methods of the same names.
_OPTIMIZER_APIS = frozenset(
    {
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
    }
)
_OWN_FORMS = frozenset({"parameter", "loop", "apply", "self", "subscript"})


def is_hook_method(func: ir.Expr, facts: Facts) -> bool:
    """Return whether a callee is spelled like a hook method of a module, not like an optimizer's."""
    if not isinstance(func, ir.Attribute) or func.attr not in facts.hook_apis:
        return False
    return not (func.attr in _OPTIMIZER_APIS and "optim" in last_name(func.value).lower())


def last_name(expr: ir.Expr) -> str:
    """Return the last name of an expression: `c` of `a.b.c[0]`, empty where there is none."""
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Attribute(attr=attr):
            return attr
        case ir.Subscript(value=value):
            return last_name(value)
    return ""


def hook_argument(node: ir.Call, *, is_unbound: bool) -> ir.Expr:
    """Return the expression of the hook, the call itself where it is hidden behind `*` or `**`."""
    positional = [argument.value for argument in node.args if argument.keyword is None and not argument.star]
    index = 1 if is_unbound else 0
    if index < len(positional):
        return positional[index]
    for argument in node.args:
        if argument.keyword == "hook":
            return argument.value
    return node


def receiver_form(receiver: Value | None, node: ir.Call, *, is_unbound: bool) -> ReceiverForm:
    """Return how the receiver is written, and for a bare name where its value came from."""
    if receiver is None:
        return "global"
    expr = node.args[0].value if is_unbound and node.args else None
    if isinstance(node.func, ir.Attribute) and not is_unbound:
        expr = node.func.value
    match expr:
        case ir.Name(id="self"):
            return "self"
        case ir.Attribute():
            return "attribute"
        case ir.Subscript():
            return "subscript"
        case ir.Call():
            return "call"
    if isinstance(receiver, ObjectValue) and receiver.form in _OWN_FORMS:
        return receiver.form
    return "local"
