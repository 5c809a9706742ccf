"""Edits of classes with fields, in every family that declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from differential.sources import DUE, SILENT, Mutation, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Field(NamedTuple):
    """`name: type = default` as text."""

    name: str
    type: str
    default: str = ""


class Record(NamedTuple):
    """A class to be written in some family; `helpers` are declarations before it."""

    fields: tuple[Field, ...]
    helpers: str = ""
    name: str = "Stats"
    doc: str = ""
    body: str = ""
    base: str = ""


class Family(NamedTuple):
    """A way to declare fields.

    `pickled` is how Flyte 1 sends its values, `wraps` whether it may stand inside other types,
    `open` whether the class has a body that may hold more than fields, `like` a family of which
    it is a variant, for which fewer edits are enough.
    """

    write: Callable[[Record], str]
    pickled: bool = False
    wraps: bool = True
    open: bool = True
    like: str = ""


#: A value for each type that the edits below use.
VALUES = {
    "int": "x",
    "str": "'s'",
    "float": "0.5",
    "bool": "True",
    "Any": "x",
    "bytes": "b's'",
    "date": "date(2024, 1, 2)",
    "datetime": "datetime(2024, 1, 2, 3, 4)",
    "list[int]": "[x]",
    "List[int]": "[x]",
    "list[str]": "['s']",
    "set[int]": "{x}",
    "set[str]": "{'s'}",
    "dict[str, int]": "{'k': x}",
    "Dict[str, int]": "{'k': x}",
    "dict[str, str]": "{'k': 's'}",
    "dict[int, int]": "{1: x}",
    "dict[int, str]": "{1: 's'}",
    "tuple[int, str]": "(x, 's')",
    "tuple[int, int]": "(x, x)",
    "Optional[int]": "x",
    "int | None": "x",
    "Union[int, None]": "x",
    "Union[int, str]": "x",
    "Union[str, int]": "x",
    "Optional[str]": "'s'",
    "Literal['a', 'b']": "'a'",
    "Literal['a', 'b', 'c']": "'a'",
    "Annotated[int, 'unit']": "x",
    "Number": "NUMBER",
    "Whole": "x",
    "'int'": "x",
    "Color": "Color.RED",
    "Level": "Level.LOW",
    "Inner": "INNER",
    "Core": "INNER",
    "Optional[Inner]": "INNER",
    "list[Inner]": "[INNER]",
    "dict[str, Inner]": "{'k': INNER}",
    "tuple[Inner, int]": "(INNER, 1)",
    "Middle": "Middle(inner=INNER)",
    "ClassVar[int]": "",
}


def fields(text: str) -> tuple[Field, ...]:
    """Read `a: int; b: str = 's'`."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    return tuple(_field(part) for part in parts)


def _field(text: str) -> Field:
    head, _, default = text.partition(" = ")
    name, _, type_ = head.partition(": ")
    return Field(name, type_, default)


def source(record: Record, family: Family) -> Source:
    values = {part.name: VALUES[part.type] for part in record.fields}
    arguments = ", ".join(f"{name}={value}" for name, value in values.items() if value)
    text = f"{record.helpers}\n{family.write(record)}"
    return Source(text, record.name, f"{record.name}({arguments})")


def _lines(record: Record) -> str:
    doc = f'    """{record.doc}"""\n' if record.doc else ""
    rows = [f"{part.name}: {part.type}" for part in record.fields]
    defaults = [f" = {part.default}" if part.default else "" for part in record.fields]
    text = "".join(f"    {row}{default}\n" for row, default in zip(rows, defaults, strict=True))
    return f"{doc}{text}{record.body}"


def class_writer(decorator: str, base: str) -> Callable[[Record], str]:
    def write(record: Record) -> str:
        parent = record.base or base
        head = f"class {record.name}({parent}):" if parent else f"class {record.name}:"
        return f"{decorator}{head}\n{_lines(record)}"

    return write


def _plain(record: Record) -> str:
    """A class without help: parameters of `__init__`, each kept under its name."""
    rows = [f"{part.name}: {part.type}" for part in record.fields]
    defaults = [f" = {part.default}" if part.default else "" for part in record.fields]
    parameters = "".join(f", {row}{default}" for row, default in zip(rows, defaults, strict=True))
    kept = "".join(f"        self.{part.name} = {part.name}\n" for part in record.fields)
    doc = f'    """{record.doc}"""\n' if record.doc else ""
    init = f"    def __init__(self{parameters}) -> None:\n{kept or '        pass'}"
    return f"class {record.name}:\n{doc}{init}{record.body}"


def _make_dataclass(record: Record) -> str:
    def entry(part: Field) -> str:
        default = f", field(default={part.default})" if part.default else ""
        return f"({part.name!r}, {part.type}{default})"

    entries = ", ".join(map(entry, record.fields))
    here = "namespace={'__module__': __name__}"
    return f"{record.name} = make_dataclass({record.name!r}, [{entries}], {here})\n"


def _functional_namedtuple(record: Record) -> str:
    entries = ", ".join(f"({part.name!r}, {part.type})" for part in record.fields)
    return f"{record.name} = NamedTuple({record.name!r}, [{entries}])\n"


def _functional_typeddict(record: Record) -> str:
    entries = ", ".join(f"{part.name!r}: {part.type}" for part in record.fields)
    return f"{record.name} = TypedDict({record.name!r}, {{{entries}}})\n"


FAMILIES = {
    "dataclass": Family(class_writer("@dataclass\n", "")),
    "frozen": Family(class_writer("@dataclass(frozen=True, slots=True)\n", ""), like="dataclass"),
    "json-mixin": Family(class_writer("@dataclass\n", "DataClassJsonMixin"), like="dataclass"),
    "mashumaro": Family(class_writer("@dataclass\n", "DataClassJSONMixin"), like="dataclass"),
    "pydantic": Family(class_writer("", "BaseModel")),
    "pydantic-dataclass": Family(
        class_writer("@pydantic.dataclasses.dataclass\n", ""), like="dataclass"
    ),
    "make-dataclass": Family(_make_dataclass, open=False, like="dataclass"),
    "namedtuple": Family(class_writer("", "NamedTuple"), wraps=False),
    "namedtuple-call": Family(_functional_namedtuple, wraps=False, open=False, like="namedtuple"),
    "typeddict": Family(class_writer("", "TypedDict"), open=False),
    "typeddict-call": Family(_functional_typeddict, open=False, like="typeddict"),
    "attrs": Family(class_writer("@attrs.define\n", ""), pickled=True, like="plain"),
    "attr-s": Family(class_writer("@attr.s(auto_attribs=True)\n", ""), pickled=True, like="attrs"),
    "msgspec": Family(class_writer("", "msgspec.Struct"), pickled=True, like="plain"),
    "plain": Family(_plain, pickled=True),
}

BASE = "count: int; label: str"


class FieldEdit(NamedTuple):
    """Fields before and after, each beside the two that stay, with the helpers that they use."""

    id: str
    before: str
    after: str
    hazard: bool
    why: str
    helpers_before: str = ""
    helpers_after: str = ""


RED = 'class Color(str, Enum):\n    RED = "red"\n    BLUE = "blue"\n'
RED_GREEN = f'{RED}    GREEN = "green"\n'
LOW = "class Level(Enum):\n    LOW = 1\n    HIGH = 2\n"
LOW_MID = "class Level(Enum):\n    LOW = 1\n    MID = 3\n    HIGH = 2\n"
INT_ALIAS = "Number = int\nNUMBER = 5\n"
STR_ALIAS = "Number = str\nNUMBER = 's'\n"
INT_NEW = 'Number = NewType("Number", int)\nNUMBER = 5\n'
STR_NEW = 'Number = NewType("Number", str)\nNUMBER = "s"\n'

FIELD_EDITS = (
    FieldEdit("field-added-default", "", "extra: int = 7", DUE, "old values lack the field"),
    FieldEdit("field-added", "", "extra: int", DUE, "old values lack the field"),
    FieldEdit("field-removed", "extra: int", "", DUE, "old values have a field more"),
    FieldEdit("field-renamed", "old: int", "new: int", DUE, "old values have another field"),
    FieldEdit("int-to-str", "extra: int", "extra: str", DUE, "another type"),
    FieldEdit("int-to-float", "extra: int", "extra: float", DUE, "another type"),
    FieldEdit("int-to-optional", "extra: int", "extra: Optional[int]", DUE, "None is allowed now"),
    FieldEdit("optional-to-int", "extra: Optional[int]", "extra: int", DUE, "None was allowed"),
    FieldEdit("int-to-any", "extra: int", "extra: Any", DUE, "another type"),
    FieldEdit("date-to-datetime", "extra: date", "extra: datetime", DUE, "another type"),
    FieldEdit("list-item", "extra: list[int]", "extra: list[str]", DUE, "items of another type"),
    FieldEdit("set-item", "extra: set[int]", "extra: set[str]", DUE, "items of another type"),
    FieldEdit("set-to-list", "extra: set[int]", "extra: list[int]", DUE, "another container"),
    FieldEdit("map-value", "extra: dict[str, int]", "extra: dict[str, str]", DUE, "other values"),
    FieldEdit("dict-value", "extra: dict[int, int]", "extra: dict[int, str]", DUE, "other values"),
    FieldEdit("dict-key", "extra: dict[int, int]", "extra: dict[str, int]", DUE, "other keys"),
    FieldEdit("pair-item", "extra: tuple[int, str]", "extra: tuple[int, int]", DUE, "other item"),
    FieldEdit(
        "literal-added",
        "extra: Literal['a', 'b']",
        "extra: Literal['a', 'b', 'c']",
        DUE,
        "allowed values",
    ),
    FieldEdit("enum-added", "extra: Color", "extra: Color", DUE, "a member more", RED, RED_GREEN),
    FieldEdit("int-enum-added", "extra: Level", "extra: Level", DUE, "a member", LOW, LOW_MID),
    FieldEdit(
        "alias-target", "extra: Number", "extra: Number", DUE, "target", INT_ALIAS, STR_ALIAS
    ),
    FieldEdit("newtype-target", "extra: Number", "extra: Number", DUE, "target", INT_NEW, STR_NEW),
    FieldEdit("reordered", "a: int; b: float", "b: float; a: int", SILENT, "order only"),
    FieldEdit("default-changed", "extra: int = 1", "extra: int = 2", SILENT, "a default"),
    FieldEdit("default-given", "extra: int", "extra: int = 2", SILENT, "a default"),
    FieldEdit("field-quoted", "extra: int", "extra: 'int'", SILENT, "spelling"),
    FieldEdit("field-pipe", "extra: Optional[int]", "extra: int | None", SILENT, "spelling"),
    FieldEdit("field-union", "extra: Optional[int]", "extra: Union[int, None]", SILENT, "spelling"),
    FieldEdit("field-list", "extra: List[int]", "extra: list[int]", SILENT, "spelling"),
    FieldEdit("field-dict", "extra: Dict[str, int]", "extra: dict[str, int]", SILENT, "spelling"),
    FieldEdit(
        "field-aliased", "extra: int", "extra: Whole", SILENT, "spelling", "", "Whole = int\n"
    ),
    FieldEdit("field-annotated", "extra: int", "extra: Annotated[int, 'unit']", SILENT, "metadata"),
    FieldEdit("union-order", "extra: Union[int, str]", "extra: Union[str, int]", SILENT, "order"),
)

#: Edits that a family cannot declare, or whose types flytekit refuses as an output of their own.
DEFAULTS = {"field-added-default", "default-changed", "default-given"}
REFUSED = {"pair-item", "int-enum-added"}
SKIPPED = {
    "namedtuple": REFUSED,
    "namedtuple-call": DEFAULTS | REFUSED,
    "typeddict": DEFAULTS,
    "typeddict-call": DEFAULTS,
}


def field_edits() -> Iterator[Mutation]:
    for name, family in FAMILIES.items():
        for edit in FIELD_EDITS:
            if edit.id not in SKIPPED.get(name, set()):
                yield _field_edit(name, family, edit)


def _hazard(name: str, edit: FieldEdit) -> bool:
    """`msgspec` pickles the values of its fields by position."""
    return edit.hazard or (name == "msgspec" and edit.id == "reordered")


def _field_edit(name: str, family: Family, edit: FieldEdit) -> Mutation:
    before = Record(fields(f"{BASE}; {edit.before}"), edit.helpers_before)
    after = Record(fields(f"{BASE}; {edit.after}"), edit.helpers_after)
    return Mutation(
        f"{name}:{edit.id}",
        source(before, family),
        source(after, family),
        _hazard(name, edit),
        edit.why,
        family.wraps,
    )
