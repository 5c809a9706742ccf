"""Classes as definitions: follows Refs until no new class appears, merges inherited parts."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

import msgspec

from sigclock.interface.locations import PartLocation, Parts, packed
from sigclock.interface.references import definition_refs, refs
from sigclock.interface.snapshot import ClassKind, Definition, Field, Flyte2Form
from sigclock.interface.type_tree import (
    bind_free,
    checked,
    substitute,
    union,
    with_self,
)
from sigclock.interface.types import ANY, LARGE, Annotated, Apply, Name, Parameter, Ref, Type
from sigclock.python.names.scopes import ClassSymbol, External, ValueSymbol
from sigclock.python.types import classes
from sigclock.python.types.annotations import Annotations
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread
from sigclock.python.types.type_variables import is_generic, parameters, unbound
from sigclock.python.values.evaluator import Evaluator

#: Python's own bases that declare no part of a value, beside those of class families.
_NO_PARTS = frozenset(["object", "typing.Generic", "typing.Protocol", "abc.ABC", "str", "int"])


class Resolved(msgspec.Struct, frozen=True):
    """A field with its location, and the identity of the class that declares it."""

    field: Field
    location: PartLocation
    owner: tuple[str, str, int]


class Definitions:
    """Gives each class a key when it is first named; `definition` reads it."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._names = evaluator.names
        self.annotations = Annotations(evaluator, self.register, self._defaults)
        self._keys: dict[tuple[str, str, int], str] = {}
        self._identities: dict[str, tuple[str, str, int]] = {}
        self._symbols: dict[str, ClassSymbol | ValueSymbol] = {}
        self.built: dict[str, Definition] = {}
        self._own: dict[tuple[str, str, int], tuple[RawClass, list[Resolved]]] = {}
        self._inherited: dict[tuple[str, str, int], list[Resolved]] = {}
        self._at: dict[str, PartLocation] = {}
        self._locations: dict[str, Parts] = {}
        self._refs: dict[str, list[str]] = {}
        self._unbound: dict[tuple[str, str, int], tuple[Type, ...]] = {}

    def register(self, symbol: ClassSymbol | ValueSymbol) -> str:
        """The key of a class: its import name, or that with a number where another class has it."""
        identity = _identity(symbol)
        if identity not in self._keys:
            key = self._free_key(import_name_of(symbol), identity)
            self._keys[identity] = key
            self._identities[key] = identity
            self._symbols[key] = symbol
        return self._keys[identity]

    def definition(self, key: str) -> Definition:
        """The definition of a registered class."""
        if key not in self.built:
            self.built[key] = self._build(key)
        return self.built[key]

    def location_of(self, key: str) -> PartLocation:
        """The location of a class that was read."""
        return self._at[key]

    def locations_of(self, key: str) -> Parts:
        """The locations of the parts of a class that was read."""
        return self._locations[key]

    def symbol(self, key: str) -> ClassSymbol | ValueSymbol:
        return self._symbols[key]

    def reachable(self, roots: list[Type]) -> dict[str, Definition]:
        """Every definition that the types reach, sorted by key."""
        definitions: dict[str, Definition] = {}
        queue = [name for root in roots for name in refs(root)]
        while queue:
            key = queue.pop()
            if key not in definitions:
                definitions[key] = self.definition(key)
                if key not in self._refs:
                    self._refs[key] = list(dict.fromkeys(definition_refs(definitions[key])))
                queue.extend(self._refs[key])
        self._names.spend(len(definitions) // 10)
        return dict(sorted(definitions.items()))

    # -- one class ---------------------------------------------------------------------------

    def _build(self, key: str) -> Definition:
        symbol = self._symbols[key]
        view = ClassView(symbol, self._evaluator)
        raw, _ = self._read(view)
        variables = parameters(view, self.annotations.resolve)
        fields = {field.field.name: field for field in self._all_fields(view)}
        self._locate(key, view, raw, fields)
        import_name = import_name_of(symbol)
        itself = Ref(key, tuple(map(Parameter, variables)))
        bound = [
            Field(f.field.name, with_self(bind_free(f.field.type, variables), itself))
            for f in fields.values()
        ]
        return Definition(
            kind=raw.kind,
            fields=() if raw.kind.has_members else tuple(bound),
            members=raw.members,
            parameters=tuple(variables),
            bases=tuple(with_self(base, itself) for base in self._bases(view, raw, variables)),
            target=self._target(view, raw, variables),
            import_name=None if import_name == key else import_name,
            slots=raw.slots,
        )

    def _locate(
        self, key: str, view: ClassView, raw: RawClass, fields: dict[str, Resolved]
    ) -> None:
        module = view.outer.module
        locations = {"": PartLocation(module.location(view.node))}
        locations.update((name, resolved.location) for name, resolved in fields.items())
        if raw.kind.has_members:
            locations.update(
                (field.name, PartLocation(module.location(field.node))) for field in raw.fields
            )
        self._at[key], self._locations[key] = locations[""], packed(locations)

    def _read(self, view: ClassView) -> tuple[RawClass, list[Resolved]]:
        """The class's own fields, their annotations resolved where they stand."""
        identity = _identity(view.symbol)
        if identity not in self._own:
            raw = classes.read(view)
            module = view.outer.module
            fields = [
                Resolved(
                    Field(field.name, self._type(field, view, raw.kind)),
                    PartLocation(module.location(field.node), field.default),
                    identity,
                )
                for field in raw.fields
            ]
            self._own[identity] = (raw, fields)
        return self._own[identity]

    def _type(self, field: RawField, view: ClassView, kind: ClassKind) -> Type:
        if field.annotation is None:
            return Name(field.guess) if field.guess else ANY
        type_ = self.annotations.resolve(field.annotation, field.scope or view.scope, field.line)
        if field.others:
            more = [self.annotations.resolve(node, scope) for node, scope in field.others]
            type_ = union([type_, *more])
        if kind.flyte2 is Flyte2Form.PYDANTIC:
            type_ = checked(type_, self._names.modules.external.checked)
        if field.wrapper:
            type_ = Apply(field.wrapper, (type_,))
        match field.stored:
            case None:
                return type_
            case Unread(node, scope, reason):
                return union([type_, self.annotations.unfollowed.of(node, scope, reason)])
            case stored:
                return Annotated(type_, facts=(f"stored as {stored}" if stored else "not stored",))

    def _all_fields(self, view: ClassView) -> list[Resolved]:
        """Fields of the bases, then its own: a redeclared field keeps its place in the order."""
        identity = _identity(view.symbol)
        if identity not in self._inherited:
            raw, own = self._read(view)
            inherits = raw.inherits and view.lineage() is not None
            self._inherited[identity] = self._with_inherited(view, own) if inherits else own
        return self._inherited[identity]

    def _with_inherited(self, view: ClassView, own: list[Resolved]) -> list[Resolved]:
        merged: dict[str, Resolved] = {}
        for base, parent in reversed(self._bases_with_parents(view)):
            arguments = self._arguments(base, view, parent)
            inherited = self._all_fields(parent)
            self._names.spend(len(inherited))
            for resolved in inherited:
                known = merged.get(resolved.field.name)
                if known is not None and self._is_above(resolved, known, view):
                    # In a diamond the nearer class wins, also where it comes second.
                    continue
                field = Field(resolved.field.name, substitute(resolved.field.type, arguments))
                merged[field.name] = Resolved(field, resolved.location, resolved.owner)
        merged.update((field.field.name, field) for field in own)
        return list(merged.values())

    def _is_above(self, one: Resolved, other: Resolved, view: ClassView) -> bool:
        """Whether the class of `one` is an ancestor of the class of `other`, both above a view."""
        owner = next((v for v in view.ancestors if _identity(v.symbol) == other.owner), None)
        above = owner.ancestors if owner is not None else []
        return any(_identity(v.symbol) == one.owner for v in above)

    def _bases_with_parents(self, view: ClassView) -> list[tuple[ast.expr, ClassView]]:
        return [
            (base, ClassView(symbol, self._evaluator))
            for base, symbol in view.bases
            if isinstance(symbol, ClassSymbol)
        ]

    def _arguments(self, base: ast.expr, view: ClassView, parent: ClassView) -> dict[str, Type]:
        """`class IntBox(Box[int])` binds Box's parameters."""
        if not isinstance(base, ast.Subscript):
            return {}
        items = base.slice.elts if isinstance(base.slice, ast.Tuple) else [base.slice]
        types_ = [self.annotations.resolve(item, view.outer) for item in items]
        return dict(zip(parameters(parent, self.annotations.resolve), types_, strict=False))

    def _defaults(self, symbol: ClassSymbol) -> tuple[Type, ...]:
        """What the variables of a generic model stand for where it has no arguments."""
        if not is_generic(symbol):
            return ()
        if symbol.key not in self._unbound:
            # A variable may be bound by the class itself.
            self._unbound[symbol.key] = ()
            view = ClassView(symbol, self._evaluator)
            if classes.kind_of(view).flyte2 is Flyte2Form.PYDANTIC:
                self._unbound[symbol.key] = unbound(view, self.annotations.resolve)
        return self._unbound[symbol.key]

    def _bases(self, view: ClassView, raw: RawClass, parameters: list[str]) -> tuple[Type, ...]:
        """Bases outside the tree, and what else may add parts to the class."""
        views = (view, *view.ancestors) if raw.inherits else (view,)
        bases = {repr(type_): type_ for type_ in self._outside_bases(view, raw, parameters)}
        for class_view in views:
            own, _ = self._read(class_view)
            for unread in (*own.unread, *class_view.unread):
                part = self.annotations.unfollowed.of(unread.node, unread.scope, unread.reason)
                bases.setdefault(repr(part), bind_free(part, parameters))
            if own.facts:
                settings = Annotated(Name("settings"), facts=own.facts)
                bases.setdefault(repr(settings), settings)
        return tuple(bases[key] for key in sorted(bases))

    def _outside_bases(
        self, view: ClassView, raw: RawClass, parameters: list[str]
    ) -> tuple[Type, ...]:
        """Bases that cannot be followed and may declare parts; compared by name."""
        if raw.untyped:
            return (Name("collections.namedtuple"),)
        if raw.kind.has_members:
            return ()
        bases: dict[str, Type] = {}
        if view.lineage() is None:
            bases["lineage"] = LARGE
        for class_view in (view, *view.ancestors):
            for base, symbol in class_view.bases:
                if isinstance(symbol, ClassSymbol):
                    continue
                if isinstance(symbol, External) and self._has_no_parts(symbol):
                    continue
                type_ = bind_free(self.annotations.resolve(base, class_view.outer), parameters)
                bases.setdefault(repr(type_), type_)
        return tuple(bases[key] for key in sorted(bases))

    def _has_no_parts(self, base: External) -> bool:
        name = self._names.canonical(base.dotted)
        return name in _NO_PARTS or name in self._names.modules.external.bases

    def _target(self, view: ClassView, raw: RawClass, parameters: list[str]) -> Type | None:
        if raw.target is None:
            return None
        return bind_free(self.annotations.resolve(raw.target, view.scope), parameters)

    def _free_key(self, name: str, identity: tuple[str, str, int]) -> str:
        number, key = 1, name
        while self._identities.get(key, identity) != identity:
            number += 1
            key = f"{name}_{number}"
        return key


def _identity(symbol: ClassSymbol | ValueSymbol) -> tuple[str, str, int]:
    if isinstance(symbol, ClassSymbol):
        return symbol.key
    return (symbol.scope.module.path, symbol.scope.nested(symbol.name), symbol.node.lineno)


def import_name_of(symbol: ClassSymbol | ValueSymbol) -> str:
    """`pkg.module.Outer.Inner`, always a dotted name, whatever the file is called."""
    module, qualname = symbol.scope.module.name, _identity(symbol)[1]
    dotted = f"{module}.{qualname}" if module else qualname
    return _importable(dotted)


@lru_cache(maxsize=4096)
def _importable(dotted: str) -> str:
    parts = [re.sub(r"\W", "_", part) or "_" for part in dotted.split(".")]
    return ".".join(
        f"_{part}" if part[0].isdigit() or part in _KEYWORDS else part for part in parts
    )


_KEYWORDS = frozenset(
    [
        "False",
        "None",
        "True",
        "and",
        "as",
        "assert",
        "async",
        "await",
        "break",
        "class",
        "continue",
        "def",
        "del",
        "elif",
        "else",
        "except",
        "finally",
        "for",
        "from",
        "global",
        "if",
        "import",
        "in",
        "is",
        "lambda",
        "nonlocal",
        "not",
        "or",
        "pass",
        "raise",
        "return",
        "try",
        "while",
        "with",
        "yield",
    ]
)
