"""The scopes of modules, classes and functions, each made once."""

from __future__ import annotations

import ast

from sigclock.python.names.bindings import Binding, Bindings, Function, bind_type_parameters
from sigclock.python.names.modules import Module
from sigclock.python.names.scopes import ClassSymbol, Scope


class ScopeTable:
    """Makes a scope when it is first asked for."""

    def __init__(self) -> None:
        self._scopes: dict[int, Scope] = {}

    def module_scope(self, module: Module) -> Scope:
        tree = module.source.tree
        return self._scopes.get(id(tree)) or self._remember(tree, Scope(module, module.bindings))

    def class_scope(self, symbol: ClassSymbol) -> Scope:
        """The names of a class body, its PEP 695 type parameters included."""
        node = symbol.node
        known = self._scopes.get(id(node))
        if known is not None:
            return known
        outer = symbol.scope
        bindings = Bindings(node.body)
        bind_type_parameters(bindings, node)
        return self._remember(node, Scope(outer.module, bindings, "class", symbol.qualname, outer))

    def function_scope(self, scope: Scope, node: Function) -> Scope:
        """Parameters and local names; a parameter hides an outer variable of the same name."""
        known = self._scopes.get(id(node))
        if known is not None:
            return known
        bindings = Bindings(())
        arguments = node.args
        everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in (*everything, arguments.vararg, arguments.kwarg):
            if argument is not None:
                bindings.add(Binding(argument.arg, None, node.lineno))
        bind_type_parameters(bindings, node)
        local = Bindings(node.body)
        for name, added in local.by_name.items():
            bindings.by_name[name] = [*bindings.by_name.get(name, ()), *added]
        bindings.stars = local.stars
        return self._remember(
            node, Scope(scope.module, bindings, "function", scope.nested(node.name), scope)
        )

    def _remember(self, node: ast.AST, scope: Scope) -> Scope:
        self._scopes[id(node)] = scope
        return scope
