"""Python's own functions of constants: each is the same at every run, its result is bounded."""

from __future__ import annotations

import ast
import functools
import itertools
import operator
import posixpath
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

#: How long a text or list may get, and how many bits a number may have.
_LONGEST = 2_000
_BITS = 512

T = TypeVar("T")

OPERATORS: dict[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
COMPARISONS: dict[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, some: item in some,
    ast.NotIn: lambda item, some: item not in some,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
#: Methods of texts, and those of tables and lists.
_OF_TEXTS = frozenset(
    """capitalize casefold center count encode endswith expandtabs find format index isalnum isalpha
    isdigit islower isupper join ljust lower lstrip partition removeprefix removesuffix replace
    rfind rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper
    zfill""".split()  # noqa: SIM905 - a method a word
)
_OF_TABLES = frozenset({"copy", "get", "items", "keys", "values"})
_OF_LISTS = frozenset({"copy", "count", "index"})
#: A width in a format that asks for a text of thousands of blanks, or an attribute of a value.
_HUGE = re.compile(r"\{[^{}]*(?:\d{4}|\.[a-zA-Z_]|\[|\{)|%[^a-zA-Z%]*(?:\d{4}|\*)")


def short(value: T) -> T:
    """The value, unless it is longer than anybody writes."""
    length = len(value) if isinstance(value, (str, bytes, tuple, dict)) else 0
    if length > _LONGEST or (isinstance(value, int) and value.bit_length() > _BITS):
        raise OverflowError
    return value


def listed(some: Iterable[object]) -> tuple[object, ...]:
    """All items of what can be iterated over, if they are few."""
    return short(tuple(itertools.islice(some, _LONGEST + 1)))


def sum_of(op: ast.operator, left: object, right: object) -> object:
    """What an operator gives; `TypeError` for one that is not known."""
    work = OPERATORS.get(type(op))
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if work is None:
        raise TypeError
    if isinstance(op, ast.LShift) and not (numbers and 0 <= right < _BITS):  # type: ignore[operator]
        raise OverflowError
    if isinstance(op, ast.Mod) and _HUGE.search(str(left)) is not None:
        raise OverflowError
    if isinstance(op, ast.Mult) and not numbers:
        some, times = (right, left) if isinstance(left, int) else (left, right)
        if not isinstance(times, int) or not isinstance(some, (str, bytes, tuple)):
            raise TypeError
        if len(some) * times > _LONGEST:
            raise OverflowError
    return short(work(left, right))


def method_of(owner: object, name: str) -> Callable[..., object]:
    """A method that only looks at its object; `TypeError` for others."""
    known = (
        (isinstance(owner, str) and name in _OF_TEXTS)
        or (isinstance(owner, dict) and name in _OF_TABLES)
        or (isinstance(owner, tuple) and name in _OF_LISTS)
    )
    if not known or (name == "format" and _HUGE.search(str(owner)) is not None):
        raise TypeError
    if name == "copy":
        return lambda: owner
    if name in {"center", "expandtabs", "ljust", "replace", "rjust", "zfill"}:
        return functools.partial(_small, getattr(owner, name))
    return getattr(owner, name)  # type: ignore[no-any-return]


def _small(method: Callable[..., object], *args: object) -> object:
    """A method that may make a long text of a short one, for numbers and texts that do not."""
    wide = any(isinstance(a, int) and a > _LONGEST for a in args)
    if wide or sum(len(a) for a in args if isinstance(a, str)) > _LONGEST // 20:
        raise OverflowError
    return method(*args)


def _chain(*some: Iterable[object]) -> tuple[object, ...]:
    return listed(itertools.chain(*some))


def _first(some: Iterable[object], *default: object) -> object:
    return next(iter(some), *default)


def _sorted(
    some: Iterable[object], *, key: Callable[..., Any] | None = None, reverse: bool = False
) -> tuple[object, ...]:
    items: tuple[Any, ...] = listed(some)
    return tuple(sorted(items, key=key, reverse=reverse))


def _range(*bounds: int) -> tuple[object, ...]:
    return listed(range(*bounds))


def _reduce(work: Callable[..., object], some: Iterable[object], *start: object) -> object:
    return functools.reduce(lambda a, b: short(work(a, b)), listed(some), *start)


#: Functions by their canonical names; those of functions are given functions.
FUNCTIONS: dict[str, Callable[..., object]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "bool": bool,
    "chr": chr,
    "copy.copy": lambda value: value,
    "copy.deepcopy": lambda value: value,
    "dict": dict,
    "enumerate": lambda some, start=0: listed(enumerate(some, start)),
    "filter": lambda test, some: tuple(item for item in listed(some) if test(item)),
    "float": float,
    "frozenset": lambda some=(): tuple(dict.fromkeys(listed(some))),
    "functools.reduce": _reduce,
    "int": int,
    "iter": listed,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": lambda some: listed(itertools.chain.from_iterable(some)),
    "len": len,
    "list": lambda some=(): listed(some),
    "map": lambda work, *some: tuple(
        itertools.starmap(work, zip(*map(listed, some), strict=False))
    ),
    "max": max,
    "min": min,
    "next": _first,
    "operator.add": operator.add,
    "operator.concat": operator.add,
    "ord": ord,
    "os.path.join": posixpath.join,
    "posixpath.join": posixpath.join,
    "range": _range,
    "repr": repr,
    "reversed": lambda some: listed(some)[::-1],
    "round": round,
    "set": lambda some=(): tuple(dict.fromkeys(listed(some))),
    "sorted": _sorted,
    "str": str,
    "sum": sum,
    "tuple": lambda some=(): listed(some),
    "types.MappingProxyType": dict,
    "zip": lambda *some: listed(zip(*some, strict=False)),
}
