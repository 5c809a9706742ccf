"""Edits of classes that Flyte sends by structure elsewhere, but pickles inside a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.sources import DUE, SILENT, Mutation, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADS = {
    "dataclass": "@dataclass(frozen=True)\nclass Stats:\n",
    "slots": "@dataclass(frozen=True, slots=True)\nclass Stats:\n",
    "namedtuple": "class Stats(NamedTuple):\n",
}
FIELDS = "    count: int\n    label: str\n"
REVERSED = "    label: str\n    count: int\n"
ENUM = 'class Color(Enum):\n    RED = "red"\n    BLUE = "blue"\n'


def pickled_edits() -> Iterator[Mutation]:
    for name, head in HEADS.items():
        start = _in_set(head + FIELDS)
        by_position = name != "dataclass"
        yield _edit(f"set-{name}:reordered", start, _in_set(head + REVERSED), hazard=by_position)
        yield _edit(f"set-{name}:field-added", start, _in_set(f"{head}{FIELDS}    more: int = 0\n"))
        yield _edit(f"set-{name}:renamed", start, _in_set(head + FIELDS, name="Figures"))
    colors, paints = (_colors(name) for name in ("Color", "Paint"))
    yield _edit("set-enum:renamed", colors, paints)
    yield _edit("set-enum:member-renamed", colors, _colors("Color", "NAVY"), hazard=SILENT)
    yield from _ordered_in_union()


def _ordered_in_union() -> Iterator[Mutation]:
    """A union's member carries its own type, with an enum's values in order, and must match it."""
    swapped = 'class Color(Enum):\n    BLUE = "blue"\n    RED = "red"\n'
    for type_, value in (
        ("Union[Color, int]", "Color.RED"),
        ("Optional[list[Color]]", "[Color.RED]"),
    ):
        sides = Source(ENUM, type_, value), Source(swapped, type_, value)
        slug = "union-enum" if type_.startswith("Union") else "optional-list-enum"
        yield _edit(f"{slug}:reordered", *sides)
    field = "@dataclass\nclass Stats:\n    color: Optional[Color]\n"
    sides = (
        Source(ENUM + field, "Stats", "Stats(color=Color.RED)"),
        Source(swapped + field, "Stats", "Stats(color=Color.RED)"),
    )
    yield _edit("optional-enum-field:reordered", *sides, hazard=SILENT)


def _edit(id_: str, before: Source, after: Source, *, hazard: bool = DUE) -> Mutation:
    return Mutation(id_, before, after, hazard, "what is in the stored bytes", wraps=False)


def _in_set(declare: str, name: str = "Stats") -> Source:
    declare = declare.replace("Stats", name)
    return Source(declare, f"set[{name}]", f"{{{name}(count=x, label='s')}}")


def _colors(name: str, blue: str = "BLUE") -> Source:
    declare = ENUM.replace("Color", name).replace("BLUE", blue)
    return Source(declare, f"set[{name}]", f"{{{name}.RED}}")
