"""What Flyte's remote cache key sees of an interface, which tells a miss from a stale value.

Flyte 1 strips metadata from the interface and hashes the rest: field names and types of a model
(inside a union not even those), and nothing of a pickle. For Flyte 2's key see
`remote_key_flyte2`. The view is a plain text, compared for equality and never stored.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from sigclock.interface.outside import is_outside, outside_names
from sigclock.interface.remote_key_flyte2 import DEPTH, SIMPLE, LimitedDefinitions, interface_view
from sigclock.interface.snapshot import Definition, Field, Flyte1Form, Sdk
from sigclock.interface.type_tree import is_unresolved
from sigclock.interface.types import (
    ARTIFACT,
    BESIDE_VALUE,
    CHECKED_BY,
    Annotated,
    Apply,
    Literal,
    Name,
    Parameter,
    Ref,
    Type,
    Union,
    Unresolved,
)

Definitions = Mapping[str, Definition]

_SIMPLE = {**SIMPLE, "numpy.float64": "float"}
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
#: No format and no name has this text.
PICKLE = "\0pickle"
_LISTS = {"list", "collections.abc.Iterator"}


def remote_view(fields: Iterable[Field], definitions: Definitions, sdk: Sdk) -> str:
    """A text that differs between two interfaces exactly when the remote cache key does."""
    if sdk is Sdk.FLYTE:
        return interface_view(fields, definitions)
    limited = LimitedDefinitions(definitions)
    parts = sorted(
        f"{field.name}: {_stripped(field.type, limited, {}, ())}{_artifacts(field.type)}"
        for field in fields
    )
    return "; ".join(parts)


def _artifacts(type_: Type) -> str:
    """The artifacts that an input or output is declared to be."""
    facts = type_.facts if isinstance(type_, Annotated) else ()
    return "".join(f" as {fact}" for fact in facts if fact.startswith(ARTIFACT))


def is_pickled(
    type_: Type,
    definitions: Definitions,
    families: Container[str],
    known: set[tuple[str, tuple[Type, ...]]] | None = None,
) -> bool:
    """Whether Flyte is known to store a value of this type, or a part of it, as an opaque pickle.

    The answer is no for a class from outside the tree, and for a class with such a base: how Flyte
    sends them is not known, unless the package is in `families`. `known` has classes, with their
    arguments, without any pickled part; if the answer is no, the classes that this call met are
    added.
    """
    clean = known if known is not None else set()
    seen: set[tuple[str, tuple[Type, ...]]] = set()
    work: list[tuple[Type, dict[str, Type], bool]] = [(type_, {}, False)]
    while work:
        part, args, inside = work.pop()
        match part:
            case Ref(key, arguments) if _is_model(part, definitions):
                bound = _bound(definitions[key], arguments, args)
                mark = (key, tuple(bound.values()))
                if mark not in seen and mark not in clean:
                    seen.add(mark)
                    work.extend((field.type, bound, True) for field in definitions[key].fields)
            case Apply(origin, (inner,)) if origin in _LISTS or origin == "typing.NotRequired":
                work.append((inner, args, inside))
            case Apply("dict", (Name("str"), value)):
                work.append((value, args, inside))
            case Union(members):
                others = (member for member in members if not _is_model(member, definitions))
                work.extend((type_, args, inside) for type_ in others)
            case Annotated(base, columns):
                work.append((base, args, inside))
                if not (inside and _stripped(base, {}, {}, ()) == "dataset"):
                    work.extend((column.type, args, inside) for column in columns)
            case Parameter(name) if name in args:
                work.append((args[name], {}, inside))
            case _ if _stripped(part, definitions, {}, ()) == PICKLE and _is_known(
                part, definitions, families
            ):
                return True
    clean |= seen
    return False


def _is_known(type_: Type, definitions: Definitions, families: Container[str]) -> bool:
    """Whether everything about a type that decides how Flyte sends it is known."""
    match type_:
        case Unresolved():
            return False
        case Name(dotted) | Apply(dotted):
            return not is_outside(dotted, families)
        case Ref(key):
            definition = definitions.get(key)
            bases = definition.bases if definition else ()
            return not any(
                is_unresolved(base) or any(outside_names(base, families)) for base in bases
            )
        case _:
            return True


def _is_model(type_: Type, definitions: Definitions) -> bool:
    """Whether a type is a class whose fields are sent; flytekit pickles a generic dataclass."""
    definition = definitions.get(type_.name) if isinstance(type_, Ref) else None
    if definition is None or not definition.kind.by_structure:
        return False
    generic = isinstance(type_, Ref) and bool(type_.args)
    return not (generic and definition.kind.pickled_if_generic)


def _stripped(
    type_: Type, definitions: Definitions, args: dict[str, Type], path: tuple[str, ...]
) -> str:
    match type_:
        case Name(dotted) if dotted in _SIMPLE:
            return _SIMPLE[dotted]
        case Name(dotted) if dotted in _DATASETS:
            return "dataset"
        case Name(dotted) if "_pb2." in dotted:
            return "struct"
        case Name(dotted):
            return _BLOBS.get(dotted, PICKLE)
        case Ref(key, arguments):
            return _stripped_class(key, arguments, definitions, args, path)
        case Apply(origin, (inner,)) if origin in _LISTS:
            return f"list({_stripped(inner, definitions, args, path)})"
        case Apply("dict", (Name("str"), value)):
            return f"map({_stripped(value, definitions, args, path)})"
        case Apply("dict"):
            return "struct"
        case Apply(("typing.NotRequired" | "pydantic.RootModel") as origin, (inner,)):
            root = "root of " if origin == "pydantic.RootModel" else ""
            return root + _stripped(inner, definitions, args, path)
        case Union(members):
            return _stripped_union(members, definitions, args, path)
        case Literal(values):
            return "string" if values and values[0][:1] in "'\"" else "integer"
        case Annotated():
            return _stripped_metadata(type_, definitions, args, path)
        case Parameter(name) if name in args:
            return _stripped(args[name], definitions, {}, path)
        case _:
            return PICKLE


def _stripped_metadata(
    type_: Annotated, definitions: Definitions, args: dict[str, Type], path: tuple[str, ...]
) -> str:
    """A type with its columns and formats; flytekit pickles the classes that check a value."""
    if any(fact.startswith(CHECKED_BY) for fact in type_.facts):
        return PICKLE
    table = ", ".join(
        f"{c.name}={_stripped(c.type, definitions, args, path)}" for c in type_.columns
    )
    formats = [
        f for f in type_.facts if not f.startswith(("stored as ", "not stored", *BESIDE_VALUE))
    ]
    plain = _stripped(type_.base, definitions, args, path)
    # Inside a model the key has neither columns nor format of a dataset.
    detailed = (type_.columns or formats) and not (path and plain == "dataset")
    return f"{plain}<{table}|{','.join(formats)}>" if detailed else plain


def _stripped_union(
    members: tuple[Type, ...],
    definitions: Definitions,
    args: dict[str, Type],
    path: tuple[str, ...],
) -> str:
    """A union's variants; with an unresolved member they are the types that the value may have."""
    if any(isinstance(member, Unresolved) for member in members):
        return f"any of({', '.join(_stripped(m, definitions, args, path) for m in members)})"
    return f"union({', '.join(_variant(m, definitions, args, path) for m in members)})"


def _variant(
    type_: Type, definitions: Definitions, args: dict[str, Type], path: tuple[str, ...]
) -> str:
    """A union's member: flytekit adds the transformer's name, in place of a model's fields."""
    if type_ == Name("datetime.date"):
        return "date"
    if isinstance(type_, Ref):
        definition = definitions.get(type_.name)
        if definition is not None and definition.kind.by_structure:
            return definition.kind.name
    return _stripped(type_, definitions, args, path)


def _stripped_class(
    key: str,
    arguments: tuple[Type, ...],
    definitions: Definitions,
    args: dict[str, Type],
    path: tuple[str, ...],
) -> str:
    definition = definitions.get(key)
    if definition is None:
        return PICKLE
    match definition.kind.flyte1:
        case Flyte1Form.PICKLE:
            return PICKLE
        case Flyte1Form.STRUCT:
            return "struct"
        case Flyte1Form.ENUM:
            return _enum(definition)
        case Flyte1Form.FIELDS:
            pass
    if not _is_model(Ref(key, arguments), definitions):
        return PICKLE
    if key in path or len(path) > DEPTH:
        return "recursive"
    bound = _bound(definition, arguments, args)
    fields = sorted(
        f"{field.name}: {_stripped(field.type, definitions, bound, (*path, key))}"
        for field in definition.fields
    )
    # Parts of a class that is a base by an expression stand in none of its own fields.
    above = (base for base in definition.bases if isinstance(base, Ref))
    bases = sorted(_stripped(base, definitions, bound, (*path, key)) for base in above)
    return f"struct{{{'; '.join([*fields, *bases])}}}"


def _bound(
    definition: Definition, arguments: tuple[Type, ...], args: dict[str, Type]
) -> dict[str, Type]:
    """The arguments by parameter; `args` are those of the class around."""
    return {
        name: args.get(arg.name, arg) if isinstance(arg, Parameter) else arg
        for name, arg in zip(definition.parameters, arguments, strict=False)
    }


def _enum(definition: Definition) -> str:
    values = [member.value for member in definition.members]
    if any(value[:1] not in "'\"" for value in values):
        return PICKLE
    return f"enum({', '.join(values)})"
