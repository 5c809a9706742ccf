"""What changes a list or table after it was bound: `parts.append(x)`, `table["k"] = x`."""

from __future__ import annotations

import ast

import msgspec

#: Methods of lists and dicts that change what a name holds.
CHANGING = frozenset(
    ["append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"]
)


class HeldChange(msgspec.Struct, frozen=True, eq=False):
    """A method that changes a list or table, with its arguments."""

    method: str
    arguments: tuple[ast.expr, ...]
    line: int


def change_of(call: ast.Call, method: str) -> HeldChange | None:
    """The change that a call of a method is; keywords are a table. None if it spreads one."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    tables = [
        ast.copy_location(ast.Dict([ast.Constant(keyword.arg)], [keyword.value]), call)
        for keyword in call.keywords
    ]
    return HeldChange(method, (*call.args, *tables), call.lineno)


def gathered(loop: ast.stmt) -> tuple[str, HeldChange] | None:
    """The list that a loop does nothing but append to, as if it was extended at once."""
    match loop:
        case ast.For(
            target,
            some,
            [ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "append"), [item], []))],
            [],
        ):
            rounds = ast.comprehension(target, some, [], 0)
            items = ast.copy_location(ast.ListComp(item, [rounds]), loop)
            return name, HeldChange("extend", (items,), loop.lineno)
        case _:
            return None
