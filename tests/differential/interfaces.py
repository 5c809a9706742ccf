"""Edits of a task's list of outputs, of generic classes, and of the task around its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.sources import DUE, SILENT, WRAPPERS, Mutation, Source, both

if TYPE_CHECKING:
    from collections.abc import Iterator


def _edit(
    id_: str, before: tuple[str, str], after: tuple[str, str], why: str, *, hazard: bool = True
) -> Mutation:
    return Mutation(id_, Source("", *before), Source("", *after), hazard, why, wraps=False)


INT, STR, NOTHING = ("int", "x"), ("str", "'s'"), ("None", "None")
PAIR, SWAPPED = ("tuple[int, str]", "(x, 's')"), ("tuple[str, int]", "('s', x)")
TRIPLE = ("tuple[int, str, int]", "(x, 's', x)")
EMPTY = ("Tuple[()]", "None")


def output_edits() -> Iterator[Mutation]:
    yield _edit("void->value", NOTHING, INT, "an output more")
    yield _edit("value->void", INT, NOTHING, "an output less")
    yield _edit("void-respelled", NOTHING, ("'None'", "None"), "void", hazard=False)
    yield _edit("void-optional", NOTHING, ("Optional[None]", "None"), "void", hazard=False)
    yield _edit("void-empty", NOTHING, EMPTY, "void", hazard=False)
    yield _edit("output-added", PAIR, TRIPLE, "an output more")
    yield _edit("output-removed", TRIPLE, PAIR, "an output less")
    yield _edit("outputs-swapped", PAIR, SWAPPED, "outputs of a tuple count by position")
    yield _edit("one->two", INT, ("tuple[int, int]", "(x, x)"), "an output more")
    yield _edit("tuple-spelled", PAIR, ("Tuple[int, str]", "(x, 's')"), "spelling", hazard=False)
    yield _edit("tuple-bracketed", PAIR, ("(int, str)", "(x, 's')"), "spelling", hazard=False)
    yield from _named_outputs()


def _named_outputs() -> Iterator[Mutation]:
    named = 'NamedTuple("Stats", [("count", int), ("label", str)])'
    wider = 'NamedTuple("Stats", [("count", int), ("label", str), ("more", int)])'
    inline, inline_wider = (named, "(x, 's')"), (wider, "(x, 's', x)")
    yield _edit("inline-namedtuple-added", inline, inline_wider, "an output more")
    klass = "class Stats(NamedTuple):\n    count: int\n    label: str\n"
    by_class = Source(klass, "Stats", "Stats(x, 's')")
    by_call = Source(f"Stats = {named}\n", "Stats", "Stats(x, 's')")
    untyped = Source('Stats = namedtuple("Stats", ["count", "label"])\n', "Stats", "Stats(x, 's')")
    wide = Source('Stats = namedtuple("Stats", "count label more")\n', "Stats", "Stats(x, 's', x)")
    flat = Source("", *PAIR)
    yield Mutation("namedtuple-respelled", by_class, by_call, SILENT, "spelling", wraps=False)
    yield Mutation(
        "namedtuple-inlined", by_class, Source("", *inline), SILENT, "spelling", wraps=False
    )
    yield Mutation("namedtuple->tuple", by_class, flat, DUE, "outputs renamed", wraps=False)
    yield Mutation("untyped-namedtuple", untyped, by_class, DUE, "was void", wraps=False)
    yield Mutation("untyped-namedtuple-wider", untyped, wide, SILENT, "both void", wraps=False)


BOXES = {
    "dataclass": "@dataclass\nclass Box(Generic[T]):\n    item: T\n",
    "pydantic": "class Box(BaseModel, Generic[T]):\n    item: T\n",
    "attrs": "@attrs.define\nclass Box(Generic[T]):\n    item: T\n",
    "plain": (
        "class Box(Generic[T]):\n"
        "    def __init__(self, item: T) -> None:\n"
        "        self.item = item\n"
    ),
}


def generic_edits() -> Iterator[Mutation]:
    for name, box in BOXES.items():
        declare = f"T = TypeVar('T')\n\n{box}"
        of_int = Source(declare, "Box[int]", "Box(item=x)")
        of_str = Source(declare, "Box[str]", "Box(item='s')")
        yield Mutation(f"generic-{name}:argument", of_int, of_str, DUE, "another type inside")
        yield Mutation(f"generic-{name}:added", of_int, _wider(of_int, name), DUE, "a field more")
        renamed = Source(declare.replace("Box", "Bin"), "Bin[int]", "Bin(item=x)")
        why = "flytekit pickles every generic class but pydantic's"
        by_name = name != "pydantic"
        yield Mutation(f"generic-{name}:renamed", of_int, renamed, by_name, why, wraps=False)
    ids = "class Ids(RootModel[list[{}]]):\n    pass\n"
    of_int = Source(ids.format("int"), "Ids", "Ids([x])")
    of_str = Source(ids.format("str"), "Ids", "Ids(['s'])")
    yield Mutation("rootmodel:item", of_int, of_str, DUE, "another type inside")


def _wider(source: Source, name: str) -> Source:
    if name == "plain":
        declare = source.declare.replace("item: T)", "item: T, extra: int)")
        declare += "        self.extra = extra\n"
    else:
        declare = f"{source.declare}    extra: int\n"
    return Source(declare, source.type, "Box(item=x, extra=x)")


def pydantic_edits() -> Iterator[Mutation]:
    """What only a pydantic field can say."""
    edits = {
        "described": ("extra: int", "extra: int = FieldInfo(description='a number')", SILENT),
        "constrained": ("extra: int", "extra: int = FieldInfo(gt=0)", SILENT),
        "aliased": ("extra: int", "extra: int = FieldInfo(alias='more')", SILENT),
        "alias-changed": (
            "extra: int = FieldInfo(alias='a')",
            "extra: int = FieldInfo(alias='b')",
            SILENT,
        ),
        "factory": (
            "extra: list[int]",
            "extra: list[int] = FieldInfo(default_factory=list)",
            SILENT,
        ),
    }
    for id_, (old, new, hazard) in edits.items():
        yield Mutation(
            f"pydantic:{id_}", *both(_model, old, new), hazard, "the name in the stored value"
        )
    yield from _constrained()
    yield from _kinds()


#: A type, the same with constraints, and a value of both.
CONSTRAINED = {
    "int": ("int", "pydantic.NonNegativeInt", "3"),
    "strict": ("str", "pydantic.StrictStr", "'s'"),
    "bounds": ("pydantic.conint(ge=0)", "pydantic.conint(ge=1)", "3"),
    "text": ("str", "pydantic.constr(min_length=1)", "'s'"),
    "list": ("list[int]", "pydantic.conlist(int, min_length=1)", "[3]"),
    "set": ("set[int]", "pydantic.conset(int, min_length=1)", "{3}"),
    "number": ("float", "pydantic.confloat(gt=0)", "0.5"),
    "path": ("pathlib.Path", "pydantic.DirectoryPath", "pathlib.Path('/')"),
    "uuid": ("uuid.UUID", "pydantic.UUID4", "uuid.UUID(int=0, version=4)"),
    "day": ("date", "pydantic.condate(gt=date(2000, 1, 1))", "date(2020, 1, 1)"),
    "annotated": ("int", "Annotated[int, FieldInfo(gt=0)]", "3"),
    "past": ("date", "pydantic.PastDate", "date(2020, 1, 1)"),
    "aware": ("datetime", "pydantic.AwareDatetime", "datetime(2020, 1, 1, tzinfo=timezone.utc)"),
}


def _constrained() -> Iterator[Mutation]:
    """pydantic's constrained types are their base types; other classes of it are not."""
    for id_, (plain, bound, value) in CONSTRAINED.items():
        sides = _field(plain, value), _field(bound, value)
        yield Mutation(f"pydantic:{id_}-constrained", *sides, SILENT, "only constraints")
    secret = _field("str", "'s'"), _field("pydantic.SecretStr", "'s'")
    yield Mutation("pydantic:secret", *secret, DUE, "another object")


def _field(type_: str, value: str) -> Source:
    declare = f"class Stats(BaseModel):\n    extra: {type_}\n"
    return Source(declare, "Stats", f"Stats(extra={value})")


def _kinds() -> Iterator[Mutation]:
    """A model that becomes a dataclass has the same bytes; but a union's tag names its kind."""
    data = Source("@dataclass\nclass Stats:\n    count: int\n", "Stats", "Stats(count=x)")
    model = Source("class Stats(BaseModel):\n    count: int\n", "Stats", "Stats(count=x)")
    for wrapper in ("direct", "list", "optional"):
        old, new = (WRAPPERS[wrapper](side) for side in (data, model))
        for id_, sides in (
            ("dataclass->pydantic", (old, new)),
            ("pydantic->dataclass", (new, old)),
        ):
            yield Mutation(
                f"{id_}-{wrapper}", *sides, wrapper == "optional", "the same fields", wraps=False
            )


def _model(extra: str) -> Source:
    name = "more" if "'more'" in extra else extra.partition("alias='")[2][:1] or "extra"
    value = "[x]" if "list" in extra else "x"
    return Source(f"class Stats(BaseModel):\n    {extra}\n", "Stats", f"Stats({name}={value})")


def dataclass_edits() -> Iterator[Mutation]:
    """What only a dataclass can say."""
    plain = "@dataclass\nclass Stats:\n    count: int\n    label: str\n"
    value = "Stats(count=x, label='s')"
    edits = {
        "frozen": plain.replace("@dataclass", "@dataclass(frozen=True)"),
        "slots": plain.replace("@dataclass", "@dataclass(slots=True)"),
        "kw-only": plain.replace("@dataclass", "@dataclass(kw_only=True)"),
        "qualified": plain.replace("@dataclass", "@dataclasses.dataclass"),
        "called": plain.replace("@dataclass", "@dataclass()"),
        "metadata": plain.replace("label: str", "label: str = field(metadata={'unit': 1})"),
        "final": plain.replace("label: str", "label: Final[str] = 's'"),
        "json-mixin": plain.replace("Stats:", "Stats(DataClassJsonMixin):"),
    }
    for id_, text in edits.items():
        sides = Source(plain, "Stats", value), Source(text, "Stats", value)
        yield Mutation(f"dataclass:{id_}", *sides, SILENT, "nothing that is stored")
