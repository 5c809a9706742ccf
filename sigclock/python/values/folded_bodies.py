"""The statements of a function of constants, carried out one after the other."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from sigclock.python.values.pure_functions import listed, sum_of

#: How many statements are carried out; a function of constants has a handful.
_STEPS = 400


class Body:
    """Carries out statements on the names in `env`; `fold` gives the value of an expression."""

    def __init__(self, env: dict[str, object], fold: Callable[[ast.expr], object]) -> None:
        self._env = env
        self._fold = fold
        self._left = _STEPS
        self.result: object = None
        #: The statement at which it could not go on.
        self.stuck: ast.stmt | None = None

    def run(self, statements: Sequence[ast.stmt]) -> bool:
        """Whether the end or a `return` was reached; then `result` is known."""
        self._block(statements)
        return self.stuck is None

    def _block(self, statements: Sequence[ast.stmt]) -> bool:
        """Whether to go on after a block: nothing was returned, and nothing is stuck."""
        for statement in statements:
            self._left -= 1
            if self._left < 0:
                self.stuck = statement
            if self.stuck is not None or not self._statement(statement):
                return False
        return True

    def _statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.Return(value):
                self.result = self._fold(value) if value is not None else None
                return False
            case ast.Pass() | ast.Expr(ast.Constant()):
                return True
            case ast.Assign(targets, value):
                result = self._fold(value)
                return all(self._bind(node, target, result) for target in targets)
            case ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
                self._env[name] = self._fold(value)
                return True
            case ast.AugAssign(ast.Name(name), op, value) if name in self._env:
                self._env[name] = sum_of(op, self._env[name], self._fold(value))
                return True
            case ast.If(test, body, orelse):
                return self._block(body if self._fold(test) else orelse)
            case ast.For(target, some, body, []):
                return self._loop(node, target, some, body)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), method), [value], [])) if (
                isinstance(self._env.get(name), (tuple, dict))
            ):
                return self._change(node, name, method, self._fold(value))
            case _:
                self.stuck = node
                return False

    def _loop(self, node: ast.stmt, target: ast.expr, some: ast.expr, body: list[ast.stmt]) -> bool:
        values = self._fold(some)
        for value in listed(values):  # type: ignore[arg-type]
            if not self._bind(node, target, value) or not self._block(body):
                return False
        return True

    def _bind(self, node: ast.stmt, target: ast.expr, value: object) -> bool:
        match target:
            case ast.Name(name):
                self._env[name] = value
                return True
            case ast.Tuple(targets) | ast.List(targets) if isinstance(value, (tuple, str)) and len(
                targets
            ) == len(value):
                pairs = zip(targets, value, strict=True)
                return all(self._bind(node, part, item) for part, item in pairs)
            case ast.Subscript(ast.Name(name), key) if isinstance(self._env.get(name), dict):
                self._env[name] = {**self._env[name], self._fold(key): value}  # type: ignore[dict-item]
                return True
            case _:
                self.stuck = node
                return False

    def _change(self, node: ast.stmt, name: str, method: str, value: object) -> bool:
        """`parts.append(x)`; a list is another one afterwards, so nothing else sees it change."""
        known = self._env[name]
        match method:
            case "append" if isinstance(known, tuple):
                self._env[name] = (*known, value)
            case "extend" if isinstance(known, tuple):
                self._env[name] = (*known, *listed(value))  # type: ignore[arg-type]
            case "update" if isinstance(known, dict) and isinstance(value, dict):
                self._env[name] = {**known, **value}
            case _:
                self.stuck = node
                return False
        return True
