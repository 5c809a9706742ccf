"""What an annotation resolves to, as small structs that `spell` writes and `parse` reads."""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
from functools import cache

import msgspec


class Kind(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Base of the union `Type`; compare by equality, show by `spell`.

    A frozen struct is made after its parts, so there are no cycles for the collector to find.
    """


class Name(Kind, frozen=True):
    """A builtin, `None`, or a class outside the tree by import name (`pandas.DataFrame`)."""

    dotted: str


class Ref(Kind, frozen=True):
    """A class of the tree: the key of its `Definition`, with type arguments if it is generic."""

    name: str
    args: tuple[Type, ...] = ()


class Apply(Kind, frozen=True):
    """A generic outside the tree with its arguments: `dict[str, int]`, `tuple[int, ...]`."""

    origin: str
    args: tuple[Type, ...]


class Union(Kind, frozen=True):
    """Alternatives in the order written, two or more, flat, no twins; `Optional[X]` is one."""

    members: tuple[Type, ...]


class Literal(Kind, frozen=True):
    """Allowed values, each as Python source: `'a'`, `1`, `True`, or `m.Color.RED` for a member."""

    values: tuple[str, ...]


class Parameter(Kind, frozen=True):
    """A type variable of the definition around it (Flyte pickles free ones)."""

    name: str


class Group(Kind, frozen=True):
    """A bracketed list of types, as in `Callable[[int], str]`."""

    items: tuple[Type, ...]


class Column(msgspec.Struct, frozen=True):
    """One named column of a dataset."""

    name: str
    type: Type


#: The start of a fact that says nothing about the value: flytekit names an artifact next to the
#: type, and the remote key has the name.
ARTIFACT = "artifact "
#: The same for the class by which a model checks a value of another one.
CHECKED_BY = "checked by "
#: What a fact starts with that is not of the value.
BESIDE_VALUE = (ARTIFACT, CHECKED_BY)


class Annotated(Kind, frozen=True):
    """A type with metadata that reaches the stored value, or its key: columns, formats, artifacts.

    Metadata without effect on either (hash methods, plain strings) is dropped at resolution.
    """

    base: Type
    columns: tuple[Column, ...] = ()
    facts: tuple[str, ...] = ()


class Unresolved(Kind, frozen=True):
    """A part that could not be followed; compared by its spelling.

    `reason` is a word of a small fixed vocabulary (see `types.annotations`), for the lock has it.
    """

    spelling: str
    reason: str


Type = Name | Ref | Apply | Union | Literal | Parameter | Group | Annotated | Unresolved

NONE = Name("None")
#: A type with too many parts to follow.
LARGE = Unresolved("...", "large")
ANY = Name("typing.Any")

#: Heads that are sigclock's own spelling, not names in a tree.
_UNRESOLVED = "Unresolved"
_ANNOTATED = "Annotated"
_LITERAL = "Literal"

_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
#: A name, or a name with an argument that is a name: `int`, `list[pkg.Stats]`.
_PLAIN = re.compile(
    rf"(?!{_UNRESOLVED}\b|{_ANNOTATED}\b|{_LITERAL}\b)({_DOTTED})(?:\[({_DOTTED})\])?", re.ASCII
)
_APART = re.compile(r"[.\[\]]")

ELLIPSIS = Name("...")


def spell(type_: Type) -> str:
    """Write a type as a Python reader would."""
    match type_:
        case Name(dotted):
            return dotted if type_ in (NONE, ELLIPSIS) else _word(dotted)
        case Ref(name, ()):
            return _word(name)
        case Ref(name, args) | Apply(name, args):
            return f"{_word(name)}[{', '.join(map(spell, args)) or '()'}]"
        case Union(members):
            return " | ".join(map(spell, members))
        case Literal(values):
            return f"{_LITERAL}[{', '.join(values)}]"
        case Parameter(name):
            return name
        case Group(items):
            return f"[{', '.join(map(spell, items))}]"
        case Annotated(base, columns, facts):
            table = ", ".join(f"{column.name!r}: {spell(column.type)}" for column in columns)
            parts = [spell(base), *([f"{{{table}}}"] if columns else []), *map(repr, facts)]
            return f"{_ANNOTATED}[{', '.join(parts)}]"
        case Unresolved(spelling, reason):
            return f"{_UNRESOLVED}[{spelling!r}, {reason!r}]"
        case _:
            raise TypeError(type_)


@cache
def _word(dotted: str) -> str:
    """A name as it is, or quoted where Python could not read it: `'train-model.Stats'`."""
    parts = dotted.split(".")
    plain = all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
    return dotted if plain and unicodedata.is_normalized("NFKC", dotted) else repr(dotted)


class SpellingError(ValueError):
    """A text that `spell` cannot have written."""


class Names(msgspec.Struct, frozen=True):
    """What a spelled name can refer to: definitions, and parameters of the definition around it."""

    definitions: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()


def parse(text: str, names: Names) -> Type:
    """Read back what `spell` wrote; `SpellingError` for anything else."""
    plain = _PLAIN.fullmatch(text)
    if plain and not any(map(keyword.iskeyword, _APART.split(text))):
        # Most types are as plain as that, and a syntax tree takes ten times as long.
        head, item = plain.groups()
        return (
            _applied(head, (_read_name(item, names),), names) if item else _read_name(head, names)
        )
    try:
        return _read(ast.parse(text, mode="eval").body, names)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SpellingError(f"not a type: {text[:80]!r}") from error


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    match node:
        case ast.Name(name) | ast.Constant(str(name)):
            return ".".join([name, *reversed(parts)])
        case _:
            raise SpellingError(ast.unparse(node))


def _read(node: ast.expr, names: Names) -> Type:
    match node:
        case ast.Constant(None):
            return NONE
        case ast.Constant(value) if value is ...:
            return ELLIPSIS
        case ast.BinOp(_, ast.BitOr(), _):
            return Union(tuple(_read(member, names) for member in _members(node)))
        case ast.List(items):
            return Group(tuple(_read(item, names) for item in items))
        case ast.Subscript(head, index):
            return _read_subscript(_dotted(head), _items(index), names)
        case ast.Name() | ast.Attribute() | ast.Constant(str()):
            return _read_name(_dotted(node), names)
        case _:
            raise SpellingError(ast.unparse(node))


def _members(node: ast.expr) -> list[ast.expr]:
    members: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        members.append(node.right)
        node = node.left
    return [node, *reversed(members)]


def _items(index: ast.expr) -> list[ast.expr]:
    return index.elts if isinstance(index, ast.Tuple) else [index]


def _read_name(dotted: str, names: Names) -> Type:
    if dotted in names.parameters:
        return Parameter(dotted)
    return Ref(dotted) if dotted in names.definitions else Name(dotted)


def _read_subscript(head: str, items: list[ast.expr], names: Names) -> Type:
    if head == _UNRESOLVED:
        spelling, reason = map(_string, items)
        return Unresolved(spelling, reason)
    if head == _LITERAL:
        return Literal(tuple(map(ast.unparse, items)))
    if head == _ANNOTATED:
        return _read_annotated(items, names)
    return _applied(head, tuple(_read(item, names) for item in items), names)


def _applied(head: str, args: tuple[Type, ...], names: Names) -> Type:
    return Ref(head, args) if head in names.definitions else Apply(head, args)


def _read_annotated(items: list[ast.expr], names: Names) -> Annotated:
    base, *rest = items
    columns: tuple[Column, ...] = ()
    if rest and isinstance(rest[0], ast.Dict):
        table = rest.pop(0)
        assert isinstance(table, ast.Dict)
        pairs = zip(table.keys, table.values, strict=True)
        columns = tuple(Column(_string(key), _read(value, names)) for key, value in pairs)
    return Annotated(_read(base, names), columns, tuple(map(_string, rest)))


def _string(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise SpellingError("expected a string")
