"""Which attributes the methods of a class give its instances, in whatever form they are set."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sigclock.interface.outside import is_outside
from sigclock.interface.unknown import Unknown
from sigclock.python.names.bindings import Function
from sigclock.python.names.scopes import ClassSymbol, External, FunctionSymbol, Scope
from sigclock.python.types.class_view import ClassView, RawField, Unread
from sigclock.python.types.constructed import Constructed
from sigclock.python.types.entries import entries, text_of
from sigclock.python.values.folding import folded

#: Methods that are given the class, or nothing, and those that make or change the stored form.
_WITHOUT_SELF = frozenset(["classmethod", "staticmethod"])
_STORED_FORM = frozenset(["__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__"])
_DEPTH = 5


def attributes(view: ClassView) -> Iterator[RawField | Unread]:
    """The attributes that methods set on `self`, in order of the source."""
    for statement in view.statements():
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if statement.name in _STORED_FORM:
            yield Unread(_without_docstring(statement), view.scope, "set")
        elif _is_kept(view, statement):
            yield RawField(statement.name, statement.returns, statement, scope=view.scope)
        elif not _is_without_self(view, statement):
            yield from _Method(view, statement, view.scope).attributes()


def _is_without_self(view: ClassView, method: Function) -> bool:
    decorators = [view.names.of(node, view.scope) for node in method.decorator_list]
    return any(
        isinstance(decorator, External) and decorator.dotted in _WITHOUT_SELF
        for decorator in decorators
    )


def _is_kept(view: ClassView, method: Function) -> bool:
    """Whether its value is kept in the instance: a cached property that a method reads."""
    decorators = [view.names.of(node, view.scope) for node in method.decorator_list]
    return External("functools.cached_property") in decorators and any(
        isinstance(part, ast.Attribute)
        and part.attr == method.name
        and isinstance(part.value, ast.Name)
        for other in view.statements()
        if other is not method
        for part in ast.walk(other)
    )


def _without_docstring(method: Function) -> ast.AST:
    body = [s for s in method.body if not isinstance(s, ast.Expr)]
    return ast.Module([ast.Pass(), *body], [])


class _Method:
    """One method, or a function of the tree that is passed the instance."""

    def __init__(
        self,
        view: ClassView,
        node: Function,
        scope: Scope,
        itself: str | None = None,
        depth: int = 0,
    ) -> None:
        self._view = view
        self._names = view.names
        self._node = node
        self._depth = depth
        self._scope = view.names.function_scope(scope, node)
        self._read_in = scope
        arguments = [*node.args.posonlyargs, *node.args.args]
        first = arguments[0].arg if arguments else ""
        self._annotations = {a.arg: a.annotation for a in (*arguments, *node.args.kwonlyargs)}
        instances = _instances_in_new(node) if node.name == "__new__" else set()
        self._instance_names = instances or {itself or first}
        self._instance_names |= _second_names(node, self._instance_names)
        owner = view.symbol if isinstance(view.symbol, ClassSymbol) else None
        self._constructed = Constructed(view.names, owner)

    def attributes(self) -> Iterator[RawField | Unread]:
        for node in ast.walk(self._node):
            match node:
                case ast.Assign(targets, value):
                    for target in targets:
                        yield from self._assigned(target, value, node)
                case ast.AnnAssign(target, annotation) if name := self._name(target):
                    yield RawField(name, annotation, node, scope=self._read_in)
                case ast.AugAssign(ast.Attribute(ast.Name(owner), "__dict__"), _, table) if (
                    owner in self._instance_names
                ):
                    yield from self._table(table, node)
                case ast.For(target) | ast.AsyncFor(target) | ast.withitem(optional_vars=target):
                    yield from self._assigned(target, None, target)
                case ast.Call():
                    yield from self._called(node)
                case _:
                    continue

    def _assigned(
        self, target: ast.expr | None, value: ast.expr | None, at: ast.AST
    ) -> Iterator[RawField | Unread]:
        match target, value:
            case (
                (ast.Tuple(targets) | ast.List(targets)),
                (ast.Tuple(values) | ast.List(values)),
            ) if len(targets) == len(values):
                for node, item in zip(targets, values, strict=True):
                    yield from self._assigned(node, item, at)
            case ((ast.Tuple(targets) | ast.List(targets)), _):
                for node in targets:
                    yield from self._assigned(node, None, at)
            case ast.Starred(inner), _:
                yield from self._assigned(inner, None, at)
            case ast.Attribute(ast.Name(owner), "__dict__"), ast.expr() if (
                owner in self._instance_names
            ):
                yield from self._table(value, at)
            case ast.Subscript(table, key), _ if self._is_table(table):
                yield self._under(key, value, at)
            case ast.Subscript(table), ast.expr() if name := self._name(table):
                yield from self._put_into(name, "dict", value, at)
            case ast.expr(), _ if name := self._name(target):
                yield self._field(name, value, at)
            case ast.Attribute(ast.Call(ast.Name() | ast.Attribute() as func)), _ if (
                self._is_outside(func)
            ):
                # It may give the instance back.
                yield Unread(target, self._scope, "set")
            case _:
                return

    def _called(self, node: ast.Call) -> Iterator[RawField | Unread]:
        match node.func, node.args:
            case ast.Name("setattr"), [ast.Name(owner), key, value] if (
                owner in self._instance_names
            ):
                yield self._under(key, value, node)
            case ast.Attribute(_, "__setattr__"), [ast.Name(owner), key, value] if (
                owner in self._instance_names
            ):
                yield self._under(key, value, node)
            case ast.Attribute(ast.Name(owner), "__setattr__"), [key, value] if (
                owner in self._instance_names
            ):
                yield self._under(key, value, node)
            case ast.Call(args=[ast.Name("setattr"), ast.Name(owner)]), [key, value] if (
                owner in self._instance_names
            ):
                yield self._under(key, value, node)
            case ast.Attribute(held, "append" | "add" | "insert" | "extend"), [*_, value] if (
                name := self._name(held)
            ):
                yield from self._put_into(name, "list", value, node)
            case ast.Attribute(ast.Call(ast.Name("super")), "__setattr__"), [key, value]:
                # Mostly in a `__setattr__`, which only sees names that are set elsewhere.
                if self._node.name != "__setattr__":
                    yield self._under(key, value, node)
            case ast.Attribute(table, "update" | "setdefault"), args if self._is_table(table):
                for arg in args:
                    yield from self._table(arg, node)
                for keyword in node.keywords:
                    if keyword.arg is None:
                        yield from self._table(keyword.value, node)
                    else:
                        yield self._field(keyword.arg, keyword.value, node)
            case _:
                yield from self._passed_on(node)

    def _passed_on(self, node: ast.Call) -> Iterator[RawField | Unread]:
        """`prepare(self)`: the attributes that a function of the tree sets on its argument."""
        passed: list[int | str] = [
            place for place, argument in enumerate(node.args) if self._is_instance(argument)
        ]
        passed += [str(k.arg) for k in node.keywords if self._is_instance(k.value)]
        if not passed or self._depth >= _DEPTH:
            return
        symbol = self._constructed.method(node.func, self._scope)
        is_method = isinstance(symbol, FunctionSymbol)
        symbol = symbol or self._names.of(node.func, self._scope)
        if not isinstance(symbol, FunctionSymbol):
            return
        arguments = [*symbol.node.args.posonlyargs, *symbol.node.args.args]
        names = [argument.arg for argument in arguments[1 if is_method else 0 :]]
        for place in passed:
            itself = place if isinstance(place, str) else "".join(names[place : place + 1])
            yield from _Method(
                self._view, symbol.node, symbol.scope, itself, self._depth + 1
            ).attributes()

    def _put_into(
        self, name: str, container: str, value: ast.expr, at: ast.AST
    ) -> Iterator[RawField]:
        """`self.parts.append(Enc())`: what is held by an attribute that is set elsewhere."""
        kind = ast.List([value], ast.Load()) if container == "list" else ast.Dict([None], [value])
        field = self._holding(name, ast.copy_location(kind, value), at)
        if field is not None:
            yield field

    def _is_instance(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._instance_names

    def _table(self, node: ast.expr | None, at: ast.AST) -> Iterator[RawField | Unread]:
        table = entries(node, self._scope, self._names) if node is not None else None
        match table:
            case None:
                return
            case Unknown():
                yield Unread(node or self._node, self._scope, "set")
            case _ if not table.keyed:
                yield Unread(node or self._node, self._scope, "set")
            case _:
                for key, value in table.items:
                    name = text_of(key, self._names)
                    if isinstance(name, Unknown):
                        yield Unread(key.node, self._scope, "set")
                    else:
                        yield self._field(name, value.node, at)

    def _under(self, key: ast.expr, value: ast.expr | None, at: ast.AST) -> RawField | Unread:
        name = folded(key, self._scope, self._names)
        if isinstance(name, str):
            return self._field(name, value, at)
        return Unread(key, self._scope, "set")

    def _name(self, target: ast.AST | None) -> str | None:
        match target:
            case ast.Attribute(ast.Name(owner), name) if owner in self._instance_names:
                return name if name not in {"__dict__", "__class__"} else None
            case _:
                return None

    def _is_outside(self, func: ast.Name | ast.Attribute) -> bool:
        found = self._names.of(func, self._scope)
        return isinstance(found, External) and is_outside(
            found.dotted, self._names.modules.external.packages
        )

    def _is_table(self, node: ast.expr) -> bool:
        match node:
            case ast.Attribute(ast.Name(owner), "__dict__"):
                return owner in self._instance_names
            case ast.Call(ast.Name("vars"), [ast.Name(owner)]):
                return owner in self._instance_names
            case _:
                return False

    # -- types of attributes -----------------------------------------------------------------

    def _field(self, name: str, value: ast.expr | None, at: ast.AST) -> RawField:
        """The field with the classes of its value, the parameter's annotation, or a guess."""
        if value is None:
            return RawField(name, None, at)
        if isinstance(value, ast.Name) and value.id in self._annotations:
            annotation = self._annotations[value.id]
            return RawField(name, annotation, at, scope=self._read_in)
        return self._holding(name, value, at) or RawField(name, None, at, guess=_guess(value))

    def _holding(self, name: str, value: ast.expr, at: ast.AST) -> RawField | None:
        """The field with the classes of the tree of which a value makes instances, if it does."""
        held = self._constructed.of(value, self._scope)
        if not held:
            return None
        (node, scope), *others = held
        return RawField(name, node, at, scope=scope, others=tuple(others), inferred=True)


def _instances_in_new(node: Function) -> set[str]:
    """The names of the instance in a `__new__`: `self = super().__new__(cls)`."""
    names: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Assign([ast.Name(name)], ast.Call(ast.Attribute(attr="__new__"))):
                names.add(name)
            case _:
                continue
    return names


def _second_names(node: Function, instances: set[str]) -> set[str]:
    """`me = self`."""
    return {
        target.id
        for part in ast.walk(node)
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Name)
        for target in part.targets
        if part.value.id in instances and isinstance(target, ast.Name)
    }


def _guess(value: ast.expr) -> str | None:
    """The builtin type of a literal."""
    match value:
        case ast.Constant(bool() | int() | float() | str() | bytes() as constant):
            return type(constant).__name__
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case _:
            return None
