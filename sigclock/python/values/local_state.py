"""What the statements of a function do to its local dicts, and to the attributes of its objects."""

from __future__ import annotations

import ast
from typing import Protocol

import msgspec

from sigclock.python.names.scopes import ClassSymbol, Scope
from sigclock.python.names.unparse import last_name
from sigclock.python.values.values import (
    Called,
    Code,
    Computed,
    Constant,
    Deferred,
    Origin,
    Table,
    Value,
)


class Expressions(Protocol):
    """The part of the evaluator that following effects needs."""

    def at(self, node: ast.expr, origin: Origin) -> Value:
        """The value of an expression."""


class LocalState:
    """The variables of one run through a function, and the attributes that it sets on its `self`.

    `own` is the name of the latter; `above` is its call of `super().__init__`.
    """

    def __init__(
        self,
        expressions: Expressions,
        scope: Scope,
        env: dict[str, Value],
        depth: int,
        own: str | None,
    ) -> None:
        self._reader = expressions
        self._env = env
        self._origin = Origin(scope, env, None, depth)
        self._self = own
        self.above: Called | None = None
        self.attributes: dict[str, Value] = {}

    def _value(self, node: ast.expr) -> Value:
        return self._reader.at(node, self._origin)

    def _settled(self, name: str) -> Value | None:
        """A variable, evaluated now: what it is made of may change later."""
        value = self._env.get(name)
        if isinstance(value, Deferred):
            value = self._env[name] = self._value(ast.Name(name, ast.Load()))
        return value

    # -- attributes ------------------------------------------------------------------------------

    def _set(self, name: str, attribute: str, value: Value) -> None:
        """`name.attribute = value`, of `self` or of another object of a class of the tree."""
        if name == self._self:
            self.attributes[attribute] = value
        match self._settled(name):
            case Called(Code(ClassSymbol()), attributes=attributes) as instance:
                changed = {**attributes, attribute: value}
                self._env[name] = msgspec.structs.replace(instance, attributes=changed)
            case _:
                pass

    def _attribute(self, name: str, attribute: str) -> Value:
        if name == self._self and attribute in self.attributes:
            return self.attributes[attribute]
        node = ast.Attribute(ast.Name(name, ast.Load()), attribute, ast.Load())
        return self._value(ast.fix_missing_locations(node))

    def _put_items(self, name: str, attribute: str, items: dict[str, Value] | None) -> None:
        """Add entries to a dict that is an attribute."""
        table = self._attribute(name, attribute)
        if isinstance(table, Table) and items is not None:
            table = msgspec.structs.replace(table, items={**table.items, **items})
            self._set(name, attribute, table)
        else:
            self._set(name, attribute, Computed(attribute))

    def _put_attributes(self, name: str, items: dict[str, Value] | None) -> None:
        """`vars(name).update(items)`; None means that they are not known."""
        for attribute, value in (items or {}).items():
            self._set(name, attribute, value)
        if items is None and name != self._self and name in self._env:
            self._env[name] = Computed(name)

    # -- entries ---------------------------------------------------------------------------------

    def _enter(self, owner: ast.expr, key: Value, value: Value) -> None:
        """`owner[key] = value`, where `owner` is a local dict or an attribute of an object."""
        match key:
            case Constant(str(name)):
                items: dict[str, Value] | None = {name: value}
            case _:
                items = None
        attributes_of = _attributes_of(owner)
        match owner:
            case _ if attributes_of is not None:
                self._put_attributes(attributes_of, items)
            case ast.Name(name):
                self._update(name, items)
            case ast.Attribute(ast.Name(name), attribute) if self._is_object(name):
                self._put_items(name, attribute, items)
            case _:
                pass

    def _is_object(self, name: str) -> bool:
        return name == self._self or isinstance(self._env.get(name), (Called, Deferred))

    def _effect(self, call: ast.Call) -> None:
        """`kw.update(…)`, `kw.setdefault(…)`, `kw.pop(…)`, `setattr(…)`, `super().__init__(…)`."""
        match call.func, call.args:
            case ast.Attribute(owner, "update"), _ if (name := _attributes_of(owner)) is not None:
                self._put_attributes(name, self._merged(call))
            case ast.Name("setattr"), [ast.Name(name), key, node] if self._is_object(name):
                attribute = self._value(key)
                if isinstance(attribute, Constant) and isinstance(attribute.value, str):
                    self._set(name, attribute.value, self._value(node))
                else:
                    self._put_attributes(name, None)
            case ast.Attribute(ast.Name(name), "update"), _ if name in self._env:
                self._update(name, self._merged(call))
            case ast.Attribute(ast.Attribute(ast.Name(name), attribute), "update"), _ if (
                self._is_object(name)
            ):
                self._put_items(name, attribute, self._merged(call))
            case ast.Attribute(ast.Name(name), "setdefault"), [key, *_] if name in self._env:
                table, word = self._settled(name), self._value(key)
                missing = word.value if isinstance(word, Constant) else None
                if isinstance(table, Table) and isinstance(missing, str):
                    self._update(name, {missing: table.items.get(missing) or self._value(call)})
            case _, [ast.Name(name), _, *_] if _is_update_wrapper(call):
                self._env[name] = self._value(call)
            case ast.Attribute(ast.Call(ast.Name("super")), "__init__"), _:
                value = self._value(call)
                self.above = self.above or (value if isinstance(value, Called) else None)
            case _:
                self._pop(call)

    def _merged(self, call: ast.Call) -> dict[str, Value] | None:
        """The entries that `update(…)` adds; None where they are not known."""
        node = ast.copy_location(ast.Call(ast.Name("dict"), call.args, call.keywords), call)
        value = self._value(node)
        return value.items if isinstance(value, Table) else None

    def _pop(self, node: ast.expr) -> None:
        """`kw.pop("key")` removes the entry."""
        match node:
            case ast.Call(ast.Attribute(ast.Name(name), "pop"), [key, *_]):
                self._remove(name, self._value(key))
            case _:
                pass

    def _remove(self, name: str, key: Value) -> None:
        """Remove an entry from a local dict."""
        table = self._settled(name)
        if not isinstance(table, Table):
            return
        if isinstance(key, Constant):
            items = {k: v for k, v in table.items.items() if k != key.value}
            self._env[name] = msgspec.structs.replace(table, items=items)
        else:
            self._env[name] = Computed(name)

    def _update(self, name: str, items: dict[str, Value] | None) -> None:
        """Add entries to a local dict; None means that its entries are no longer known."""
        table = self._settled(name)
        if isinstance(table, Table) and items is not None:
            self._env[name] = msgspec.structs.replace(table, items={**table.items, **items})
        else:
            self._env[name] = Computed(name)


def _attributes_of(node: ast.expr) -> str | None:
    """The object whose attributes are changed: `x.__dict__` or `vars(x)`."""
    match node:
        case ast.Attribute(ast.Name(name), "__dict__"):
            return name
        case ast.Call(ast.Name("vars"), [ast.Name(name)]):
            return name
        case _:
            return None


def _is_update_wrapper(call: ast.Call) -> bool:
    return last_name(call.func) == "update_wrapper" and len(call.args) > 1
