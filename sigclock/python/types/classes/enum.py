"""Enums of every base: members in order of definition, aliases left out."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form, Member
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.names.unparse import repr_of, source_of
from sigclock.python.types.class_view import ClassView, RawClass, RawField, pairs, strings

_BASES = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})
_AUTO = "enum.auto"

KIND = ClassKind(
    name="enum",
    flyte1=Flyte1Form.ENUM,
    flyte2=Flyte2Form.ENUM,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(
    makers=_BASES,
    bases=_BASES,
    stars={
        "enum": frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "auto", "unique"}),
    },
)


def claims(view: ClassView) -> bool:
    """A functional enum, or anything below one of enum's bases."""
    return view.maker() in NAMES.makers or bool(_BASES & view.external_bases)


def read(view: ClassView) -> RawClass:
    """Name and value of each member; a member with the value of an earlier one is its alias."""
    members: dict[str, Member] = {}
    lines: dict[str, int] = {}
    for name, value, line in _functional(view) if view.call else _assigned(view):
        if value not in members:
            members[value] = Member(name, value)
            lines[value] = line
    places = tuple(RawField(m.name, None, lines[m.value]) for m in members.values())
    return RawClass(KIND, places, tuple(members.values()), inherits=False)


def _functional(view: ClassView) -> list[tuple[str, str, int]]:
    assert view.call is not None
    spec = view.call.args[1] if len(view.call.args) > 1 else None
    line = view.call.lineno
    named = strings(spec)
    if named and not (
        isinstance(spec, (ast.List, ast.Tuple)) and any(isinstance(i, ast.Tuple) for i in spec.elts)
    ):
        text = view.maker() == "enum.StrEnum"
        return [(n, repr(n.lower()) if text else str(i), line) for i, n in enumerate(named, 1)]
    return [
        (name, _value(view, value), line) for name, value, _ in pairs(spec) if value is not None
    ]


def _assigned(view: ClassView) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    last = 0
    for statement in view.statements():
        match statement:
            case ast.Assign(targets, value):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(ast.Name(single), _, ast.expr() as value):
                names = [single]
            case _:
                continue
        for name in names:
            if name.startswith("_") or _is_descriptor(view, value):
                continue
            text = _auto(view, name, last) if _is_auto(view, value) else _value(view, value)
            last = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else last  # noqa: PLR2004 - int()'s fast range
            found.append((name, text, statement.lineno))
    return found


def _is_auto(view: ClassView, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and view.dotted(value.func) == _AUTO


def _is_descriptor(view: ClassView, value: ast.expr) -> bool:
    """Functions, lambdas and `nonmember(…)` are no members."""
    if isinstance(value, ast.Lambda):
        return True
    return isinstance(value, ast.Call) and view.dotted(value.func) in {
        "enum.nonmember",
        "property",
        "classmethod",
        "staticmethod",
    }


def _auto(view: ClassView, name: str, last: int) -> str:
    """What `auto()` gives, unless the class says so itself."""
    if any(
        isinstance(s, ast.FunctionDef) and s.name == "_generate_next_value_"
        for s in view.statements()
    ):
        return f"auto({name!r})"
    bases = view.external_bases
    if "enum.StrEnum" in bases:
        return repr(name.lower())
    if bases & {"enum.Flag", "enum.IntFlag"}:
        return str(1 << last.bit_length())
    return str(last + 1)


def _value(view: ClassView, value: ast.expr) -> str:
    constant = view.evaluator.fold(value, view.scope)
    return source_of(value) if constant is None else repr_of(constant.value)
