"""The hash of an interface's structure: equal if no stored value can be of another shape or type.

Classes that Flyte sends by structure count without their name, pickled classes with it, for the
stored bytes have it. Every part of a hash is length-prefixed. Recursive classes are hashed by
partition refinement over their cycle, so it does not matter at which class a cycle is entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import lru_cache

from sigclock.interface.snapshot import Definition, Field, Sdk
from sigclock.interface.type_tree import children
from sigclock.interface.types import (
    BESIDE_VALUE,
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

    `OUTPUT`: by its own type engine. `VARIANT`: the same in a union, where the stored value names
    the transformer and lists an enum's values in order, and both must fit. `FIELD`: inside a
    dataclass or model, by structure in any container. `PICKLED`: as a pickle, so the qualified
    name of every class counts, and the order of fields if a pickle has them by position.
    """

    OUTPUT = "output"
    VARIANT = "variant"
    FIELD = "field"
    PICKLED = "pickled"


#: Places where Flyte's own type engine decides.
BY_ENGINE = {Mode.OUTPUT, Mode.VARIANT}

#: How many classes may be hashed for a cycle; a real cycle needs a handful.
_BODIES = 100_000

Node = tuple[str, Mode]
Namer = Callable[[Node], str]

#: Containers that Flyte's type engine knows itself, so what is inside keeps its own treatment.
_TRANSPARENT = {"list", "dict", "collections.abc.Iterator", "typing.NotRequired", "typing.Final"}

#: Outside types that can read each other's stored values.
_SAME_VALUE = {
    "flytekit.StructuredDataset": "pandas.DataFrame",
    "os.PathLike": "flytekit.FlyteFile",
}

#: Wrappers that say nothing about the stored value.
_SAME_AS_INNER = {"typing.Final", "typing.Required"}
#: Wrappers of fields that are not stored.
_NOT_STORED = {"typing.ClassVar", "typing.InitVar"}


def combine(signatures: Iterable[str]) -> str:
    """The hash of a set of signatures."""
    return digest("set", *sorted(set(signatures)))


def modes(
    fields: Iterable[Field], definitions: Mapping[str, Definition], sdk: Sdk
) -> dict[str, set[Mode]]:
    """How each class that named types reach is stored, at all its places."""
    return Hasher(definitions, sdk).modes(fields)


class Hasher:
    """Hashes interfaces of one SDK's tasks over a set of definitions, each class once.

    This is the first scheme, whose result never changes; a later one (`hash_schemes`) derives from
    it. What that hashes otherwise, it must give another hash in any case.
    """

    def __init__(self, definitions: Mapping[str, Definition], sdk: Sdk) -> None:
        self._definitions = definitions
        self._sdk = sdk
        self._done: dict[Node, str] = {}

    def fields(self, fields: Iterable[Field]) -> str:
        """The hash (64 hex digits) of named outputs or inputs; their order does not count."""
        parts = [digest("field", f.name, self.type(f.type, Mode.OUTPUT)) for f in fields]
        return digest("interface", *sorted(parts))

    def type(self, type_: Type, mode: Mode) -> str:
        """The hash of one type as stored at a place of this mode."""
        for node in self._nodes(type_, mode):
            self._settle(node)
        return self._encode(type_, mode, (), self._done.__getitem__)

    def modes(self, fields: Iterable[Field]) -> dict[str, set[Mode]]:
        """The modes of each class that named types reach."""
        found: dict[str, set[Mode]] = {}
        work = [node for field in fields for node in self._nodes(field.type, Mode.OUTPUT)]
        while work:
            key, mode = work.pop()
            if mode not in found.setdefault(key, set()):
                found[key].add(mode)
                work.extend(self._successors((key, mode)))
        return found

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
                successor = rest.pop()
                if successor not in order and successor not in self._done:
                    work.append((successor, self._enter(successor, order, low, path)))
                elif successor in order and successor not in self._done:
                    low[node] = min(low[node], order[successor])
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
        return self._successors(node)

    def _successors(self, node: Node) -> list[Node]:
        definition = self._definitions.get(node[0])
        if definition is None:
            return []
        inner = _inner_mode(definition, node[1])
        types_ = [field.type for field in definition.fields]
        types_ += [*definition.bases, *([definition.target] if definition.target else [])]
        return [node for type_ in types_ for node in self._nodes(type_, inner)]

    def _finish(self, cycle: list[Node]) -> None:
        if len(cycle) == 1 and cycle[0] not in self._successors(cycle[0]):
            self._done[cycle[0]] = self._body(cycle[0], self._done.__getitem__)
            return
        names = dict.fromkeys(cycle, "cycle")
        count = 1
        for _ in range(max(_BODIES // len(cycle), 1)):
            names = self._bodies(cycle, names)
            if len(set(names.values())) == count:
                break
            count = len(set(names.values()))
        else:
            # Too many classes to distinguish by their parts: their keys distinguish enough.
            names = self._bodies(cycle, {node: f"{node[0]} {node[1].value}" for node in cycle})
        everything = digest("cycle", *sorted(set(names.values())))
        self._done.update((node, digest("in", names[node], everything)) for node in cycle)

    def _bodies(self, cycle: list[Node], names: dict[Node, str]) -> dict[Node, str]:
        """The hashes of classes that refer to each other by these names."""

        def known(node: Node) -> str:
            return names[node] if node in names else self._done[node]

        return {node: self._body(node, known) for node in cycle}

    def _body(self, node: Node, name: Namer) -> str:
        key, mode = node
        definition = self._definitions.get(key)
        if definition is None:
            return digest("missing", key)
        inner = _inner_mode(definition, mode)

        def encode(type_: Type) -> str:
            return self._encode(type_, inner, definition.parameters, name)

        fields = [
            digest("field", field.name, encode(field.type))
            for field in definition.fields
            if is_stored(field.type)
        ]
        return digest(
            "class",
            *_identity(key, definition, mode),
            digest("fields", *(fields if _is_by_position(definition, mode) else sorted(fields))),
            self.values(definition, mode),
            digest("bases", *map(encode, definition.bases)),
            *([encode(definition.target)] if definition.target else []),
        )

    def values(self, definition: Definition, mode: Mode) -> str:
        """The hash of an enum's members at a place of this mode."""
        values = [member.value for member in definition.members]
        return digest("values", *(values if mode is Mode.VARIANT else sorted(values)))

    def name(self, dotted: str, mode: Mode) -> str:  # noqa: ARG002 - a later scheme asks for it
        """The hash of an outside type at a place of this mode."""
        return _name(dotted)

    # -- types -------------------------------------------------------------------------------

    def _class_mode(self, ref: Ref, mode: Mode) -> Mode:
        """How a class is stored at a place; flytekit pickles a dataclass with type arguments."""
        definition = self._definitions.get(ref.name)
        generic = bool(ref.args) and definition and definition.kind.pickled_if_generic
        return Mode.PICKLED if generic and mode in BY_ENGINE else mode

    def _nodes(self, type_: Type, mode: Mode) -> list[Node]:
        """The classes that a type mentions, each with the mode of its place."""
        match type_:
            case Ref(name):
                mode = self._class_mode(type_, mode)
                own = [(name, mode)]
            case Apply(origin):
                mode, own = _argument_mode(origin, mode), []
            case Union():
                mode, own = _member_mode(mode), []
            case _:
                own = []
        return [*own, *(node for child in children(type_) for node in self._nodes(child, mode))]

    def _encode(self, type_: Type, mode: Mode, parameters: tuple[str, ...], name: Namer) -> str:
        def each(types_: Iterable[Type], below: Mode) -> list[str]:
            return [self._encode(type_, below, parameters, name) for type_ in types_]

        match type_:
            case Name(dotted):
                return self.name(dotted, mode)
            case Ref(key, args):
                mode = self._class_mode(type_, mode)
                return digest("ref", name((key, mode)), *each(args, mode))
            case Apply(origin, (inner,)) if origin in _SAME_AS_INNER:
                return self._encode(inner, mode, parameters, name)
            case Apply(origin, args):
                return digest("apply", origin, *each(args, _argument_mode(origin, mode)))
            case Union(members):
                return digest("union", *sorted(set(each(members, _member_mode(mode)))))
            case Literal(values):
                return digest("literal", *sorted(set(values)))
            case Parameter(parameter):
                index = parameters.index(parameter) if parameter in parameters else -1
                return digest("parameter", str(index))
            case Group(items):
                return digest("group", *each(items, mode))
            case Annotated(base, (), facts) if all(fact.startswith(BESIDE_VALUE) for fact in facts):
                return self._encode(base, mode, parameters, name)
            case Annotated(base, columns, facts):
                facts = tuple(fact for fact in facts if not fact.startswith(BESIDE_VALUE))
                types_ = each((base, *(column.type for column in columns)), mode)
                table = [
                    digest("column", c.name, t) for c, t in zip(columns, types_[1:], strict=True)
                ]
                return digest(
                    "annotated", types_[0], digest("columns", *table), digest("facts", *facts)
                )
            case Unresolved(spelling):
                return digest("unresolved", spelling)
            case _:
                raise TypeError(type_)


def is_stored(type_: Type) -> bool:
    """Whether a field of this type is part of a stored value."""
    return not (isinstance(type_, (Apply, Name)) and _head(type_) in _NOT_STORED)


def _identity(key: str, definition: Definition, mode: Mode) -> tuple[str, ...]:
    """What the stored bytes have of a class besides its parts: its kind, its qualified name."""
    named = (definition.import_name or key) if _is_named(definition, mode) else ""
    exchangeable = definition.kind.by_structure and not named and mode is not Mode.VARIANT
    kind = "record" if exchangeable else definition.kind.name
    return (kind, named, "slots") if named and definition.slots else (kind, named)


def _is_by_position(definition: Definition, mode: Mode) -> bool:
    """Whether the stored value has the fields in order and without their names."""
    positional = definition.kind.pickled_by_position or definition.slots
    return positional and _inner_mode(definition, mode) is Mode.PICKLED


def digest(tag: str, *parts: str) -> str:
    """The hash of named parts, each with its length before it."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in (tag, *parts)]
    return hashlib.sha256(b"".join([b"%d:%b" % (len(data), data) for data in encoded])).hexdigest()


@lru_cache(maxsize=1024)
def _name(dotted: str) -> str:
    return digest("name", _SAME_VALUE.get(dotted, dotted))


def _head(type_: Apply | Name) -> str:
    return type_.origin if isinstance(type_, Apply) else type_.dotted


def _inner_mode(definition: Definition, mode: Mode) -> Mode:
    """How the parts of a class are stored, given how the class is."""
    if mode is Mode.PICKLED or definition.kind.pickled:
        return Mode.PICKLED
    if definition.kind.stands_for_target:
        return Mode.PICKLED if mode in BY_ENGINE else mode
    return Mode.FIELD


def _is_named(definition: Definition, mode: Mode) -> bool:
    """Whether the qualified name of the class is in the stored bytes."""
    kind = definition.kind
    return kind.named_in_pickle and (kind.pickled or mode is Mode.PICKLED)


def _argument_mode(origin: str, mode: Mode) -> Mode:
    """How the arguments of a container are stored, given how it is."""
    return Mode.PICKLED if mode in BY_ENGINE and origin not in _TRANSPARENT else mode


def _member_mode(mode: Mode) -> Mode:
    """How the members of a union are stored, given how it is."""
    return Mode.VARIANT if mode is Mode.OUTPUT else mode
