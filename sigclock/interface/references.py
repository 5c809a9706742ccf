"""The classes that a type or a class mentions, by their keys."""

from __future__ import annotations

from sigclock.interface.snapshot import Definition
from sigclock.interface.types import Annotated, Apply, Ref, Type


def refs(type_: Type) -> list[str]:
    """The definition keys in a type."""
    keys: list[str] = []
    stack = [type_]
    while stack:
        match stack.pop():
            case Ref(name, args):
                keys.append(name)
                stack.extend(args)
            case Apply(_, args):
                stack.extend(args)
            case Annotated(base, columns):
                stack.append(base)
                stack.extend(column.type for column in columns)
            case other:
                stack.extend(getattr(other, "members", ()) or getattr(other, "items", ()))
    return keys


def definition_refs(definition: Definition) -> list[str]:
    """The definition keys that a definition mentions."""
    types_ = [field.type for field in definition.fields]
    types_ += [*definition.bases, *([definition.target] if definition.target else [])]
    return [key for type_ in types_ for key in refs(type_)]
