"""Which attributes the methods of a class give its instances, in whatever form they are set."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sigclock.interface.outside import is_outside
from sigclock.interface.unknown import Unknown
from sigclock.python.names.bindings import Function
from sigclock.python.names.scopes import ClassSymbol, External, FunctionSymbol, Scope
from sigclock.python.types.class_view import ClassView, RawField, Unread
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
        elif not _is_without_self(view, statement):
            yield from _Method(view, statement, view.scope).attributes()


def _is_without_self(view: ClassView, method: Function) -> bool:
    decorators = [view.names.of(node, view.scope) for node in method.decorator_list]
    return any(
        isinstance(decorator, External) and decorator.dotted in _WITHOUT_SELF
        for decorator in decorators
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

    def attributes(self) -> Iterator[RawField | Unread]:
        for node in ast.walk(self._node):
            match node:
                case ast.Assign(targets, value):
                    for target in targets:
                        yield from self._assigned(target, value, node.lineno)
                case ast.AnnAssign(target, annotation) if name := self._name(target):
                    yield RawField(name, annotation, node.lineno, scope=self._read_in)
                case ast.For(target) | ast.AsyncFor(target) | ast.withitem(optional_vars=target):
                    yield from self._assigned(target, None, getattr(target, "lineno", 0))
                case ast.Call():
                    yield from self._called(node)
                case _:
                    continue

    def _assigned(
        self, target: ast.expr | None, value: ast.expr | None, line: int
    ) -> Iterator[RawField | Unread]:
        match target, value:
            case (
                (ast.Tuple(targets) | ast.List(targets)),
                (ast.Tuple(values) | ast.List(values)),
            ) if len(targets) == len(values):
                for node, item in zip(targets, values, strict=True):
                    yield from self._assigned(node, item, line)
            case ((ast.Tuple(targets) | ast.List(targets)), _):
                for node in targets:
                    yield from self._assigned(node, None, line)
            case ast.Starred(inner), _:
                yield from self._assigned(inner, None, line)
            case ast.Attribute(ast.Name(owner), "__dict__"), ast.expr() if (
                owner in self._instance_names
            ):
                yield from self._table(value, line)
            case ast.Subscript(table, key), _ if self._is_table(table):
                yield self._under(key, value, line)
            case ast.expr(), _ if name := self._name(target):
                yield self._field(name, value, line)
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
                yield self._under(key, value, node.lineno)
            case ast.Attribute(_, "__setattr__"), [ast.Name(owner), key, value] if (
                owner in self._instance_names
            ):
                yield self._under(key, value, node.lineno)
            case ast.Attribute(ast.Call(ast.Name("super")), "__setattr__"), [key, value]:
                # Mostly in a `__setattr__`, which only sees names that are set elsewhere.
                if self._node.name != "__setattr__":
                    yield self._under(key, value, node.lineno)
            case ast.Attribute(table, "update" | "setdefault"), args if self._is_table(table):
                for arg in args:
                    yield from self._table(arg, node.lineno)
                for keyword in node.keywords:
                    if keyword.arg is None:
                        yield from self._table(keyword.value, node.lineno)
                    else:
                        yield self._field(keyword.arg, keyword.value, node.lineno)
            case ast.Name() | ast.Attribute(), [ast.Name(owner), *_] if (
                owner in self._instance_names
            ):
                yield from self._set_by_function(node.func)
            case _:
                return

    def _set_by_function(self, func: ast.expr) -> Iterator[RawField | Unread]:
        """`prepare(self)`: the attributes that a function of the tree sets on its argument."""
        symbol = self._names.of(func, self._scope)
        if isinstance(symbol, FunctionSymbol) and self._depth < _DEPTH:
            yield from _Method(
                self._view, symbol.node, symbol.scope, depth=self._depth + 1
            ).attributes()

    def _table(self, node: ast.expr | None, line: int) -> Iterator[RawField | Unread]:
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
                        yield self._field(name, value.node, line)

    def _under(self, key: ast.expr, value: ast.expr | None, line: int) -> RawField | Unread:
        name = folded(key, self._scope, self._names)
        if isinstance(name, str):
            return self._field(name, value, line)
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

    def _field(self, name: str, value: ast.expr | None, line: int) -> RawField:
        """The field with the class of its value, the parameter's annotation, or a guess."""
        if value is None:
            return RawField(name, None, line)
        if isinstance(value, ast.Name) and value.id in self._annotations:
            annotation = self._annotations[value.id]
            return RawField(name, annotation, line, scope=self._read_in)
        constructed = self._constructed(value, 0)
        if constructed is not None:
            node, scope = constructed
            return RawField(name, node, line, scope=scope)
        return RawField(name, None, line, guess=_guess(value))

    def _constructed(self, value: ast.expr, depth: int) -> tuple[ast.expr, Scope] | None:
        """The classes of the tree of which an expression makes instances, as an annotation."""
        if depth > _DEPTH:
            return None
        match value:
            case ast.Call(ast.Name() | ast.Attribute() as func):
                return self._annotation_of(func)
            case ast.Name(name):
                bound = [
                    binding.target
                    for binding in self._scope.bindings.by_name.get(name, ())
                    if isinstance(binding.target, ast.expr)
                ]
                return self._any(bound, depth) if len(bound) == 1 else None
            case ast.BoolOp(values=parts):
                return self._any(parts, depth)
            case ast.IfExp(_, body, orelse):
                return self._any([body, orelse], depth)
            case ast.List(parts) | ast.Set(parts) | ast.Tuple(parts):
                return _in_container("list", self._any(parts, depth))
            case ast.ListComp(elt) | ast.SetComp(elt):
                return _in_container("list", self._any([elt], depth))
            case ast.Dict(values=parts):
                return _in_container("dict", self._any(parts, depth))
            case ast.DictComp(value=part):
                return _in_container("dict", self._any([part], depth))
            case _:
                return None

    def _annotation_of(self, func: ast.Name | ast.Attribute) -> tuple[ast.expr, Scope] | None:
        match self._names.of(func, self._scope):
            case ClassSymbol():
                return func, self._scope
            case FunctionSymbol(scope, node) if node.returns is not None:
                returned = node.returns
                head = returned if isinstance(returned, (ast.Name, ast.Attribute)) else None
                known = head is not None and self._names.of(head, scope)
                return (returned, scope) if isinstance(known, ClassSymbol) else None
            case _:
                return None

    def _any(self, values: list[ast.expr], depth: int) -> tuple[ast.expr, Scope] | None:
        results = [result for value in values if (result := self._constructed(value, depth + 1))]
        if not results or len({id(scope) for _, scope in results}) > 1:
            return results[0] if results else None
        distinct = {ast.dump(node): node for node, _ in results}
        first, *others = distinct.values()
        for other in others:
            first = ast.copy_location(ast.BinOp(first, ast.BitOr(), other), first)
        return first, results[0][1]


def _in_container(
    container: str, annotation: tuple[ast.expr, Scope] | None
) -> tuple[ast.expr, Scope] | None:
    """`list[Enc]`, `dict[object, Enc]`."""
    if annotation is None:
        return None
    node, scope = annotation
    index = node
    if container == "dict":
        index = ast.Tuple([ast.Name("object", ast.Load()), node], ast.Load())
    subscript = ast.Subscript(ast.Name(container, ast.Load()), index, ast.Load())
    return ast.fix_missing_locations(ast.copy_location(subscript, node)), scope


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
