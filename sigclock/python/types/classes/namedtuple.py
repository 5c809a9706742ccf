"""NamedTuples in all spellings; `collections.namedtuple` has names without types."""

from __future__ import annotations

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread

_TYPED, _UNTYPED = "typing.NamedTuple", "collections.namedtuple"

KIND = ClassKind(
    name="namedtuple",
    flyte1=Flyte1Form.PICKLE,
    flyte2=Flyte2Form.PYDANTIC,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=True,
    pickled_if_generic=False,
    fields_are_outputs=True,
)
NAMES = ExternalNames(makers=frozenset({_TYPED, _UNTYPED}), bases=frozenset({_TYPED}))


def claims(view: ClassView) -> bool:
    """A class statement directly on NamedTuple, or a call of either maker."""
    return view.maker() in NAMES.makers or any(
        view.dotted(base) == _TYPED for base, _ in view.bases
    )


def read(view: ClassView) -> RawClass:
    """The fields in order."""
    if view.call is None:
        return RawClass(KIND, tuple(view.annotated()), inherits=False)
    spec = view.argument(1, "field_names" if view.maker() == _UNTYPED else "fields")
    unread = (Unread(spec or view.call, view.outer, "fields"),)
    if view.maker() == _UNTYPED:
        names = view.texts(spec)
        if isinstance(names, Unknown):
            return RawClass(KIND, inherits=False, untyped=True, unread=unread)
        untyped = tuple(RawField(name, None, view.call) for name in names)
        return RawClass(KIND, untyped, inherits=False, untyped=True)
    listed = view.listed(spec)
    if isinstance(listed, Unknown) or not all(entry.rest for entry in listed):
        return RawClass(KIND, inherits=False, unread=unread)
    typed = [
        RawField(entry.name, entry.rest[0].node, entry.node, scope=entry.rest[0].scope)
        for entry in listed
    ]
    named = [k for k in view.call.keywords if k.arg not in {None, "typename", "fields"}]
    typed += [RawField(str(k.arg), k.value, k.value) for k in named]
    return RawClass(KIND, tuple(typed), inherits=False)
