"""NewTypes and PEP 695 aliases: Flyte pickles both, so their target matters."""

from __future__ import annotations

from sigclock.interface.snapshot import ClassKind
from sigclock.python.names.bindings import TypeAlias
from sigclock.python.types.class_view import ClassView, RawClass

MAKERS = frozenset({"typing.NewType", "typing.TypeAliasType"})


def claims(view: ClassView) -> bool:
    """A `NewType(…)` call or a `type X = …` statement."""
    return view.maker() in MAKERS or isinstance(view.node, TypeAlias)


def read(view: ClassView) -> RawClass:
    """The target; there are no fields."""
    if isinstance(view.node, TypeAlias):
        return RawClass(ClassKind.ALIAS, target=view.node.value, inherits=False)
    assert view.call is not None
    target = view.call.args[1] if len(view.call.args) > 1 else view.keyword(view.call, "tp")
    kind = ClassKind.NEWTYPE if view.maker() == "typing.NewType" else ClassKind.ALIAS
    return RawClass(kind, target=target, inherits=False)
