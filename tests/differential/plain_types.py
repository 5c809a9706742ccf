"""Edits of what a task returns where no class with fields is at stake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.sources import DUE, SILENT, Mutation, Source, both

if TYPE_CHECKING:
    from collections.abc import Iterator


def _plain(
    id_: str, before: tuple[str, str], after: tuple[str, str], why: str, *, hazard: bool = True
) -> Mutation:
    return Mutation(id_, Source("", *before), Source("", *after), hazard, why)


#: A type and a value of it, by the name under which the table below speaks of it.
TYPES = {
    "int": ("int", "x"),
    "float": ("float", "0.5"),
    "str": ("str", "'s'"),
    "bool": ("bool", "x > 0"),
    "bytes": ("bytes", "b's'"),
    "date": ("date", "date(2024, 1, 2)"),
    "datetime": ("datetime", "datetime(2024, 1, 2, 3, 4)"),
    "timedelta": ("timedelta", "timedelta(seconds=x)"),
    "time": ("time", "time(1, 2)"),
    "decimal": ("Decimal", "Decimal(x)"),
    "uuid": ("UUID", "UUID(int=x)"),
    "complex": ("complex", "complex(x, 1)"),
    "any": ("Any", "x"),
    "object": ("object", "x"),
    "List-int": ("List[int]", "[x]"),
    "list-int": ("list[int]", "[x]"),
    "list-str": ("list[str]", "['s']"),
    "list-list-int": ("list[list[int]]", "[[x]]"),
    "list-list-str": ("list[list[str]]", "[['s']]"),
    "iterator-int": ("Iterator[int]", "iter([x])"),
    "iterator-str": ("Iterator[str]", "iter(['s'])"),
    "sequence-int": ("Sequence[int]", "[x]"),
    "sequence-str": ("Sequence[str]", "['s']"),
    "set-int": ("set[int]", "{x}"),
    "set-str": ("set[str]", "{'s'}"),
    "frozenset-int": ("frozenset[int]", "frozenset({x})"),
    "dict": ("dict", "{'k': x}"),
    "dict-str-int": ("dict[str, int]", "{'k': x}"),
    "Dict-str-int": ("Dict[str, int]", "{'k': x}"),
    "dict-str-str": ("dict[str, str]", "{'k': 's'}"),
    "dict-str-list-int": ("dict[str, list[int]]", "{'k': [x]}"),
    "dict-str-list-str": ("dict[str, list[str]]", "{'k': ['s']}"),
    "dict-int-int": ("dict[int, int]", "{1: x}"),
    "dict-int-str": ("dict[int, str]", "{1: 's'}"),
    "optional-int": ("Optional[int]", "x"),
    "int-or-none": ("int | None", "x"),
    "union-int-none": ("Union[int, None]", "x"),
    "union-none-int": ("Union[None, int]", "x"),
    "optional-str": ("Optional[str]", "'s'"),
    "union-int-str": ("Union[int, str]", "x"),
    "int-or-str": ("int | str", "x"),
    "union-str-int": ("Union[str, int]", "x"),
    "union-int-str-float": ("Union[int, str, float]", "x"),
    "optional-list-int": ("Optional[list[int]]", "[x]"),
    "optional-list-str": ("Optional[list[str]]", "['s']"),
    "literal-ab": ("Literal['a', 'b']", "'a'"),
    "literal-ba": ("Literal['b', 'a']", "'a'"),
    "literal-abc": ("Literal['a', 'b', 'c']", "'a'"),
    "literal-12": ("Literal[1, 2]", "1"),
    "literal-123": ("Literal[1, 2, 3]", "1"),
    "file": ("FlyteFile", "FlyteFile(__file__)"),
    "file-csv": ("FlyteFile['csv']", "FlyteFile(__file__)"),
    "file-dot-csv": ("FlyteFile['.csv']", "FlyteFile(__file__)"),
    "file-var-csv": ("FlyteFile[TypeVar('csv')]", "FlyteFile(__file__)"),
    "file-json": ("FlyteFile['json']", "FlyteFile(__file__)"),
    "pathlike": ("os.PathLike", "FlyteFile(__file__)"),
    "path": ("pathlib.Path", "pathlib.Path('a')"),
    "folder": ("FlyteDirectory", "FlyteDirectory('.')"),
    "folder-csv": ("FlyteDirectory['csv']", "FlyteDirectory('.')"),
    "array": ("np.ndarray", "np.zeros(2)"),
    "array-float": ("npt.NDArray[np.float64]", "np.zeros(2)"),
    "array-int": ("npt.NDArray[np.int64]", "np.zeros(2, np.int64)"),
    "list-array": ("list[np.ndarray]", "[np.zeros(2)]"),
    "message-api": ("Api", "Api(name='s')"),
    "message-file": ("SourceContext", "SourceContext(file_name='s')"),
    "annotated-a": ("Annotated[int, 'a']", "x"),
    "annotated-b": ("Annotated[int, 'b']", "x"),
    "annotated-hash": ("Annotated[int, HashMethod(str)]", "x"),
    "artifact-a": ("Annotated[int, Artifact(name='a')]", "x"),
    "artifact-b": ("Annotated[int, Artifact(name='b')]", "x"),
    "artifact-k": ("Annotated[int, Artifact(name='a', partition_keys=['k'])(k='s')]", "x"),
    "artifact-k2": ("Annotated[int, Artifact(name='a', partition_keys=['k'])(k='t')]", "x"),
    "list-artifact-a": ("list[Annotated[int, Artifact(name='a')]]", "[x]"),
}

RETYPES = (
    ("int", "float"),
    ("int", "str"),
    ("int", "bool"),
    ("str", "bytes"),
    ("int", "any"),
    ("any", "object"),
    ("date", "datetime"),
    ("datetime", "date"),
    ("datetime", "timedelta"),
    ("time", "datetime"),
    ("decimal", "uuid"),
    ("decimal", "complex"),
    ("float", "decimal"),
    ("int", "list-int"),
    ("list-int", "list-str"),
    ("list-int", "list-list-int"),
    ("list-list-int", "list-list-str"),
    ("iterator-int", "iterator-str"),
    ("sequence-int", "sequence-str"),
    ("list-int", "sequence-int"),
    ("set-int", "set-str"),
    ("set-int", "frozenset-int"),
    ("set-int", "list-int"),
    ("dict", "dict-str-int"),
    ("dict", "dict-int-int"),
    ("dict-str-int", "dict-str-str"),
    ("dict-str-int", "dict-int-int"),
    ("dict-int-int", "dict-int-str"),
    ("dict-str-list-int", "dict-str-list-str"),
    ("optional-int", "int"),
    ("int", "optional-int"),
    ("optional-int", "optional-str"),
    ("optional-list-int", "optional-list-str"),
    ("union-int-str", "union-int-str-float"),
    ("union-int-str-float", "union-int-str"),
    ("union-int-str", "optional-int"),
    ("literal-ab", "literal-abc"),
    ("literal-abc", "literal-ab"),
    ("literal-12", "literal-123"),
    ("literal-ab", "literal-12"),
    ("literal-ab", "str"),
    ("file", "file-csv"),
    ("file-csv", "file-json"),
    ("file-csv", "folder-csv"),
    ("folder", "folder-csv"),
    ("path", "file"),
    ("array", "list-array"),
    ("list-array", "array"),
    ("array", "file"),
    ("array-float", "array-int"),
    ("message-api", "message-file"),
    ("message-api", "int"),
    ("int", "message-api"),
)

RESPELLINGS = (
    ("List-int", "list-int"),
    ("Dict-str-int", "dict-str-int"),
    ("optional-int", "int-or-none"),
    ("optional-int", "union-int-none"),
    ("union-int-none", "int-or-none"),
    ("union-int-str", "int-or-str"),
    ("file-csv", "file-dot-csv"),
    ("file-csv", "file-var-csv"),
    ("pathlike", "file"),
    ("int", "annotated-a"),
    ("annotated-a", "annotated-b"),
    ("int", "annotated-hash"),
    ("list-int", "list-artifact-a"),
)

REORDERINGS = (
    ("union-none-int", "optional-int"),
    ("union-int-str", "union-str-int"),
    ("literal-ab", "literal-ba"),
    ("artifact-a", "artifact-b"),
    ("int", "artifact-a"),
    ("artifact-a", "artifact-k"),
    ("artifact-k", "artifact-k2"),
)


def type_edits() -> Iterator[Mutation]:
    tables = (
        (RETYPES, "another type", DUE),
        (RESPELLINGS, "spelling", SILENT),
        (REORDERINGS, "only the remote key moves", SILENT),
    )
    for table, why, hazard in tables:
        for old, new in table:
            mutation = _plain(f"{old}->{new}", TYPES[old], TYPES[new], why, hazard=hazard)
            needs = "numpy" if "array" in old else ""
            # Inside a record, a path is stored as a text, and a file as a record.
            due_in = frozenset({"field", "deep"} if old == "pathlike" else ())
            yield mutation._replace(needs=needs, due_in=due_in)
    yield from _aliases()


def _aliases() -> Iterator[Mutation]:
    new_int, new_str = (f'UserId = NewType("UserId", {name})\n' for name in ("int", "str"))
    texts = {
        "alias-target": ("UserId = int\n", "UserId = str\n", DUE),
        "alias-target-item": ("UserId = list[int]\n", "UserId = list[str]\n", DUE),
        "typealias-target": ("UserId: TypeAlias = int\n", "UserId: TypeAlias = str\n", DUE),
        "newtype-target": (new_int, new_str, DUE),
        "alias-annotated": ("UserId = int\n", "UserId: TypeAlias = int\n", SILENT),
        "alias-chained": ("UserId = int\n", "Key = int\nUserId = Key\n", SILENT),
    }
    for id_, (old, new, hazard) in texts.items():
        yield Mutation(id_, *both(_user_id, old, new), hazard, "what the name stands for")
    plain, aliased = Source("", "int", "x"), Source("UserId = int\n", "UserId", "x")
    yield Mutation("alias-introduced", plain, aliased, SILENT, "spelling")
    renamed = Source(new_int.replace("UserId", "Key"), "Key", "x")
    yield Mutation("newtype-renamed", Source(new_int, "UserId", "x"), renamed, SILENT, "a name")
    yield Mutation("newtype-introduced", plain, Source(new_int, "UserId", "x"), DUE, "pickled now")


def _user_id(declare: str) -> Source:
    values = {"list[int]": "[x]", "list[str]": "['s']", "int": "x", "str": "'s'"}
    return Source(declare, "UserId", next(values[name] for name in values if name in declare))


COLORS = 'RED = "red"; BLUE = "blue"'

#: Members before and after, hazard.
ENUM_EDITS = {
    "added": (COLORS, f'{COLORS}; GREEN = "green"', DUE),
    "removed": (f'{COLORS}; GREEN = "green"', COLORS, DUE),
    "revalued": (COLORS, 'RED = "red"; BLUE = "azure"', DUE),
    "reordered": (COLORS, 'BLUE = "blue"; RED = "red"', SILENT),
    "member-renamed": (COLORS, 'RED = "red"; NAVY = "blue"', SILENT),
    "swapped": (COLORS, 'RED = "blue"; BLUE = "red"', SILENT),
    "alias-added": (COLORS, f'{COLORS}; CRIMSON = "red"', SILENT),
    "member-quoted": (COLORS, COLORS.replace('"', "'"), SILENT),
}


def enum_edits() -> Iterator[Mutation]:
    for bases in ("Enum", "str, Enum"):
        mark = "enum" if bases == "Enum" else "str-enum"
        for id_, (old, new, hazard) in ENUM_EDITS.items():
            sides = _enum(bases, old), _enum(bases, new)
            mutation = Mutation(f"{mark}:{id_}", *sides, hazard, "its set of values")
            # A value in a union carries the enum's whole list of values, and must match it.
            in_union = frozenset({"optional"} if id_ in {"reordered", "swapped"} else ())
            yield mutation._replace(due_in=in_union)
        start = _enum(bases, COLORS)
        yield Mutation(f"{mark}:renamed", start, _enum(bases, COLORS, "Paint"), SILENT, "a name")
        method = start._replace(declare=f"{start.declare}    def say(self):\n        return 1\n")
        yield Mutation(f"{mark}:method-added", start, method, SILENT, "a method")
    plain, mixed = _enum("Enum", COLORS), _enum("str, Enum", COLORS)
    yield Mutation("enum:mixin-added", plain, mixed, SILENT, "sent by value")
    yield Mutation("enum:to-str", plain, Source("", "str", "'red'"), DUE, "another type")
    literal = Source("", "Literal['red', 'blue']", "'red'")
    yield Mutation("enum:to-literal", plain, literal, DUE, "another type")


def _enum(bases: str, members: str, name: str = "Color") -> Source:
    lines = "".join(f"    {member}\n" for member in members.split("; "))
    return Source(f"class {name}({bases}):\n{lines}", name, f"{name}.RED")


COLUMN_EDITS = {
    "column-added": ("kwtypes(a=int, b=str)", "kwtypes(a=int, b=str, c=float)"),
    "column-removed": ("kwtypes(a=int, b=str)", "kwtypes(a=int)"),
    "column-retyped": ("kwtypes(a=int, b=str)", "kwtypes(a=int, b=float)"),
    "column-renamed": ("kwtypes(a=int, b=str)", "kwtypes(a=int, c=str)"),
    "columns-reordered": ("kwtypes(a=int, b=str)", "kwtypes(b=str, a=int)"),
    "columns-given": ("'frame'", "kwtypes(a=int)"),
    "format": ("kwtypes(a=int), 'parquet'", "kwtypes(a=int), 'csv'"),
}


def dataset_edits() -> Iterator[Mutation]:
    for head in ("StructuredDataset", "pd.DataFrame"):
        for id_, (old, new) in COLUMN_EDITS.items():
            sides = (
                _dataset(head, f"Annotated[{head}, {old}]"),
                _dataset(head, f"Annotated[{head}, {new}]"),
            )
            yield Mutation(f"{head}:{id_}", *sides, DUE, "what it holds", needs="pandas")
    frame, dataset = (_dataset(head, head) for head in ("pd.DataFrame", "StructuredDataset"))
    yield Mutation("frame->dataset", frame, dataset, SILENT, "one wire form", needs="pandas")


def _dataset(head: str, type_: str) -> Source:
    frame = "pd.DataFrame({'a': [x], 'b': ['s'], 'c': [0.5]})"
    value = f"StructuredDataset(dataframe={frame})" if head == "StructuredDataset" else frame
    return Source("", type_, value)
