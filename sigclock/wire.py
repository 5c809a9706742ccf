"""What Flyte's remote cache key sees of an interface, so that miss and stale can be told apart.

Flyte 1 hashes the interface after stripping metadata: of a model only field names and types are
left, inside a union not even those, and of a pickle nothing. Flyte 2's key is another matter: see
`wire_flyte`. The view is a plain text, compared for equality and never stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sigclock.model.snapshot import ClassKind, Definition, Field, Sdk
from sigclock.model.types import Annotated, Apply, Literal, Name, Parameter, Ref, Type, Union
from sigclock.reach import Reach
from sigclock.wire_flyte import MOST, TooWideError, interface_view

Definitions = Mapping[str, Definition]

_SIMPLE = {
    "int": "integer",
    "float": "float",
    "str": "string",
    "bool": "boolean",
    "datetime.datetime": "datetime",
    "datetime.date": "datetime",
    "datetime.timedelta": "duration",
    "None": "none",
    "dict": "struct",
    "numpy.float64": "float",
}
_DATASETS = {"pandas.DataFrame", "flytekit.StructuredDataset", "pyarrow.Table", "polars.DataFrame"}
_BLOBS = {
    "numpy.ndarray": "blob(NumpyArray)",
    "torch.Tensor": "blob(PyTorchTensor)",
    "torch.nn.Module": "blob(PyTorchModule)",
    "PIL.Image.Image": "blob(PIL.Image)",
    "os.PathLike": "blob()",
    "flytekit.FlyteSchema": "schema",
    "flytekit.FlyteFile": "blob()",
    "flytekit.FlyteDirectory": "multipart()",
    "flyte.io.File": "blob()",
    "flyte.io.Dir": "multipart()",
    "flyte.io.DataFrame": "dataset",
}
#: Not a text that a format or a name could hold.
PICKLE = "\0pickle"
_LISTS = {"list", "collections.abc.Iterator"}
_MODELS = {ClassKind.DATACLASS, ClassKind.PYDANTIC}
#: Generics of which the key sees nothing but what is in them.
_TRANSPARENT = {*_LISTS, "typing.NotRequired"}
_DEPTH = 40
_SHOWN = 200

Args = Mapping[str, Type]
#: The keys of the classes around a place, outermost first.
Path = tuple[str, ...]


def remote_view(fields: Iterable[Field], definitions: Definitions, sdk: Sdk) -> str:
    """A text that differs between two interfaces exactly when the remote cache key does.

    Of classes that refer to each other in too many ways to follow them all, it has all that is
    recorded, which may differ where the key does not.
    """
    given = tuple(fields)
    try:
        if sdk is Sdk.FLYTE:
            return interface_view(given, definitions)
        view = _View(definitions)
        return "; ".join(sorted(f"{field.name}: {view.text(field.type)}" for field in given))
    except TooWideError:
        recorded = Reach(definitions).keys(given)
        return repr((given, [(key, definitions[key]) for key in sorted(recorded)]))


def is_pickled(type_: Type, definitions: Definitions) -> bool:
    """Whether Flyte stores a value of this type, or a part of it, as an opaque pickle."""
    view = _View(definitions)
    seen: set[tuple[str, tuple[Type, ...]]] = set()
    work: list[tuple[Type, Args, bool]] = [(type_, {}, False)]
    while work:
        one, args, inside = work.pop()
        match one:
            case Ref(key, given) if view.is_model(one):
                bound = _bound(definitions[key], given, args)
                if (key, tuple(bound.values())) not in seen:
                    seen.add((key, tuple(bound.values())))
                    work.extend((field.type, bound, True) for field in definitions[key].fields)
            case Apply(origin, (inner,)) if origin in _TRANSPARENT:
                work.append((inner, args, inside))
            case Apply("dict", (Name("str"), value)):
                work.append((value, args, inside))
            case Union(members):
                work.extend((one, args, inside) for one in members if not view.is_model(one))
            case Annotated(base, columns):
                work.append((base, args, inside))
                told = not (inside and view.text(base) == "dataset")
                work.extend((column.type, args, inside) for column in columns if told)
            case Parameter(name) if name in args:
                work.append((args[name], {}, inside))
            case _ if view.text(one) == PICKLE:
                return True
    return False


class _View:
    """Interfaces over one set of definitions as Flyte 1 strips them.

    The text of a large class is its digest: a class that is used twice would double its length
    at every level.
    """

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._known: dict[tuple[str, tuple[Type, ...]], str] = {}
        self._cuts: set[str] = set()
        self._steps = 0

    def text(self, type_: Type) -> str:
        """The text of one type."""
        return self._stripped(type_, {}, ())

    def is_model(self, type_: Type) -> bool:
        """Whether a type is a class whose fields are sent; of a generic one, if Flyte does that."""
        definition = self._definitions.get(type_.name) if isinstance(type_, Ref) else None
        if definition is None or definition.kind not in _MODELS:
            return False
        generic = isinstance(type_, Ref) and bool(type_.args)
        return not (generic and definition.kind is ClassKind.DATACLASS)

    def _stripped(self, type_: Type, args: Args, path: Path) -> str:
        match type_:
            case Name(dotted) if dotted in _SIMPLE:
                return _SIMPLE[dotted]
            case Name(dotted) if dotted in _DATASETS:
                return "dataset"
            case Name(dotted) if "_pb2." in dotted:
                return "struct"
            case Name(dotted):
                return _BLOBS.get(dotted, PICKLE)
            case Ref():
                return self._class(type_, args, path)
            case Apply(origin, (inner,)) if origin in _LISTS:
                return f"list({self._stripped(inner, args, path)})"
            case Apply("dict", (Name("str"), value)):
                return f"map({self._stripped(value, args, path)})"
            case Apply("dict"):
                return "struct"
            case Apply("typing.NotRequired", (inner,)):
                return self._stripped(inner, args, path)
            case Union(members):
                return f"union({', '.join(self._variant(m, args, path) for m in members)})"
            case Literal(values):
                return "string" if values and values[0][:1] in "'\"" else "integer"
            case Annotated(base, columns, facts):
                table = ", ".join(f"{c.name}={self._stripped(c.type, args, path)}" for c in columns)
                kept = [fact for fact in facts if not fact.startswith("stored as ")]
                plain = self._stripped(base, args, path)
                # Inside a model the key has neither columns nor format of a dataset.
                told = (columns or kept) and not (path and plain == "dataset")
                return f"{plain}<{table}|{','.join(kept)}>" if told else plain
            case Parameter(name) if name in args:
                return self._stripped(args[name], {}, path)
            case _:
                return PICKLE

    def _variant(self, type_: Type, args: Args, path: Path) -> str:
        """A union's member: flytekit adds the transformer's name, in place of a model's fields."""
        if type_ == Name("datetime.date"):
            return "date"
        if isinstance(type_, Ref):
            definition = self._definitions.get(type_.name)
            if definition is not None and definition.kind in _MODELS:
                return definition.kind.value
        return self._stripped(type_, args, path)

    def _class(self, type_: Ref, args: Args, path: Path) -> str:
        definition = self._definitions.get(type_.name)
        if definition is None or definition.kind is ClassKind.TYPEDDICT:
            return PICKLE if definition is None else "struct"
        if definition.kind is ClassKind.ENUM:
            return _enum(definition)
        if not self.is_model(type_):
            return PICKLE
        if type_.name in path or len(path) > _DEPTH:
            self._cuts.add(type_.name)
            return "recursive"
        bound = _bound(definition, type_.args, args)
        known = (type_.name, tuple(bound.values()))
        if known not in self._known:
            around, self._cuts = self._cuts, set()
            text = self._fields(definition, bound, (*path, type_.name))
            cut = self._cuts - {type_.name}
            self._cuts = around | cut
            if cut:
                # It depends on the classes around, so it holds for here alone.
                return text
            self._known[known] = text
        return self._known[known]

    def _fields(self, definition: Definition, bound: Args, path: Path) -> str:
        self._steps += 1
        if self._steps > MOST:
            raise TooWideError
        parts = (
            f"{one.name}: {self._stripped(one.type, bound, path)}" for one in definition.fields
        )
        text = "; ".join(sorted(parts))
        if len(text) > _SHOWN:
            text = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"struct{{{text}}}"


def _bound(definition: Definition, given: tuple[Type, ...], args: Args) -> dict[str, Type]:
    """The arguments by parameter, those of the class around put in."""
    return {
        name: args.get(arg.name, arg) if isinstance(arg, Parameter) else arg
        for name, arg in zip(definition.parameters, given, strict=False)
    }


def _enum(definition: Definition) -> str:
    values = [member.value for member in definition.members]
    if any(value[:1] not in "'\"" for value in values):
        return PICKLE
    return f"enum({', '.join(values)})"
