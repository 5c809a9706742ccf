"""The names in a type that are classes from outside the tree that sigclock does not know."""

from __future__ import annotations

from collections.abc import Container, Iterator

from sigclock.interface.type_tree import children
from sigclock.interface.types import Apply, Name, Type

#: The packages whose classes are known by name though they are no class family's: Flyte's, those
#: for which Flyte has its own transformer, those that wrap pydantic or dataclasses, and Python's.
_KNOWN = frozenset(
    """
    flyte flytekit flytekitplugins flyteplugins union unionai
    PIL numpy pandas polars pyarrow torch
    pydantic_settings sqlmodel
    abc argparse array ast asyncio builtins calendar collections concurrent configparser contextlib
    copy csv ctypes dataclasses datetime decimal email enum fractions functools hashlib heapq http
    inspect io ipaddress itertools json logging math multiprocessing numbers operator os pathlib
    pickle queue random re secrets socket sqlite3 ssl statistics string struct subprocess sys
    tempfile threading time traceback types typing typing_extensions unittest urllib uuid warnings
    weakref xml zipfile zoneinfo
    """.split()  # noqa: SIM905 - a name a line would be 90 lines
)


def is_outside(dotted: str, families: Container[str]) -> bool:
    """Whether a name is of a package that is neither among `_KNOWN` nor in `families`.

    These are the packages of class families, which stand above this room.
    """
    root, dot, _ = dotted.partition(".")
    # A protobuf message has only its import name, also in the tree.
    return bool(dot) and root not in _KNOWN and root not in families and "_pb2." not in dotted


def outside_names(type_: Type, families: Container[str]) -> Iterator[str]:
    """The names in a type that are outside."""
    stack = [type_]
    while stack:
        part = stack.pop()
        match part:
            case Name(dotted) | Apply(dotted) if is_outside(dotted, families):
                yield dotted
            case _:
                pass
        stack.extend(children(part))
