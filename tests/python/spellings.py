"""Types as trees, drawn at random, and many ways to write each of them down."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

HEAD = """\
import datetime
import datetime as dt
import typing
import typing as t
from datetime import date, date as day
from typing import (
    Annotated, Dict, FrozenSet, List, Literal, Optional, Sequence, Set, Tuple, Union,
)
from typing import List as L, Optional as Maybe, Union as Either

import app.models
import app.models as m
from app import models
from app.facade import *
from app.facade import Figures
from app.models import Color, Stats, Stats as S
from flytekit import task

"""
MODELS = """\
from dataclasses import dataclass
from enum import Enum

@dataclass
class Stats:
    count: int

class Color(Enum):
    RED = "red"
    BLUE = "blue"
"""
FACADE = "from .models import Color as Paint, Stats as Figures\n"
TASK = '@task(cache=True, cache_version="1.0")\ndef produce(x: int) -> {}: ...\n'

#: Every way to write a name or the head of a container.
LEAVES = {
    "int": ("int",),
    "str": ("str", "t.Text"),
    "float": ("float",),
    "bytes": ("bytes",),
    "date": ("date", "day", "datetime.date", "dt.date"),
    "Stats": ("Stats", "S", "Figures", "models.Stats", "m.Stats", "app.models.Stats"),
    "Color": ("Color", "Paint", "models.Color", "app.models.Color"),
}
HEADS = {
    "list": ("list", "List", "L", "typing.List", "t.List"),
    "dict": ("dict", "Dict", "typing.Dict"),
    "set": ("set", "Set", "t.Set"),
    "frozenset": ("frozenset", "FrozenSet"),
    "tuple": ("tuple", "Tuple", "typing.Tuple"),
    "sequence": ("Sequence", "typing.Sequence", "t.Sequence"),
}
UNIONS = ("Union", "Either", "typing.Union", "t.Union")
OPTIONALS = ("Optional", "Maybe", "typing.Optional")


class Node(NamedTuple):
    """`kind` is a leaf, a head, `union`, `optional`, `annotated` or `literal`."""

    kind: str
    parts: tuple[Node, ...] = ()
    values: tuple[str, ...] = ()


def _below(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    one = st.tuples(inner)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        _nodes(["list", "set", "frozenset", "sequence", "optional", "annotated"], one),
        _nodes(["dict"], st.tuples(_nodes(["str", "int"]), inner)),
        _nodes(["tuple", "union"], several),
    )


def _nodes(
    kinds: list[str],
    parts: st.SearchStrategy[tuple[Node, ...]] = st.just(()),  # noqa: B008 - a constant
) -> st.SearchStrategy[Node]:
    drawn = st.tuples(st.sampled_from(kinds), parts)
    return drawn.map(lambda pair: Node(*pair))


_VALUES = st.lists(st.sampled_from(["'a'", "'b'", "1", "2", "True"]), min_size=1, unique=True)
_LEAF = st.one_of(
    _nodes(sorted(LEAVES)), _VALUES.map(lambda values: Node("literal", (), tuple(values)))
)
NODES = st.recursive(_LEAF, _below, max_leaves=6)


def meaning(node: Node) -> object:
    """What a type says, however it is written: equal for types of the same values."""
    match node:
        case Node("union", parts):
            return _union(part for one in parts for part in _members(meaning(one)))
        case Node("optional", (one,)):
            return _union([*_members(meaning(one)), "None"])
        case Node("annotated", (one,)):
            return meaning(one)
        case Node("literal", _, values):
            return ("literal", frozenset(values))
        case Node(kind, parts):
            return (kind, *map(meaning, parts))


def _members(meant: object) -> list[object]:
    return list(meant) if isinstance(meant, frozenset) else [meant]


def _union(members: object) -> object:
    distinct = frozenset(members)  # type: ignore[call-overload]
    return distinct if len(distinct) > 1 else next(iter(distinct))


@st.composite
def written(draw: st.DrawFn, node: Node) -> dict[str, str]:
    """A source tree whose task returns the type, in some spelling."""
    aliases: list[str] = []
    text = _spelled(draw, node, aliases)
    future = draw(st.sampled_from(["", "from __future__ import annotations\n"]))
    flow = f"{future}{HEAD}{''.join(aliases)}{TASK.format(text)}"
    return {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/facade.py": FACADE,
        "app/flow.py": flow,
    }


def _spelled(draw: st.DrawFn, node: Node, aliases: list[str]) -> str:
    text = _plain(draw, node, aliases)
    match draw(st.integers(0, 8)):
        case 0:
            return f"({text})"
        case 1:
            return repr(text)
        case 2:
            aliases.append(f"Alias{len(aliases)} = {text}\n")
            return f"Alias{len(aliases) - 1}"
        case _:
            return text


def _plain(draw: st.DrawFn, node: Node, aliases: list[str]) -> str:
    parts = [_spelled(draw, part, aliases) for part in node.parts]
    match node.kind:
        case "optional":
            return _either(draw, [*parts, "None"])
        case "union":
            return _either(draw, parts)
        case "annotated":
            return f"Annotated[{parts[0]}, 'unit']"
        case "literal":
            return f"Literal[{', '.join(draw(st.permutations(node.values)))}]"
        case leaf if leaf in LEAVES:
            return draw(st.sampled_from(LEAVES[leaf]))
        case head:
            return f"{draw(st.sampled_from(HEADS[head]))}[{', '.join(parts)}]"


def _either(draw: st.DrawFn, parts: list[str]) -> str:
    """A union in any order and nesting; `Optional` where it fits."""
    first, *rest = draw(st.permutations(parts))
    head = draw(st.sampled_from(UNIONS))
    match draw(st.integers(0, 3)):
        case 0:
            return " | ".join([first, *rest])
        case 1 if len(rest) > 1:
            return f"{head}[{first}, {head}[{', '.join(rest)}]]"
        case 2 if "None" in parts and len(parts) == 2:
            (other,) = [part for part in parts if part != "None"] or ["None"]
            return f"{draw(st.sampled_from(OPTIONALS))}[{other}]"
        case _:
            return f"{head}[{', '.join([first, *rest])}]"
