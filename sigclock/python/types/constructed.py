"""Of which classes of the tree an expression makes instances, as annotations."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from sigclock.python.names.names import Names
from sigclock.python.names.scopes import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Scope,
    Symbol,
    ValueSymbol,
)

#: An annotation with the scope in which it is read.
Annotation = tuple[ast.expr, Scope]

_DEPTH = 6
#: How many names behind a callee are looked at.
_MOST = 40
_SELF = frozenset({"Self", "typing.Self", "typing_extensions.Self"})


class Constructed:
    """Reads expressions in the methods of a class; `owner` is the class, if it is a statement."""

    def __init__(self, names: Names, owner: ClassSymbol | None) -> None:
        self._names = names
        self._owner = owner

    def of(self, value: ast.expr, scope: Scope, depth: int = 0) -> list[Annotation]:
        """The classes, each with the containers around it; none where nothing tells them."""
        self._names.spend()
        if depth > _DEPTH:
            return []
        match value:
            case ast.Call():
                return self._called(value, scope, depth)
            case ast.Name() | ast.Attribute():
                return self._named(value, scope, depth)
            case ast.BoolOp(values=parts):
                return self._any(parts, scope, depth)
            case ast.IfExp(_, body, orelse):
                return self._any([body, orelse], scope, depth)
            case ast.BinOp(left, _, right):
                return self._any([left, right], scope, depth)
            case ast.NamedExpr(_, inner) | ast.Await(inner) | ast.Starred(inner):
                return self.of(inner, scope, depth + 1)
            case ast.List(parts) | ast.Set(parts) | ast.Tuple(parts):
                return _in_container("list", self._any(parts, scope, depth))
            case ast.ListComp(elt, loops) | ast.SetComp(elt, loops) | ast.GeneratorExp(elt, loops):
                return _in_container("list", self._each(elt, loops, scope, depth))
            case ast.Dict(values=parts):
                return _in_container("dict", self._any(parts, scope, depth))
            case ast.DictComp(value=part, generators=loops):
                return _in_container("dict", self._each(part, loops, scope, depth))
            case _:
                return []

    def method(self, func: ast.expr, scope: Scope) -> Symbol | None:
        """What `Enc().fit` is, or `self.fit` for one of the instance's own names."""
        if not isinstance(func, ast.Attribute):
            return None
        classes = self.of(func.value, scope, _DEPTH - 1) if isinstance(func.value, ast.Call) else []
        for node, within in classes:
            owner = self._names.of(node, within) if _is_named(node) else None
            if isinstance(owner, ClassSymbol):
                return self._names.member(owner, func.attr)[0]
        return None

    def _any(self, values: Iterable[ast.expr], scope: Scope, depth: int) -> list[Annotation]:
        return joined([found for value in values for found in self.of(value, scope, depth + 1)])

    def _each(
        self, elt: ast.expr, loops: list[ast.comprehension], scope: Scope, depth: int
    ) -> list[Annotation]:
        """`[kind() for kind in KINDS]` makes instances of whatever is in KINDS."""
        found = self.of(elt, scope, depth + 1)
        targets = {n.id for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        if isinstance(elt, ast.Call) and isinstance(elt.func, ast.Name) and elt.func.id in targets:
            found = [*found, *(c for loop in loops for c in self._mentioned(loop.iter, scope))]
        return joined(found)

    # -- calls -------------------------------------------------------------------------------

    def _called(self, call: ast.Call, scope: Scope, depth: int) -> list[Annotation]:
        func = call.func
        if not isinstance(func, (ast.Name, ast.Attribute)):
            return joined(self._mentioned(func, scope))
        match self._callee(func, scope):
            case ClassSymbol() as made:
                own = self._names.of(func, scope)
                return [(func, scope)] if isinstance(own, ClassSymbol) else [_name_of(made)]
            case FunctionSymbol() as function:
                return self._returned(function, call, scope, depth)
            case ValueSymbol(node=ast.Lambda(body=body), scope=within):
                return self.of(body, within, depth + 1)
            case ValueSymbol(node=node, scope=within):
                return joined(self._mentioned(node, within))
            case External():
                arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
                return self._any(arguments, scope, depth)
            case _:
                return []

    def _callee(self, func: ast.Name | ast.Attribute, scope: Scope) -> Symbol | None:
        match func:
            case ast.Attribute(ast.Name("self" | "cls"), name) if self._owner is not None:
                return self._names.member(self._owner, name)[0]
            case ast.Attribute(ast.Call()):
                return self.method(func, scope)
            case _:
                return self._names.of(func, scope)

    def _returned(
        self, function: FunctionSymbol, call: ast.Call, scope: Scope, depth: int
    ) -> list[Annotation]:
        """The annotated return type if it has a class of the tree, else what the body returns."""
        node, within = function.node, function.scope
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if node.returns is not None:
            return self._annotated(node.returns, within, owner, scope)
        inside = self._names.function_scope(within, node)
        parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        found: list[Annotation] = []
        for value in _returns(node):
            match value:
                case ast.Call(ast.Name(name)) if within.kind == "class" and name in parameters[:1]:
                    found += self._owners(owner, scope)
                case ast.Name(name) if name in parameters:
                    found += self._any(call.args, scope, depth)
                case _:
                    found += self.of(value, inside, depth + 1)
        return joined(found)

    def _annotated(
        self, returns: ast.expr, within: Scope, owner: ast.expr | None, scope: Scope
    ) -> list[Annotation]:
        written = returns
        if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
            try:
                written = ast.parse(returns.value.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                return []
        named = [node for node in ast.walk(written) if _is_named(node)]
        symbols = [self._names.of(node, within) for node in named if isinstance(node, ast.expr)]
        if any(isinstance(s, External) and s.dotted.endswith("Self") for s in symbols):
            return self._owners(owner, scope)
        return [(returns, within)] if any(isinstance(s, ClassSymbol) for s in symbols) else []

    def _owners(self, owner: ast.expr | None, scope: Scope) -> list[Annotation]:
        """The class on which a class method was called."""
        if owner is not None and _is_named(owner):
            if isinstance(self._names.of(owner, scope), ClassSymbol):
                return [(owner, scope)]
            if self._owner is not None:
                return [_name_of(self._owner)]
        return []

    # -- names -------------------------------------------------------------------------------

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope, depth: int) -> list[Annotation]:
        if isinstance(node, ast.Name) and node.id in scope.bindings.by_name:
            bound = [binding.target for binding in scope.bindings.by_name[node.id]]
            if scope.kind == "function":
                values = [target for target in bound if isinstance(target, ast.expr)]
                return self._any(values, scope, depth)
        found: list[Annotation] = []
        for symbol in self._names.alternatives(node, scope):
            if isinstance(symbol, ValueSymbol):
                found += self.of(symbol.node, symbol.scope, depth + 1)
        return joined(found)

    def _mentioned(self, node: ast.AST, scope: Scope) -> list[Annotation]:
        """The classes to which the names in an expression lead, for one that picks among them."""
        found: list[Annotation] = []
        work: list[tuple[ast.AST, Scope]] = [(node, scope)]
        seen: set[int] = set()
        while work and len(seen) < _MOST:
            part, within = work.pop()
            for name in (n for n in ast.walk(part) if _is_named(n)):
                assert isinstance(name, ast.expr)
                for symbol in self._names.alternatives(name, within):
                    match symbol:
                        case ClassSymbol():
                            found.append(_name_of(symbol))
                        case ValueSymbol(node=value) if id(value) not in seen:
                            seen.add(id(value))
                            work.append((value, symbol.scope))
                        case _:
                            continue
        return found


def joined(found: list[Annotation]) -> list[Annotation]:
    """The annotations of each scope as one union, each class once."""
    by_scope: dict[int, tuple[dict[str, ast.expr], Scope]] = {}
    for node, scope in found:
        by_scope.setdefault(id(scope), ({}, scope))[0].setdefault(ast.dump(node), node)
    results: list[Annotation] = []
    for distinct, scope in by_scope.values():
        first, *others = distinct.values()
        for other in others:
            first = ast.copy_location(ast.BinOp(first, ast.BitOr(), other), first)
        results.append((first, scope))
    return results


def _in_container(container: str, found: list[Annotation]) -> list[Annotation]:
    """`list[Enc]`, `dict[object, Enc]`."""
    results: list[Annotation] = []
    for node, scope in found:
        index = node
        if container == "dict":
            index = ast.Tuple([ast.Name("object", ast.Load()), node], ast.Load())
        subscript = ast.Subscript(ast.Name(container, ast.Load()), index, ast.Load())
        results.append((ast.fix_missing_locations(ast.copy_location(subscript, node)), scope))
    return results


def _name_of(symbol: ClassSymbol) -> Annotation:
    name = ast.Name(symbol.node.name, ast.Load())
    return ast.copy_location(name, symbol.node), symbol.scope


def _is_named(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute))


def _returns(node: ast.AST) -> Iterator[ast.expr]:
    for part in ast.walk(node):
        if isinstance(part, ast.Return) and part.value is not None:
            yield part.value
