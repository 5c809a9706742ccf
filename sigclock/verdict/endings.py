"""How the local cache ends a call whose stored value has another type: silently, or in an error.

It depends on what reads the value. mashumaro turns a dataclass's fields into their types, pydantic
checks them, Flyte's own type engine fits outputs, and a pickle gives back the object that it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Literal

from sigclock.interface.change import Change, ChangeKind, of_outputs
from sigclock.interface.signature import Mode, modes
from sigclock.interface.snapshot import Definition, Flyte2Form, Task

Definitions = Mapping[str, Definition]
#: None: it depends on the value, or is not known.
Ending = Literal["silent", "raises"] | None


class Decoder(Enum):
    """What makes a Python object of a stored part."""

    MASHUMARO = "mashumaro"
    PYDANTIC = "pydantic"
    ENGINE = "engine"
    PICKLE = "pickle"


#: How a change of a class's or interface's parts ends, whatever their types are.
_OF_CHANGE: dict[ChangeKind, Ending] = {
    ChangeKind.OUTPUT_ADDED: "raises",
    ChangeKind.OUTPUT_REMOVED: "raises",
    ChangeKind.OUTPUT_RENAMED: "raises",
    ChangeKind.BECAME_VOID: "raises",
    ChangeKind.BECAME_VALUE: "raises",
    ChangeKind.FIELD_REMOVED: "silent",
    ChangeKind.BECAME_OPTIONAL: "silent",
    ChangeKind.BECAME_REQUIRED: None,
    ChangeKind.ITEM_ADDED: "raises",
    ChangeKind.ITEM_REMOVED: "raises",
    ChangeKind.UNION_MEMBER_ADDED: "silent",
    ChangeKind.UNION_MEMBER_REMOVED: None,
    ChangeKind.LITERAL_ADDED: "silent",
    ChangeKind.LITERAL_REMOVED: "raises",
    ChangeKind.MEMBER_ADDED: "silent",
    ChangeKind.MEMBER_REMOVED: "raises",
    ChangeKind.COLUMN_ADDED: "raises",
    ChangeKind.COLUMN_REMOVED: "silent",
    ChangeKind.COLUMN_RETYPED: None,
}
#: Changes after which a pickle may not give back the object that was stored.
_UNKNOWN_OF_PICKLE = {ChangeKind.BASE_CHANGED, ChangeKind.CLASS_KIND_CHANGED}

_TEXTS = frozenset(
    """str datetime.date datetime.datetime datetime.time decimal.Decimal pathlib.Path
    uuid.UUID""".split()  # noqa: SIM905 - a name a word
)
_NUMBERS = frozenset({"int", "float", "bool"})
_ARRAYS = frozenset({"list", "set", "tuple", "frozenset"})
_MAPS = frozenset({"dict", "collections.defaultdict", "collections.OrderedDict"})
_ANY = frozenset({"typing.Any", "object"})
#: Types of which a text of any kind may be, or may not be, a value.
_PARSED = frozenset({"int", "float", "decimal.Decimal"})

#: What mashumaro reads without an error besides values of the same type: it passes on what it
#: does not convert (https://github.com/Fatal1ty/mashumaro#supported-data-types).
_MASHUMARO = {
    "int": _NUMBERS | {"datetime.timedelta"},
    "float": _NUMBERS | {"datetime.timedelta", "decimal.Decimal"},
    "decimal.Decimal": _NUMBERS | {"datetime.timedelta"},
    "datetime.timedelta": _NUMBERS,
    "datetime.datetime": frozenset({"datetime.date"}),
    "pathlib.Path": _TEXTS | {"enum", "Literal"},
    "list": _ARRAYS | {"bytes"},
    "set": _ARRAYS | {"bytes"},
    "frozenset": _ARRAYS | {"bytes"},
    "dict": frozenset({"class"}),
}
#: What pydantic accepts (https://docs.pydantic.dev/latest/concepts/conversion_table/, from JSON).
_TEXTS_OF_PYDANTIC = _TEXTS | {"bytes", "datetime.timedelta", "enum", "Literal"}
_PYDANTIC = {
    "str": _TEXTS_OF_PYDANTIC,
    "bytes": _TEXTS_OF_PYDANTIC,
    "pathlib.Path": _TEXTS_OF_PYDANTIC,
    "int": frozenset({"bool"}),
    "float": frozenset({"int", "bool", "decimal.Decimal"}),
    "decimal.Decimal": frozenset({"int", "float"}),
    "datetime.datetime": frozenset({"int", "float", "datetime.date", "decimal.Decimal"}),
    "datetime.timedelta": frozenset({"int", "float", "datetime.time"}),
    "datetime.time": frozenset({"int", "float"}),
    "list": _ARRAYS,
    "set": _ARRAYS,
    "frozenset": _ARRAYS,
    "dict": frozenset({"class"}),
}
#: What Flyte's type engine takes for a value of an output.
_ENGINE = {
    "int": frozenset({"float"}),
    "float": frozenset({"int"}),
    "str": frozenset({"enum", "Literal"}),
    "Literal": frozenset({"str"}),
    "datetime.date": frozenset({"datetime.datetime"}),
    "datetime.datetime": frozenset({"datetime.date"}),
    "dict": frozenset({"class"}),
}
_SILENT = {
    Decoder.MASHUMARO: _MASHUMARO,
    Decoder.PYDANTIC: _PYDANTIC,
    Decoder.ENGINE: _ENGINE,
}
#: Types that mashumaro gives any value.
_PASSED_ON = frozenset({"str", "bytes", "bool"})


def ending(
    changes: Iterable[Change], task: Task, before: Definitions, after: Definitions
) -> Ending:
    """How a stale value of a task's outputs ends; the worst of all changes decides."""
    reached = modes(task.outputs, after, task.sdk)
    endings = [_of(change, reached, before, after) for change in of_outputs(changes)]
    if "raises" in endings:
        return "raises"
    return None if None in endings else "silent"


def _of(
    change: Change,
    reached: Mapping[str, set[Mode]],
    before: Definitions,
    after: Definitions,
) -> Ending:
    if "Unresolved[" in f"{change.baseline} {change.current}":
        return None
    owner = after.get(change.definition or "")
    if owner is not None and owner.kind.pickled and not owner.kind.named_in_pickle:
        # It is in no pickle: a plug-in reads the value.
        return None
    decoder = _decoder(change.definition, reached, after)
    if decoder is Decoder.PICKLE:
        return _of_pickle(change, after)
    match change.kind:
        case ChangeKind.CLASS_RENAMED:
            return "silent"
        case ChangeKind.LITERAL_REMOVED if decoder is Decoder.ENGINE:
            return "silent"
        case ChangeKind.FIELD_ADDED | ChangeKind.FIELD_RENAMED:
            return "silent" if change.default else "raises"
        case ChangeKind.MEMBER_REVALUED:
            return _of_member(change, after)
        case ChangeKind.RETYPED | ChangeKind.CONTAINER_CHANGED:
            old, new = change.baseline or "", change.current or ""
            return _read(old, new, decoder, {**after, **before}, {**before, **after})
        case kind:
            return _OF_CHANGE.get(kind)


def _of_pickle(change: Change, after: Definitions) -> Ending:
    """A pickle gives back the object as it was; Flyte looks at the class of the whole."""
    if change.kind is ChangeKind.CLASS_RENAMED:
        definition = after.get(change.definition or "")
        whole = change.path.count(".") == 1 and "[" not in change.path
        is_class = definition is not None and not definition.kind.stands_for_target
        return "raises" if whole and is_class else ("silent" if not is_class else None)
    return None if change.kind in _UNKNOWN_OF_PICKLE else "silent"


def _of_member(change: Change, after: Definitions) -> Ending:
    """A stored value that is another member's now is read as that; else there is none."""
    definition = after.get(change.definition or "")
    values = {member.value for member in definition.members} if definition else set()
    return "silent" if change.baseline in values else "raises"


def _decoder(
    key: str | None, reached: Mapping[str, set[Mode]], definitions: Definitions
) -> Decoder:
    if key is None:
        return Decoder.ENGINE
    definition = definitions.get(key)
    kind = definition.kind if definition is not None else None
    pickled = kind is not None and (kind.pickled or kind.stands_for_target)
    if pickled or reached.get(key, {Mode.OUTPUT}) == {Mode.PICKLED}:
        return Decoder.PICKLE
    if definition is not None and definition.kind.flyte2 is Flyte2Form.PYDANTIC:
        return Decoder.PYDANTIC
    return Decoder.MASHUMARO


def _read(old: str, new: str, decoder: Decoder, before: Definitions, after: Definitions) -> Ending:
    """What a decoder for one type makes of a value of another, both as spelled."""
    if " | " in _outside(new):
        options = [option for option in _split(new, " | ") if option != "None"]
        endings = {_read(old, option, decoder, before, after) for option in options}
        return "silent" if "silent" in endings else (None if None in endings else "raises")
    is_, was = _head(new, after), _head(old, before)
    if decoder is Decoder.ENGINE and (is_ in _ANY) is not (was in _ANY):
        return "raises"
    if is_ in _ANY:
        return "silent"
    if " | " in _outside(old) or was in _UNTOLD or {"fixed", "class"} & {is_} or was == "fixed":
        return None
    if decoder is Decoder.MASHUMARO and is_ in _PASSED_ON:
        return "silent"
    if was == is_ or was in _SILENT[decoder].get(is_, ()):
        return _items(old, new, decoder, before, after)
    if decoder is Decoder.MASHUMARO and is_ in _ARRAYS and was in {"str", "dict", *_TEXTS}:
        return None
    if (was in {"str", "decimal.Decimal"} and is_ in _PARSED) or (was, is_) in _NARROWED:
        return None
    return "raises"


def _items(old: str, new: str, decoder: Decoder, before: Definitions, after: Definitions) -> Ending:
    """The same of the items of two containers."""
    pairs = zip(_arguments(old), _arguments(new), strict=False)
    endings = [_read(was, is_, decoder, before, after) for was, is_ in pairs if was != is_]
    return "raises" if "raises" in endings else (None if None in endings else "silent")


#: What pydantic reads where nothing is lost.
_NARROWED = frozenset(
    {
        ("float", "int"),
        ("int", "bool"),
        ("float", "bool"),
        ("str", "bool"),
        ("int", "datetime.date"),
        ("datetime.datetime", "datetime.date"),
        ("str", "datetime.datetime"),
        ("str", "enum"),
        ("str", "Literal"),
    }
)
#: Types of fields that were not stored, or may be of any type.
_UNTOLD = frozenset({*_ANY, "typing.ClassVar", "typing.InitVar", "typing.NotRequired"})


def _head(text: str, definitions: Definitions) -> str:
    """A type without its arguments; `class` and `enum` for those of the tree."""
    head = text.partition("[")[0].strip()
    definition = definitions.get(head)
    if definition is not None:
        if definition.kind.has_members:
            return "enum"
        return "fixed" if definition.kind.stands_for_target else "class"
    if head == "tuple":
        return "list" if text.endswith(", ...]") else "fixed"
    return "dict" if head in _MAPS else head


def _outside(text: str) -> str:
    """The text without what is in brackets."""
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", text)) != text:
        text = shorter
    return text


def _arguments(text: str) -> list[str]:
    """`int` and `str` of `dict[int, str]`."""
    _, bracket, rest = text.partition("[")
    arguments = _split(rest.removesuffix("]"), ", ") if bracket else []
    return [argument for argument in arguments if argument != "..."]


def _split(text: str, mark: str) -> list[str]:
    """The parts between marks that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if depth == 0 and place >= start and text.startswith(mark, place):
            parts.append(text[start:place])
            start = place + len(mark)
    return [*parts, text[start:]]
