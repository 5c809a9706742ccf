"""An SDK's `LiteralType` as text, in the words of `remote_key`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigclock.interface.remote_key import PICKLE, remote_view
from sigclock.interface.snapshot import Definition, Field, Sdk
from sigclock.interface.types import Apply, Literal, Name, Ref, Type, Union
from sigclock.python.types.classes import KINDS

Json = Mapping[str, Any]

_PICKLES = {"PythonPickle"}
#: How Flyte 2 sends what it does not know.
_ANYTHING = [PICKLE, "binary"]
#: The word for a model or a date inside a union, by the name of its transformer.
_VARIANTS = {
    "date": "date",
    **{kind.flyte1_transformer: kind.name for kind in KINDS.values() if kind.by_structure},
}
#: Formats that belong to a type; other formats come from the annotation.
_OWN = {"NumpyArray", "PyTorchTensor", "PyTorchModule", "PIL.Image"}


def type_text(type_: Json, *, deep: bool = True, inside: bool = False) -> str:
    """The text for a type; without `deep` it omits a model's fields (Flyte 2 sends schemas)."""
    match type_:
        case {"simple": "STRUCT", "structure": {"dataclassType": fields}} if deep:
            parts = sorted(
                f"{name}: {type_text(field, deep=deep, inside=True)}"
                for name, field in fields.items()
            )
            return f"struct{{{'; '.join(parts)}}}"
        case {"simple": "STRUCT"}:
            return "struct"
        case {"simple": str(simple)}:
            return simple.lower()
        case {"collectionType": item}:
            return f"list({type_text(item, deep=deep, inside=inside)})"
        case {"mapValueType": item}:
            return f"map({type_text(item, deep=deep, inside=inside)})"
        case {"enumType": enum}:
            return f"enum({', '.join(map(repr, enum.get('values', [])))})"
        case {"unionType": union}:
            variants = [
                _variant(variant, deep=deep, inside=inside) for variant in union["variants"]
            ]
            if variants == _ANYTHING:
                return PICKLE
            return f"union({', '.join(variants)})"
        case {"blob": blob}:
            return _blob(blob)
        case {"schema": schema}:
            columns = [f"{c['name']}={_column_type(c)}" for c in schema.get("columns", [])]
            return f"schema<{', '.join(columns)}|>" if columns else "schema"
        case {"structuredDatasetType": dataset}:
            return _dataset(dataset, inside=inside)
        case _:
            return next(iter(type_), "none")


def _variant(type_: Json, *, deep: bool, inside: bool) -> str:
    tag = type_.get("structure", {}).get("tag", "")
    if type_.get("simple") in {"STRUCT", "DATETIME"} and tag in _VARIANTS and deep:
        return _VARIANTS[tag]
    return type_text(type_, deep=deep, inside=inside)


def _blob(blob: Json) -> str:
    form = blob.get("format", "")
    if form in _PICKLES:
        return PICKLE
    if form in _OWN:
        return f"blob({form})"
    plain = "multipart()" if blob.get("dimensionality") == "MULTIPART" else "blob()"
    return f"{plain}<|{form}>" if form else plain


def _column_type(column: Json) -> str:
    """A column's type; the JSON omits the enumeration's first value."""
    return str(column.get("type", "INTEGER")).lower()


def _dataset(dataset: Json, *, inside: bool) -> str:
    columns = dataset.get("columns", [])
    table = ", ".join(f"{c['name']}={type_text(c.get('literalType', {}))}" for c in columns)
    form = dataset.get("format", "")
    return f"dataset<{table}|{form}>" if (table or form) and not inside else "dataset"


# -- what sigclock reads, in Flyte 2's words ---------------------------------------------------


def on_flyte(type_: Type, definitions: Mapping[str, Definition]) -> str:
    """The text that `type_text` without `deep` should give for a type on Flyte 2.

    Flyte 2 sends an enum by its members' names, a literal of strings as an enum, and a tuple as a
    struct; the parts of a struct are in its schema.
    """
    match type_:
        case Ref(key) if key in definitions:
            return _class_on_flyte(definitions[key])
        case Literal(values) if all(value[:1] in {"'", '"'} for value in values):
            return f"enum({', '.join(values)})"
        case Literal():
            return PICKLE
        case Apply("tuple", _):
            return "struct"
        case Apply("list", (item,)):
            return f"list({on_flyte(item, definitions)})"
        case Apply("dict", (Name("str"), item)):
            return f"map({on_flyte(item, definitions)})"
        case Union(members):
            return f"union({', '.join(on_flyte(member, definitions) for member in members)})"
        case _:
            return remote_view((Field("", type_),), definitions, Sdk.FLYTEKIT).removeprefix(": ")


def _class_on_flyte(definition: Definition) -> str:
    if definition.kind.has_members:
        return f"enum({', '.join(repr(member.name) for member in definition.members)})"
    return "struct" if definition.kind.has_schema else PICKLE
