"""Edits of a class as a whole: its name, base, body, and the classes inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from differential.records import BASE, FAMILIES, Family, Record, class_writer, fields, source
from differential.sources import DUE, SILENT, Mutation, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

START = Record(fields(BASE))


class BodyEdit(NamedTuple):
    """Lines at the end of a class body, before and after; none of them is a stored part."""

    id: str
    before: str
    after: str
    families: frozenset[str] = frozenset()


METHOD = "\n    def double(self) -> int:\n        return self.count * 2\n"
PROPERTY = "\n    @property\n    def double(self) -> int:\n        return self.count * 2\n"
POST_INIT = "\n    def __post_init__(self) -> None:\n        return None\n"
COMPUTED = "\n    @computed_field\n    def double(self) -> int:\n        return self.count * 2\n"
VALIDATOR = (
    "\n    @field_validator('label')\n    @classmethod\n"
    "    def known(cls, value: str) -> str:\n        return value\n"
)
DATACLASSES = frozenset({"dataclass", "frozen", "json-mixin", "mashumaro", "pydantic-dataclass"})
PLAIN_DATACLASSES = frozenset({"dataclass", "json-mixin", "mashumaro"})
PYDANTIC = frozenset({"pydantic"})

BODY_EDITS = (
    BodyEdit("comment-added", "", "    # said in passing\n"),
    BodyEdit("method-added", "", METHOD),
    BodyEdit("method-changed", METHOD, METHOD.replace("2", "3")),
    BodyEdit("property-added", "", PROPERTY, DATACLASSES | PYDANTIC | {"attrs", "plain"}),
    BodyEdit("post-init-added", "", POST_INIT, DATACLASSES),
    BodyEdit("attribute-added", "", "    scale = 3\n", PLAIN_DATACLASSES),
    BodyEdit("classvar-added", "", "    scale: ClassVar[int] = 3\n", DATACLASSES | PYDANTIC),
    BodyEdit("initvar-added", "", "    scale: InitVar[int] = 3\n", frozenset({"dataclass"})),
    BodyEdit("computed-added", "", COMPUTED, PYDANTIC),
    BodyEdit("validator-added", "", VALIDATOR, PYDANTIC),
    BodyEdit("private-added", "", "    _seen: int = PrivateAttr(default=3)\n", PYDANTIC),
    BodyEdit("config-added", "", "    model_config = ConfigDict(title='S')\n", PYDANTIC),
)


def class_edits() -> Iterator[Mutation]:
    for name, family in FAMILIES.items():
        yield from _general(name, family)
        yield from _nested(name, family)
        if family.open:
            yield from _bodies(name, family)
            yield _mutation(name, family, "docstring-added", START._replace(doc="Says more."))
    yield from _bases()


def _mutation(
    name: str,
    family: Family,
    edit: str,
    after: Record,
    *,
    before: Record = START,
    hazard: bool = SILENT,
    why: str = "nothing that is stored",
) -> Mutation:
    sources = source(before, family), source(after, family)
    return Mutation(f"{name}:{edit}", *sources, hazard, why, family.wraps)


def _general(name: str, family: Family) -> Iterator[Mutation]:
    why = "the qualified name is in the pickle" if family.pickled else "sent by structure"
    renamed = START._replace(name="Figures")
    yield _mutation(name, family, "renamed", renamed, hazard=family.pickled, why=why)
    spaced = START._replace(helpers="\n\n# a comment of its own\n\n")
    yield _mutation(name, family, "unchanged", spaced)


def _bodies(name: str, family: Family) -> Iterator[Mutation]:
    for edit in BODY_EDITS:
        if not edit.families or name in edit.families:
            before, after = START._replace(body=edit.before), START._replace(body=edit.after)
            yield _mutation(name, family, edit.id, after, before=before)


#: How the class of the family holds the inner one.
PLACES = ("Inner", "Optional[Inner]", "list[Inner]", "dict[str, Inner]", "tuple[Inner, int]")


def _nested(name: str, family: Family) -> Iterator[Mutation]:
    """A field is added to a class two and three levels down."""
    inner = family if family.wraps else FAMILIES["dataclass"]
    for place in PLACES if family.wraps else PLACES[:-1]:
        sides = [_holding(inner, parts, place, "Inner") for parts in ("a: int", WIDE)]
        spot = place.replace("[", "-").replace("]", "").replace(", ", "-").lower()
        yield _inner_mutation(name, family, f"nested-{spot}-field-added", sides, hazard=True)
    sides = [_holding(inner, "a: int", inside, inside) for inside in ("Inner", "Core")]
    yield _inner_mutation(name, family, "nested-renamed", sides, hazard=inner.pickled)
    deep = [_deep(inner, parts) for parts in ("a: int", WIDE)]
    yield _inner_mutation(name, family, "nested-twice-field-added", deep, hazard=True)


WIDE = "a: int; b: str"


def _inner_mutation(
    name: str, family: Family, edit: str, sides: list[Record], *, hazard: bool
) -> Mutation:
    before, after = sides
    why = "a class that it reaches"
    return _mutation(name, family, edit, after, before=before, hazard=hazard, why=why)


def _holding(inner: Family, parts: str, place: str, inside: str) -> Record:
    """A record with an inner class; `INNER` is a value of it with a field per part."""
    return Record(fields(f"{BASE}; extra: {place}"), _inner(inner, parts, inside))


def _inner(inner: Family, parts: str, name: str) -> str:
    made = source(Record(fields(parts), name=name), inner)
    return f"{made.declare}\nINNER = {made.value.replace('=x', '=5')}\n"


def _deep(inner: Family, parts: str) -> Record:
    core = _inner(inner, parts, "Inner")
    middle = Record(fields("inner: Inner"), core, name="Middle")
    return Record(fields(f"{BASE}; extra: Middle"), source(middle, inner).declare)


#: Decorator and parent of a base class in each family that is worth it.
BASES = {
    "dataclass": ("@dataclass\n", ""),
    "pydantic": ("", "BaseModel"),
    "attrs": ("@attrs.define\n", ""),
    "msgspec": ("", "msgspec.Struct"),
    "typeddict": ("", "TypedDict"),
}


def _bases() -> Iterator[Mutation]:
    """The base class, not the class itself, is edited."""
    for name, kind in BASES.items():
        start = _inheriting(*kind, "a: int", BASE)
        added = _inheriting(*kind, "a: int; b: str", BASE)
        moved = _inheriting(*kind, "a: int; count: int", "label: str")
        yield Mutation(f"{name}:base-field-added", start, added, DUE, "a field more, inherited")
        yield Mutation(f"{name}:field-moved-to-base", start, moved, SILENT, "the same fields")


def _inheriting(decorator: str, parent: str, above: str, own: str) -> Source:
    base = Record(fields(above), name="Base", base=parent)
    whole = source(Record(fields(f"{above}; {own}")), FAMILIES["dataclass"])
    kind = Family(class_writer(decorator, "Base"))
    declare = class_writer(decorator, parent)(base) + source(Record(fields(own)), kind).declare
    return whole._replace(declare=declare)
