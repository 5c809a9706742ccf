"""PEP 695 aliases: Flyte pickles them, so their target matters."""

from __future__ import annotations

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.bindings import TypeAlias
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass

KIND = ClassKind(
    name="alias",
    flyte1=Flyte1Form.PICKLE,
    flyte2=Flyte2Form.PICKLE,
    flyte1_transformer="",
    stands_for_target=True,
    named_in_pickle=False,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(makers=frozenset({"typing.TypeAliasType"}))


def claims(view: ClassView) -> bool:
    """A `TypeAliasType(…)` call or a `type X = …` statement."""
    return view.maker() in NAMES.makers or isinstance(view.node, TypeAlias)


def read(view: ClassView) -> RawClass:
    """The target; there are no fields."""
    if isinstance(view.node, TypeAlias):
        return RawClass(KIND, target=view.node.value, inherits=False)
    assert view.call is not None
    target = view.call.args[1] if len(view.call.args) > 1 else view.keyword(view.call, "tp")
    return RawClass(KIND, target=target, inherits=False)
