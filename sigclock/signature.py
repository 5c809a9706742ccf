"""The hash of an interface's structure: equal if no stored value can be of another shape or type.

What counts is DESIGN.md section 4. Classes that Flyte sends by structure count without their name;
pickled ones with it, for it stands in the stored bytes. Every part of a hash is length-prefixed.
Recursive classes are hashed by partition refinement over their cycle, so it does not matter from
which class a cycle is entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from sigclock.model.snapshot import ClassKind, Definition, Field
from sigclock.model.types import (
    Annotated,
    Apply,
    Group,
    Literal,
    Name,
    Parameter,
    Ref,
    Type,
    Union,
    Unresolved,
)


class Mode(str, Enum):
    """How Flyte stores the value at a place, which decides what of a class is in the bytes.

    `OUTPUT`: by its own type engine. `FIELD`: inside a dataclass or model, by structure in any
    container. `PICKLED`: as a pickle, so the qualified name of every class counts.
    """

    OUTPUT = "output"
    FIELD = "field"
    PICKLED = "pickled"


Node = tuple[str, Mode]
Namer = Callable[[Node], str]

_BY_STRUCTURE = {ClassKind.DATACLASS, ClassKind.PYDANTIC}
_PICKLED = {ClassKind.ATTRS, ClassKind.MSGSPEC, ClassKind.PLAIN}
_NAMELESS = {ClassKind.NEWTYPE, ClassKind.ALIAS, ClassKind.TYPEDDICT}

#: Containers that Flyte's type engine knows itself, so what is inside keeps its own treatment.
_TRANSPARENT = {"list", "dict", "collections.abc.Iterator", "typing.NotRequired", "typing.Final"}

#: Outside types between which a stored value can be exchanged.
_SAME_VALUE = {"flytekit.StructuredDataset": "pandas.DataFrame"}

#: Wrappers that say nothing about the stored value, and pseudo-fields that are not stored.
_SAME_AS_INNER = {"typing.Final", "typing.Required"}
_NOT_STORED = {"typing.ClassVar", "typing.InitVar"}


def signature(fields: Iterable[Field], definitions: Mapping[str, Definition]) -> str:
    """The hash (64 hex digits) of named outputs or inputs; their order does not count."""
    return Hasher(definitions).fields(fields)


def combine(signatures: Iterable[str]) -> str:
    """One hash for a set of them."""
    return _digest("set", *sorted(set(signatures)))


class Hasher:
    """Hashes interfaces over one set of definitions; each class is hashed once."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._done: dict[Node, str] = {}

    def fields(self, fields: Iterable[Field]) -> str:
        """The hash of named types."""
        parts = [_digest("field", f.name, self.type(f.type, Mode.OUTPUT)) for f in fields]
        return _digest("interface", *sorted(parts))

    def type(self, type_: Type, mode: Mode) -> str:
        """The hash of one type as stored at a place of this mode."""
        for node in _nodes(type_, mode):
            self._settle(node)
        return _encode(type_, mode, (), self._done.__getitem__)

    def _settle(self, root: Node) -> None:
        """Hash a class after all that it reaches, cycle by cycle (Tarjan, without recursion)."""
        if root in self._done:
            return
        order: dict[Node, int] = {}
        low: dict[Node, int] = {}
        path: list[Node] = []
        work: list[tuple[Node, list[Node]]] = [(root, self._enter(root, order, low, path))]
        while work:
            node, rest = work[-1]
            if rest:
                following = rest.pop()
                if following not in order and following not in self._done:
                    work.append((following, self._enter(following, order, low, path)))
                elif following in order and following not in self._done:
                    low[node] = min(low[node], order[following])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == order[node]:
                cycle = path[path.index(node) :]
                del path[-len(cycle) :]
                self._finish(cycle)

    def _enter(
        self, node: Node, order: dict[Node, int], low: dict[Node, int], path: list[Node]
    ) -> list[Node]:
        order[node] = low[node] = len(order)
        path.append(node)
        return self._following(node)

    def _following(self, node: Node) -> list[Node]:
        definition = self._definitions.get(node[0])
        if definition is None:
            return []
        inner = _inner_mode(definition, node[1])
        types_ = [field.type for field in definition.fields]
        types_ += [*definition.bases, *([definition.target] if definition.target else [])]
        return [found for type_ in types_ for found in _nodes(type_, inner)]

    def _finish(self, cycle: list[Node]) -> None:
        if len(cycle) == 1 and cycle[0] not in self._following(cycle[0]):
            self._done[cycle[0]] = self._body(cycle[0], self._done.__getitem__)
            return
        names = dict.fromkeys(cycle, "cycle")
        count = 1
        while True:
            known = {**self._done, **names}
            names = {node: self._body(node, known.__getitem__) for node in cycle}
            if len(set(names.values())) == count:
                break
            count = len(set(names.values()))
        everything = _digest("cycle", *sorted(set(names.values())))
        self._done.update((node, _digest("in", names[node], everything)) for node in cycle)

    def _body(self, node: Node, name: Namer) -> str:
        key, mode = node
        definition = self._definitions.get(key)
        if definition is None:
            return _digest("missing", key)
        inner = _inner_mode(definition, mode)
        identity = (definition.import_name or key) if _is_named(definition, mode) else ""
        kind = (
            "record" if definition.kind in _BY_STRUCTURE and not identity else definition.kind.value
        )
        parameters = definition.parameters
        fields = [
            _digest("field", field.name, _encode(field.type, inner, parameters, name))
            for field in definition.fields
            if not (isinstance(field.type, (Apply, Name)) and _head(field.type) in _NOT_STORED)
        ]
        target = [_encode(definition.target, inner, parameters, name)] if definition.target else []
        return _digest(
            "class",
            kind,
            identity,
            _digest("fields", *sorted(fields)),
            _digest("values", *sorted(member.value for member in definition.members)),
            _digest(
                "bases", *(_encode(base, inner, parameters, name) for base in definition.bases)
            ),
            *target,
        )


def _digest(tag: str, *parts: str) -> str:
    hasher = hashlib.sha256()
    for part in (tag, *parts):
        data = part.encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(data))
        hasher.update(data)
    return hasher.hexdigest()


def _head(type_: Apply | Name) -> str:
    return type_.origin if isinstance(type_, Apply) else type_.dotted


def _inner_mode(definition: Definition, mode: Mode) -> Mode:
    """How the parts of a class are stored, given how the class is."""
    if mode is Mode.PICKLED or definition.kind in _PICKLED:
        return Mode.PICKLED
    if definition.kind in {ClassKind.NEWTYPE, ClassKind.ALIAS}:
        return Mode.PICKLED if mode is Mode.OUTPUT else mode
    return Mode.FIELD


def _is_named(definition: Definition, mode: Mode) -> bool:
    """Whether the qualified name of the class is in the stored bytes."""
    if definition.kind in _NAMELESS:
        return False
    return definition.kind in _PICKLED or mode is Mode.PICKLED


def _argument_mode(origin: str, mode: Mode) -> Mode:
    if mode is Mode.OUTPUT and origin not in _TRANSPARENT:
        return Mode.PICKLED
    return mode


def _nodes(type_: Type, mode: Mode) -> list[Node]:
    """The classes directly mentioned in a type, each with the mode of its place."""
    match type_:
        case Ref(name, args):
            return [(name, mode), *(node for arg in args for node in _nodes(arg, mode))]
        case Apply(origin, args):
            inner = _argument_mode(origin, mode)
            return [node for arg in args for node in _nodes(arg, inner)]
        case Union(args) | Group(args):
            return [node for arg in args for node in _nodes(arg, mode)]
        case Annotated(base, columns):
            return [
                node for one in (base, *(c.type for c in columns)) for node in _nodes(one, mode)
            ]
        case _:
            return []


def _encode(type_: Type, mode: Mode, parameters: tuple[str, ...], name: Namer) -> str:
    match type_:
        case Name(dotted):
            return _digest("name", _SAME_VALUE.get(dotted, dotted))
        case Ref(key, args):
            return _digest(
                "ref", name((key, mode)), *(_encode(a, mode, parameters, name) for a in args)
            )
        case Apply(origin, (inner,)) if origin in _SAME_AS_INNER:
            return _encode(inner, mode, parameters, name)
        case Apply(origin, args):
            below = _argument_mode(origin, mode)
            return _digest("apply", origin, *(_encode(a, below, parameters, name) for a in args))
        case Union(members):
            return _digest("union", *sorted({_encode(m, mode, parameters, name) for m in members}))
        case Literal(values):
            return _digest("literal", *sorted(set(values)))
        case Parameter(parameter):
            index = parameters.index(parameter) if parameter in parameters else -1
            return _digest("parameter", str(index))
        case Group(items):
            return _digest("group", *(_encode(item, mode, parameters, name) for item in items))
        case Annotated(base, columns, facts):
            table = [
                _digest("column", c.name, _encode(c.type, mode, parameters, name)) for c in columns
            ]
            return _digest(
                "annotated",
                _encode(base, mode, parameters, name),
                _digest("columns", *table),
                _digest("facts", *facts),
            )
        case Unresolved(spelling):
            return _digest("unresolved", spelling)
        case _:
            raise TypeError(type_)
