"""Every change of a field's or an output's type, by how its value travels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.kinds.row import Row, flow

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Type and value of a field before and after. None: the field is not there.
CHANGES: dict[str, tuple[tuple[str, str] | None, tuple[str, str] | None]] = {
    "int-str": (("int", "x"), ("str", "'s'")),
    "int-float": (("int", "x"), ("float", "0.5")),
    "int-bool": (("int", "1"), ("bool", "True")),
    "int-optional": (("int", "x"), ("Optional[int]", "None")),
    "int-list": (("int", "x"), ("list[int]", "[x]")),
    "int-any": (("int", "x"), ("Any", "'s'")),
    "str-int": (("str", "'s'"), ("int", "x")),
    "digits-int": (("str", "'7'"), ("int", "8")),
    "str-float": (("str", "'s'"), ("float", "0.5")),
    "str-bool": (("str", "'s'"), ("bool", "True")),
    "str-bytes": (("str", "'s'"), ("bytes", "b't'")),
    "str-enum": (("str", "'s'"), ("Color", "Color.RED")),
    "str-literal": (("str", "'s'"), ("Literal['a']", "'a'")),
    "str-path": (("str", "'s'"), ("pathlib.Path", "pathlib.Path('t')")),
    "str-date": (("str", "'s'"), ("date", "date(2024, 1, 2)")),
    "float-int": (("float", "0.5"), ("int", "x")),
    "whole-int": (("float", "2.0"), ("int", "x")),
    "float-str": (("float", "0.5"), ("str", "'s'")),
    "bool-int": (("bool", "True"), ("int", "x")),
    "bool-str": (("bool", "True"), ("str", "'s'")),
    "optional-none-int": (("Optional[int]", "None"), ("int", "x")),
    "optional-some-int": (("Optional[int]", "7"), ("int", "x")),
    "bytes-str": (("bytes", "b's'"), ("str", "'t'")),
    "uuid-str": (("UUID", "UUID(int=1)"), ("str", "'s'")),
    "timedelta-float": (("timedelta", "timedelta(1)"), ("float", "0.5")),
    "date-datetime": (("date", "date(2024, 1, 2)"), ("datetime", "datetime(2024, 1, 2, 3)")),
    "datetime-date": (("datetime", "datetime(2024, 1, 2, 3)"), ("date", "date(2024, 1, 3)")),
    "datetime-str": (("datetime", "datetime(2024, 1, 2, 3)"), ("str", "'s'")),
    "decimal-float": (("Decimal", "Decimal('0.5')"), ("float", "0.25")),
    "decimal-str": (("Decimal", "Decimal('0.5')"), ("str", "'s'")),
    "path-str": (("pathlib.Path", "pathlib.Path('s')"), ("str", "'t'")),
    "enum-str": (("Color", "Color.RED"), ("str", "'s'")),
    "list-set": (("list[int]", "[x]"), ("set[int]", "{x}")),
    "list-int-str": (("list[int]", "[x]"), ("list[str]", "['s']")),
    "list-int-float": (("list[int]", "[x]"), ("list[float]", "[0.5]")),
    "list-tuple": (("list[int]", "[x]"), ("tuple[int, ...]", "(x,)")),
    "list-int": (("list[int]", "[x]"), ("int", "x")),
    "tuple-longer": (("tuple[int, int]", "(x, x)"), ("tuple[int, int, int]", "(x, x, x)")),
    "tuple-item": (("tuple[int, int]", "(x, x)"), ("tuple[int, str]", "(x, 's')")),
    "dict-value": (("dict[str, int]", "{'k': x}"), ("dict[str, str]", "{'k': 's'}")),
    "dict-key": (("dict[str, int]", "{'k': x}"), ("dict[int, int]", "{1: x}")),
    "dict-inner": (("dict[str, int]", "{'v': 1}"), ("Inner", "Inner(v=2)")),
    "inner-dict": (("Inner", "Inner(v=2)"), ("dict[str, int]", "{'v': 1}")),
    "inner-other": (("Inner", "Inner(v=2)"), ("Other", "Other(w='s')")),
    "inner-same": (("Inner", "Inner(v=2)"), ("Twin", "Twin(v=2)")),
    "union-wider": (("Union[int, str]", "x"), ("Union[int, str, float]", "0.5")),
    "union-narrower": (("Union[int, str]", "'s'"), ("int", "x")),
    "literal-narrower": (("Literal['a', 'b']", "'a'"), ("Literal['b']", "'b'")),
    "enum-value": (("Color", "Color.RED"), ("Hue", "Hue.RED")),
    "enum-member-gone": (("Color", "Color.RED"), ("Pale", "Pale.BLUE")),
    "enum-level": (("Level", "Level.LOW"), ("Grade", "Grade.LOW")),
    "added": (None, ("int", "x")),
    "added-default": (None, ("int", "x")),
    "added-factory": (None, ("list[int]", "[x]")),
    "added-optional": (None, ("Optional[int]", "x")),
    "removed": (("int", "x"), None),
    "any-int": (("Any", "'s'"), ("int", "x")),
    "newtype": (("Num", "Num(3)"), ("Txt", "Txt('s')")),
    "alias": (("Seq", "[3]"), ("Map", "{'k': 1}")),
    "frozenset-list": (("frozenset[int]", "frozenset({3})"), ("list[int]", "[4]")),
    "defaultdict": (
        ("collections.defaultdict[str, int]", "collections.defaultdict(int, k=1)"),
        ("dict[str, str]", "{'k': 's'}"),
    ),
    "file-directory": (("FlyteFile", "FlyteFile(__file__)"), ("str", "'s'")),
    "classvar-field": (("ClassVar[int]", ""), ("int", "x")),
    "initvar-field": (("InitVar[int]", "x"), ("int", "x")),
}
_HELPERS = (
    "class Color(str, Enum):\n    RED = 'red'\n    BLUE = 'blue'\n"
    "class Hue(str, Enum):\n    RED = 'scarlet'\n    BLUE = 'blue'\n"
    "class Pale(str, Enum):\n    BLUE = 'blue'\n"
    "class Level(Enum):\n    LOW = 1\n    HIGH = 2\n"
    "class Grade(Enum):\n    LOW = 3\n    HIGH = 2\n"
    "Num = NewType('Num', int)\nTxt = NewType('Txt', str)\nSeq = list[int]\nMap = dict[str, int]\n"
)
_INNER = (
    "{deco}class Inner{base}:\n    v: int\n{deco}class Other{base}:\n    w: str\n"
    "{deco}class Twin{base}:\n    v: int\n"
)
FAMILIES = {
    "dataclass": ("@dataclass\n", ""),
    "pydantic": ("", "(BaseModel)"),
    "attrs": ("@attrs.define\n", ""),
}
PLACES = {
    "direct": ("Out", "{}"),
    "list": ("list[Out]", "[{}]"),
    "optional": ("Optional[Out]", "{}"),
    "dict": ("dict[str, Out]", "{{'k': {}}}"),
}


def rows() -> Iterator[Row]:
    number = 0
    for change, sides in CHANGES.items():
        for family in FAMILIES:
            if family == "attrs" and number % 2:
                number += 1
                continue
            place = list(PLACES)[number % len(PLACES)] if family != "attrs" else "direct"
            for where in dict.fromkeys(("direct", place)):
                before, after = (_tree(family, side, change, where) for side in sides)
                yield Row(f"endings:{change}/{family}/{where}", before, after)
            number += 1
        if None not in sides and "classvar" not in change and "initvar" not in change:
            old, new = (_bare(side) for side in sides if side)
            yield Row(f"endings:{change}/output", old, new)


def _tree(family: str, side: tuple[str, str] | None, change: str, place: str) -> dict[str, str]:
    deco, base = FAMILIES[family]
    default = _default(family, side[0], change) if side else ""
    part = f"    b: {side[0]}{default}\n" if side else ""
    inner = _INNER.format(deco=deco, base=base)
    declare = f"{_HELPERS}{inner}{deco}class Out{base}:\n    a: int\n{part}"
    value = f"Out(a=x, b={side[1]})" if side and side[1] else "Out(a=x)"
    type_, made = PLACES[place]
    return {"flow.py": flow(declare, type_, made.format(value))}


def _default(family: str, type_: str, change: str) -> str:
    if "default" in change or change == "classvar-field":
        return " = 9"
    if change == "initvar-field" and "InitVar" not in type_:
        return " = 9"
    if change == "added-optional":
        return " = None"
    if "factory" in change:
        made = {"dataclass": "field", "pydantic": "FieldInfo", "attrs": "attrs.field"}[family]
        word = "factory" if family == "attrs" else "default_factory"
        return f" = {made}({word}=list)"
    return ""


def _bare(side: tuple[str, str]) -> dict[str, str]:
    inner = _INNER.format(deco="@dataclass\n", base="")
    return {"flow.py": flow(_HELPERS + inner, *side)}
