"""The results of calls of `functools`, `dict`, `getattr` and methods of dicts."""

from __future__ import annotations

import ast

import msgspec

from sigclock.python.names.canonical import canonical
from sigclock.python.names.scopes import ClassSymbol
from sigclock.python.values.values import (
    Called,
    Code,
    Constant,
    Known,
    Member,
    Partial,
    Table,
    Value,
)


def result_of(call: Called) -> Value | None:
    """The value of such a call; None for any other call."""
    # Most calls are of other functions, and there are very many.
    callee = call.callee
    if isinstance(callee, Known) and callee.dotted not in _KNOWN:
        return None
    return _result_of(call) if isinstance(callee, (Known, Called, Member)) else None


_KNOWN = frozenset(
    """classmethod copy.copy copy.deepcopy copy.replace dataclasses.replace dict functools.partial
    functools.update_wrapper getattr staticmethod type typing.cast""".split()  # noqa: SIM905 - a name a word
)


def _result_of(call: Called) -> Value | None:
    match call.callee, call.args:
        case Known("functools.partial"), (callee, *rest):
            return _partial(callee, tuple(rest), call.keywords, open_=call.open)
        case Called(Known("functools.wraps"), ((Code() | Known()) as wrapped, *_)), (_, *_):
            return wrapped
        case Known("functools.update_wrapper"), (_, (Code() | Known()) as wrapped, *_):
            return wrapped
        case Known("staticmethod" | "classmethod"), (wrapped,):
            return wrapped
        case Known("typing.cast"), (_, wrapped):
            return wrapped
        case Known("type"), (Called(Code(ClassSymbol()) as own),):
            return own
        case Known("copy.copy" | "copy.deepcopy"), (Called() as original,):
            return original
        case Known("dataclasses.replace" | "copy.replace"), (
            Called(Code(ClassSymbol())) as original,
        ):
            return msgspec.structs.replace(
                original, keywords={**original.keywords, **call.keywords}, open=call.open
            )
        case Known("getattr"), (Known(dotted), Constant(str(name)), *_):
            return Known(canonical(f"{dotted}.{name}"))
        case Known("getattr"), (Called(Known()) as owner, Constant(str(name))):
            return Member(owner, name)
        case Known("dict"), args if not call.open and all(isinstance(a, Table) for a in args):
            return _dict(call)
        case Member(Table() as table, method), _:
            return _method(table, method, call)
        case _:
            return None


def _partial(
    callee: Value, args: tuple[Value, ...], keywords: dict[str, Value], *, open_: bool
) -> Partial:
    """`partial(partial(f, …), …)` is one partial."""
    if not isinstance(callee, Partial):
        return Partial(callee, args, keywords, open_)
    merged = {**callee.keywords, **keywords}
    return Partial(callee.callee, (*callee.args, *args), merged, callee.open or open_)


def _dict(call: Called) -> Table:
    """`dict(table, key=value)`."""
    items: dict[str, Value] = {}
    for argument in call.args:
        items.update(argument.items if isinstance(argument, Table) else {})
    return Table({**items, **call.keywords}, call.node, call.scope)


def _method(table: Table, method: str, call: Called) -> Value:
    """`CFG.get("key", default)` and `CFG.copy()`; other methods stay calls."""
    match method, call.args:
        case "copy", ():
            return table
        case (("get" | "pop" | "setdefault"), (Constant(str(key)), *rest)):
            if key in table.items:
                return table.items[key]
            return rest[0] if rest else Constant(None, call.path, ast.Constant(None))
        case _:
            return call
