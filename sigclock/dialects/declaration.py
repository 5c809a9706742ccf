"""What a dialect says of one task: the same struct for every SDK and every way to declare."""

from __future__ import annotations

import ast

import msgspec

from sigclock.model.snapshot import DISABLED, CacheKind, CacheSetting, Sdk
from sigclock.resolve.names import FunctionSymbol, Scope
from sigclock.resolve.values import Called, Computed, Constant, Known, Value


class Declaration(msgspec.Struct, frozen=True, eq=False):
    """One task as declared.

    `function` is what it is made of; class-based tasks have none, but `inputs` and `outputs` as
    expressions by name, read in `scope`. `name` is Flyte's full name where the declaration itself
    gives it; else it follows from module and function. `version` is the value in which the version
    stands. `remarks` are (rule, message) about the declaration itself.
    """

    sdk: Sdk
    setting: CacheSetting
    version: Value | None = None
    function: FunctionSymbol | None = None
    name: str | None = None
    inputs: dict[str, ast.expr] = {}
    outputs: dict[str, ast.expr] = {}
    scope: Scope | None = None
    pickle_untyped: bool = False
    ignored_inputs: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()


def is_true(value: Value | None) -> bool:
    """Whether a switch is on, or may be: what cannot be read counts as on, for nothing may escape."""
    return not isinstance(value, Constant) or bool(value.value)


def pinned_or_computed(version: Value | None) -> CacheSetting:
    """The setting of a task that is cached under an explicit version."""
    match version:
        case Constant(value):
            return CacheSetting(CacheKind.PINNED, str(value))
        case None:
            return CacheSetting(CacheKind.AUTOMATIC, "no version")
        case _:
            return CacheSetting(CacheKind.COMPUTED, identity(version))


def identity(value: Value) -> str:
    """How a computed version is known: its folded value, else its text with the constants it reads."""
    match value:
        case Constant(constant):
            return str(constant)
        case Computed(folded=str(folded)):
            return folded
        case Computed(text, reads=reads):
            return (
                f"{text} [{', '.join(f'{name}={shown}' for name, shown in reads)}]"
                if reads
                else text
            )
        case Known(dotted):
            return dotted
        case Called(callee, args, keywords):
            named = [f"{key}={identity(item)}" for key, item in sorted(keywords.items())]
            return f"{identity(callee)}({', '.join([*map(identity, args), *named])})"
        case _:
            return text_of(value)


def text_of(value: Value) -> str:
    """A stable word for a value without source of its own."""
    items = getattr(value, "items", None)
    if isinstance(items, tuple):
        return f"[{', '.join(map(identity, items))}]"
    symbol = getattr(value, "symbol", None)
    return symbol.node.name if symbol is not None else type(value).__name__.lower()


__all__ = ["DISABLED", "Declaration", "identity", "is_true", "pinned_or_computed", "text_of"]
