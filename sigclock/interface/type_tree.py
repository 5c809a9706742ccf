"""Walks over types and rewrites of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sigclock.interface.types import (
    LARGE,
    Annotated,
    Apply,
    Column,
    Group,
    Literal,
    Name,
    Parameter,
    Ref,
    Type,
    Union,
    Unresolved,
)

#: How many parts a type may have after a substitution.
_SIZE = 3_000
#: How deep they may be nested.
_DEPTH = 90
#: How many members a union may have, for it is written as a chain of nested expressions.
_MEMBERS = 500
_SELF = Name("typing.Self")


def union(members: Iterable[Type]) -> Type:
    """A flat union without twins, in this order; a single member as it is, too many as `LARGE`."""
    distinct: dict[Type, Type] = {}
    for member in members:
        for type_ in member.members if isinstance(member, Union) else (member,):
            distinct.setdefault(_ordered(type_), type_)
    first, *others = distinct.values()
    if len(others) >= _MEMBERS:
        return LARGE
    return Union((first, *others)) if others else first


def _ordered(type_: Type) -> Type:
    """The same type with sorted alternatives: Python's equality ignores their order."""
    match type_:
        case Literal(values):
            return Literal(tuple(sorted(values)))
        case Union(members):
            return Union(tuple(sorted(map(_ordered, members), key=repr)))
        case Ref(name, args):
            return Ref(name, tuple(map(_ordered, args)))
        case Apply(origin, args):
            return Apply(origin, tuple(map(_ordered, args)))
        case _:
            return type_


def children(type_: Type) -> tuple[Type, ...]:
    """The types directly inside a type."""
    match type_:
        case Ref(_, args) | Apply(_, args) | Union(args) | Group(args):
            return args
        case Annotated(base, columns):
            return (base, *(column.type for column in columns))
        case _:
            return ()


def is_unresolved(type_: Type) -> bool:
    """Whether a part of the type could not be followed."""
    stack = [type_]
    while stack:
        part = stack.pop()
        if isinstance(part, Unresolved):
            return True
        stack.extend(children(part))
    return False


def free_parameters(type_: Type) -> list[str]:
    """The type variables in order of appearance, each once."""
    if isinstance(type_, Parameter):
        return [type_.name]
    if isinstance(type_, Name):
        return []
    return list(dict.fromkeys(name for child in children(type_) for name in free_parameters(child)))


def substitute(type_: Type, args: dict[str, Type]) -> Type:
    """Put types in the place of type variables; `LARGE` if that would have too many parts."""
    if not args or not any(name in args for name in free_parameters(type_)):
        return type_
    return _substitute(type_, args) if _fits(type_, args) else LARGE


def _substitute(type_: Type, args: dict[str, Type]) -> Type:
    if isinstance(type_, Parameter):
        return args.get(type_.name, type_)
    return _rebuilt(type_, lambda inner: _substitute(inner, args))


def with_self(type_: Type, class_: Ref) -> Type:
    """The same type with the class in which it is read in the place of `typing.Self`.

    So an inherited field is of the class that inherits it. In a task's own annotation nothing
    says which class that is, and Flyte pickles whatever comes.
    """
    if type_ == _SELF:
        return class_
    inner = children(type_)
    return _rebuilt(type_, lambda part: with_self(part, class_)) if inner else type_


def renamed(type_: Type, keys: Mapping[str, str]) -> Type:
    """The same type with other keys of classes, for those in `keys`."""
    inside = _rebuilt(type_, lambda inner: renamed(inner, keys))
    if isinstance(inside, Ref):
        return Ref(keys.get(inside.name, inside.name), inside.args)
    return inside


def _rebuilt(type_: Type, each: Callable[[Type], Type]) -> Type:
    """The same type with `each` applied to the types directly inside it."""
    match type_:
        case Ref(name, inner):
            return Ref(name, tuple(map(each, inner)))
        case Apply(origin, inner):
            return Apply(origin, tuple(map(each, inner)))
        case Union(members):
            return union(map(each, members))
        case Group(items):
            return Group(tuple(map(each, items)))
        case Annotated(base, columns, facts):
            replaced = tuple(Column(column.name, each(column.type)) for column in columns)
            return Annotated(each(base), replaced, facts)
        case _:
            return type_


def _fits(type_: Type, args: dict[str, Type]) -> bool:
    """Whether a type stays small enough after a substitution."""
    known = {name: _extent(arg, {}) for name, arg in args.items()}
    size, depth = _extent(type_, known)
    return size <= _SIZE and depth <= _DEPTH


def _extent(type_: Type, known: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """How many parts a type has, and how deep it is, if its variables are as `known`."""
    size, deepest = 0, 0
    work = [(type_, 1)]
    while work:
        part, depth = work.pop()
        inside = known.get(part.name, (1, 1)) if isinstance(part, Parameter) else (1, 1)
        size += inside[0]
        deepest = max(deepest, depth + inside[1] - 1)
        work.extend((child, depth + 1) for child in children(part))
    return size, deepest


def bind_free(type_: Type, parameters: Iterable[str]) -> Type:
    """Replace type variables that no class binds as Flyte does: by a pickle of anything."""
    bound = set(parameters)
    free = [name for name in free_parameters(type_) if name not in bound]
    return substitute(type_, dict.fromkeys(free, Name("typing.TypeVar")))
