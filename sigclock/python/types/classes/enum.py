"""Enums of every base: members in order of definition, aliases left out."""

from __future__ import annotations

import ast

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form, Member
from sigclock.interface.unknown import Unknown
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.names.scopes import External, FunctionSymbol, Scope
from sigclock.python.names.unparse import repr_of, source_of
from sigclock.python.types.class_view import ClassView, RawClass, RawField, Unread
from sigclock.python.values.folding import called, folded

_BASES = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})
_AUTO = "enum.auto"
#: Digits of a value that are read back as a number; a flag of more members is not followed.
_LONGEST = 300
_LARGEST = 10 ** (_LONGEST - 1)

KIND = ClassKind(
    name="enum",
    flyte1=Flyte1Form.ENUM,
    flyte2=Flyte2Form.ENUM,
    flyte1_transformer="",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(
    makers=_BASES,
    bases=_BASES,
    stars={
        "enum": frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "auto", "unique"}),
    },
)


def claims(view: ClassView) -> bool:
    """A functional enum, or anything below one of enum's bases."""
    return view.maker() in NAMES.makers or bool(_BASES & view.external_bases)


def read(view: ClassView) -> RawClass:
    """Name and value of each member; a member with the value of an earlier one is its alias."""
    assigned = _functional(view) if view.call else _assigned(view)
    if isinstance(assigned, Unread):
        return RawClass(KIND, inherits=False, unread=(assigned,))
    members: dict[str, Member] = {}
    nodes: dict[str, ast.AST] = {}
    unread = []
    for name, value, node, computed in assigned:
        if computed is not None:
            unread.append(computed)
        if value not in members:
            members[value] = Member(name, value)
            nodes[value] = node
    fields = tuple(RawField(m.name, None, nodes[m.value]) for m in members.values())
    values = tuple(members.values())
    return RawClass(KIND, fields, values, inherits=False, unread=tuple(unread))


#: Name, value as source, where it stands, and what of the value cannot be read.
_Found = tuple[str, str, ast.AST, Unread | None]


def _functional(view: ClassView) -> list[_Found] | Unread:
    """`Enum("E", "A B")`, or with a list of names, of pairs, or a table."""
    assert view.call is not None
    spec = view.argument(1, "names")
    node = view.call
    named = view.texts(spec)
    listed = view.listed(spec)
    paired = not isinstance(listed, Unknown) and any(entry.rest for entry in listed)
    if not isinstance(named, Unknown) and not paired:
        text = view.maker() == "enum.StrEnum"
        start = view.keyword(view.call, "start")
        first = 1 if start is None else folded(start, view.outer, view.names)
        if not isinstance(first, int):
            return Unread(spec or view.call, view.outer, "value")
        numbered = enumerate(named, first)
        return [(n, repr(n.lower()) if text else str(i), node, None) for i, n in numbered]
    if isinstance(listed, Unknown) or not all(entry.rest for entry in listed):
        return Unread(spec or view.call, view.outer, "fields")
    found: list[_Found] = []
    for entry in listed:
        value, computed = _value(view, entry.rest[0].node, entry.rest[0].scope)
        found.append((entry.name, value, entry.node, computed))
    return found


def _assigned(view: ClassView) -> list[_Found]:
    assigned: list[_Found] = []
    automatic = _Automatic(view)
    ignored = _ignored(view)
    for statement in view.statements():
        match statement:
            case ast.Assign(targets, value):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(ast.Name(single), _, ast.expr() as value):
                names = [single]
            case _:
                continue
        for name in names:
            if name.startswith("_") or name in ignored or _is_descriptor(view, value):
                continue
            text, unread = (
                automatic.value(name, value)
                if _is_auto(view, value)
                else _value(view, value, view.scope)
            )
            automatic.follow(text)
            assigned.append((name, text, statement, unread))
    return assigned


def _ignored(view: ClassView) -> tuple[str, ...]:
    """The names in `_ignore_`, which are no members."""
    for statement in view.statements():
        match statement:
            case ast.Assign([ast.Name("_ignore_")], value):
                names = view.texts(value)
                return () if isinstance(names, Unknown) else names
            case _:
                continue
    return ()


def _is_auto(view: ClassView, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and view.dotted(value.func) == _AUTO


def _is_descriptor(view: ClassView, value: ast.expr) -> bool:
    """Functions, lambdas and `nonmember(…)` are no members."""
    if isinstance(value, ast.Lambda):
        return True
    return isinstance(value, ast.Call) and view.dotted(value.func) in {
        "enum.nonmember",
        "property",
        "classmethod",
        "staticmethod",
    }


class _Automatic:
    """The values of `auto()`, by `_generate_next_value_` if the class or an ancestor has it."""

    def __init__(self, view: ClassView) -> None:
        self._view = view
        self._maker = _next_value(view)
        self._earlier: list[object] = []
        self._last = 0

    def follow(self, text: str) -> None:
        """A member was given this value."""
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
            self._last = int(text)
        if self._maker is not None:
            self._earlier.append(_read_back(text))

    def value(self, name: str, node: ast.expr) -> tuple[str, Unread | None]:
        view = self._view
        if self._maker is not None:
            # Each member is shown all earlier ones, so a long enum costs the square of its length.
            view.names.spend(len(self._earlier) // 100)
            arguments = (name, 1, len(self._earlier), tuple(self._earlier))
            result = called(self._maker, arguments, view.names)
            if isinstance(result, Unknown):
                return f"auto({name!r})", Unread(self._maker.node, view.scope, "value")
            return repr_of(result), None
        bases = view.external_bases
        if "enum.StrEnum" in bases:
            return repr(name.lower()), None
        if bases & {"enum.Flag", "enum.IntFlag"}:
            if self._last >= _LARGEST:
                return f"auto({name!r})", Unread(node, view.scope, "value")
            return str(1 << self._last.bit_length()), None
        return str(self._last + 1), None


def _next_value(view: ClassView) -> FunctionSymbol | None:
    """The nearest `_generate_next_value_`."""
    for class_view in (view, *view.ancestors):
        for statement in class_view.statements():
            if isinstance(statement, ast.FunctionDef) and statement.name == "_generate_next_value_":
                return FunctionSymbol(class_view.scope, statement)
    return None


def _stored_value(view: ClassView, value: object) -> object:
    """What `__new__` assigns to `_value_` for a member's arguments, if the class has such a one."""
    maker = next((new for owner in (view, *view.ancestors) if (new := _new_of(owner))), None)
    if maker is None or isinstance(value, Unknown):
        return value
    arguments = value if isinstance(value, tuple) else (value,)
    for statement in maker.node.body:
        match statement:
            case ast.Assign([ast.Attribute(attr="_value_")], node):
                return called(maker, (None, *arguments), view.names, node)
            case _:
                continue
    return value


def _new_of(view: ClassView) -> FunctionSymbol | None:
    for statement in view.statements():
        if isinstance(statement, ast.FunctionDef) and statement.name == "__new__":
            return FunctionSymbol(view.scope, statement)
    return None


def _read_back(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def _value(view: ClassView, node: ast.expr, scope: Scope) -> tuple[str, Unread | None]:
    """The value of a member, else its source; values outside the tree are known by that."""
    match node:
        case ast.Call(func, [inner]) if view.dotted(func) == "enum.member":
            node = inner
        case _:
            pass
    value = _stored_value(view, folded(node, scope, view.names))
    if not isinstance(value, Unknown):
        return repr_of(value), None
    unread = None if _is_outside(view, node, scope) else Unread(node, scope, "value")
    return source_of(node), unread


def _is_outside(view: ClassView, node: ast.expr, scope: Scope) -> bool:
    """Whether it is an outside name, or a call of a known package with only constants."""
    match node:
        case ast.Name() | ast.Attribute():
            return all(
                isinstance(alternative, External)
                for alternative in view.names.alternatives(node, scope)
            )
        case ast.Call(func, args, keywords):
            symbol = view.names.of(func, scope)
            known = isinstance(symbol, External) and view.names.modules.is_known(symbol.dotted)
            arguments = [*args, *(keyword.value for keyword in keywords)]
            return known and not any(
                isinstance(folded(node, scope, view.names), Unknown) for node in arguments
            )
        case ast.Tuple(items) | ast.List(items):
            return all(
                _is_outside(view, item, scope)
                or not isinstance(folded(item, scope, view.names), Unknown)
                for item in items
            )
        case _:
            return False
