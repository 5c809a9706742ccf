"""Classes as a process has them: of which family, and the names and types of their stored parts."""

from __future__ import annotations

import dataclasses
import dis
import enum
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

_INSTALLED = ("/site-packages/", "/dist-packages/", "\\site-packages\\")


class Family(Enum):
    """How values of a class travel; `NONE` is a class that is told by its name alone."""

    NONE = ""
    ENUM = "enum"
    DATACLASS = "dataclass"
    MODEL = "model"
    DICT = "dict"
    TUPLE = "tuple"
    STRUCT = "struct"
    PLAIN = "plain"


def family_of(class_: type) -> Family:
    """The family of a class; a plain class of an installed package has none."""
    if issubclass(class_, enum.Enum):
        return Family.ENUM
    if typing.is_typeddict(class_):
        return Family.DICT
    if issubclass(class_, tuple) and hasattr(class_, "_fields"):
        return Family.TUPLE
    if hasattr(class_, "__attrs_attrs__") or hasattr(class_, "__struct_fields__"):
        return Family.STRUCT
    if is_foreign(class_):
        return Family.NONE
    if hasattr(class_, "model_fields"):
        return Family.MODEL
    return Family.DATACLASS if dataclasses.is_dataclass(class_) else Family.PLAIN


def is_foreign(class_: type) -> bool:
    """Whether a class comes with Python or with an installed package."""
    module = class_.__module__
    if module == "__main__":
        # In a notebook it has the file of the kernel.
        return False
    if module.partition(".")[0] in sys.stdlib_module_names:
        return True
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return any(folder in file for folder in _INSTALLED)


def is_by_position(class_: type, family: Family) -> bool:
    """Whether a pickle of it has its parts in order, without their names."""
    slotted = family is Family.DATACLASS and "__slots__" in vars(class_)
    return slotted or family is Family.TUPLE or hasattr(class_, "__struct_fields__")


def name_of(value: Any) -> str:  # noqa: ANN401 - a class, or what typing has in its place
    """The import name; a class of flytekit that is made for a file format has it in its name."""
    if not isinstance(value, type):
        return str(value)
    extension = getattr(value, "extension", None)
    form = f"[{extension()}]" if callable(extension) and is_foreign(value) else ""
    module = "" if value.__module__ == "builtins" else f"{value.__module__}."
    return f"{module}{value.__qualname__}{form}"


def parts_of(class_: type, family: Family) -> Iterator[tuple[str, Any]]:
    """The stored parts in the order of their declaration, each with its type."""
    match family:
        case Family.DATACLASS:
            yield from _of_dataclass(class_)
        case Family.MODEL:
            yield from _of_model(class_)
        case Family.PLAIN:
            yield from _of_plain(class_)
        case Family.STRUCT | Family.TUPLE:
            hints = hints_of(class_)
            for name in _declared(class_):
                yield name, hints.get(name, "")
        case _:
            yield from hints_of(class_).items()


def _declared(class_: Any) -> list[str]:  # noqa: ANN401
    """The fields of an attrs class, a msgspec struct or a named tuple, in their order."""
    if hasattr(class_, "__attrs_attrs__"):
        return [attribute.name for attribute in class_.__attrs_attrs__]
    return [*getattr(class_, "__struct_fields__", ())] or [*class_._fields]


def hints_of(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a class or a function
    """The annotations with their types; as they are written, where they do not resolve."""
    try:
        return typing.get_type_hints(value, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError):
        found: dict[str, Any] = {}
        for base in reversed(getattr(value, "__mro__", (value,))):
            found |= inspect.get_annotations(base)
        return found


def _of_dataclass(class_: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """By mashumaro's names, under which fields are stored."""
    hints = hints_of(class_)
    config = getattr(class_, "Config", None)
    aliases = getattr(config, "aliases", {}) if getattr(config, "serialize_by_alias", False) else {}
    for field in dataclasses.fields(class_):
        if field.metadata.get("serialize") == "omit":
            continue
        alias = field.metadata.get("alias") or aliases.get(field.name) or field.name
        ways = [
            str(field.metadata[way])
            for way in ("serialize", "deserialize")
            if way in field.metadata
        ]
        yield " ".join([str(alias), *ways]), hints.get(field.name, field.type)


def _of_model(class_: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    for name, field in class_.model_fields.items():
        if not field.exclude:
            yield f"{name} as {field.alias}" if field.alias else name, field.annotation


def _of_plain(class_: type) -> Iterator[tuple[str, Any]]:
    """Annotated attributes, slots, and what any method of the class or its bases sets.

    What is set mostly comes as a parameter, which tells its type.
    """
    hints = {**_taken(class_), **hints_of(class_)}
    names = dict.fromkeys(hints)
    for base in class_.__mro__:
        if not is_foreign(base):
            slots = vars(base).get("__slots__", ())
            names |= dict.fromkeys([slots] if isinstance(slots, str) else slots)
            for value in vars(base).values():
                names |= dict.fromkeys(_set_by(value))
    if "__getstate__" in {name for base in class_.__mro__[:-1] for name in vars(base)}:
        names["__getstate__"] = None
    yield from ((name, hints.get(name, "")) for name in sorted(names))


def _taken(class_: type) -> dict[str, Any]:
    """The parameters with which values are made; foreign classes have none that matter."""
    found: dict[str, Any] = {}
    for base in reversed(class_.__mro__):
        makers = [] if is_foreign(base) else [vars(base).get(n) for n in ("__new__", "__init__")]
        for maker in makers:
            if hasattr(maker, "__annotations__"):
                found |= hints_of(maker)
    found.pop("return", None)
    return found


def _set_by(value: Any) -> Iterator[str]:  # noqa: ANN401
    """The names of the attributes that a method, or a function in it, sets."""
    function = getattr(value, "__func__", getattr(value, "fget", value))
    work = [code for code in (getattr(function, "__code__", None),) if code is not None]
    while work:
        code = work.pop()
        for instruction in dis.get_instructions(code):
            if instruction.opname == "STORE_ATTR":
                yield str(instruction.argval)
        work += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
