"""Walks over types and rewrites of them."""

from __future__ import annotations

from collections.abc import Iterable

from sigclock.model.types import (
    Annotated,
    Apply,
    Column,
    Group,
    Name,
    Parameter,
    Ref,
    Type,
    Union,
)


def union(members: Iterable[Type]) -> Type:
    """Flat, without twins, in the order given; a single member is itself."""
    flat: list[Type] = []
    for member in members:
        flat.extend(member.members if isinstance(member, Union) else [member])
    distinct = tuple(dict.fromkeys(flat))
    return Union(distinct) if len(distinct) > 1 else distinct[0]


def children(type_: Type) -> tuple[Type, ...]:
    """The types directly inside a type."""
    match type_:
        case Ref(_, args) | Apply(_, args) | Union(args) | Group(args):
            return args
        case Annotated(base, columns):
            return (base, *(column.type for column in columns))
        case _:
            return ()


def free_parameters(type_: Type) -> list[str]:
    """The type variables in order of appearance, each once."""
    if isinstance(type_, Parameter):
        return [type_.name]
    return list(dict.fromkeys(name for child in children(type_) for name in free_parameters(child)))


def substitute(type_: Type, args: dict[str, Type]) -> Type:
    """Put types in the place of type variables."""
    if not args:
        return type_
    match type_:
        case Parameter(name):
            return args.get(name, type_)
        case Ref(name, inner):
            return Ref(name, tuple(substitute(one, args) for one in inner))
        case Apply(origin, inner):
            return Apply(origin, tuple(substitute(one, args) for one in inner))
        case Union(members):
            return union(substitute(one, args) for one in members)
        case Group(items):
            return Group(tuple(substitute(one, args) for one in items))
        case Annotated(base, columns, facts):
            replaced = tuple(Column(c.name, substitute(c.type, args)) for c in columns)
            return Annotated(substitute(base, args), replaced, facts)
        case _:
            return type_


def bind_free(type_: Type, parameters: Iterable[str]) -> Type:
    """Make of type variables that no class binds what Flyte does: a pickle of anything."""
    bound = set(parameters)
    free = [name for name in free_parameters(type_) if name not in bound]
    return substitute(type_, dict.fromkeys(free, Name("typing.TypeVar")))
