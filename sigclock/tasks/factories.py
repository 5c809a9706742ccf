"""Which names of a file stand for something that makes tasks, so that another file may use it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from sigclock.python.names import star_imports
from sigclock.python.names.bindings import Binding, Import
from sigclock.python.names.canonical import canonical
from sigclock.python.names.modules import Module
from sigclock.python.names.scopes import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Scope,
    Symbol,
    ValueSymbol,
)
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.lookahead import Leads
from sigclock.python.values.values import (
    Called,
    Code,
    Constant,
    Items,
    Known,
    Partial,
    Table,
    Value,
    options_of,
)
from sigclock.tasks.sdks import HOMES, SDKS

#: How often a factory may be applied until it makes a task: `mytask("1")(retries=2)(fn)`.
_DEPTH = 3
#: What classes of tasks and environments are called with; any name will do.
_NAMED: dict[str, Value] = {"name": Constant("name", "", ast.Constant("name"))}


class Factories:
    """Judges the names that a file offers to others; `decorators` are a team's own."""

    def __init__(self, evaluator: Evaluator, leads: Leads, decorators: Container[str]) -> None:
        self._evaluator = evaluator
        self._names = evaluator.names
        self._leads = leads
        self._decorators = decorators
        #: What the factories of the files asked for are made of.
        self.read: set[int] = set()
        self._outside: dict[str, bool] = {}
        self._values: dict[ast.expr, bool] = {}
        self._open: set[int] = set()

    def of(self, module: Module) -> Iterator[str]:
        """The names under which a file offers something that makes tasks.

        A name that it imports from the tree unchanged is not among them: the file that defines the
        name leads to its users.
        """
        scope = self._names.module_scope(module)
        for name, bindings in module.bindings.by_name.items():
            self._evaluator.traced()
            results = [self._is_factory(binding, scope) for binding in bindings]
            if any(results):
                self.read.update(map(id, self._evaluator.traced()))
                yield name
        for star in module.bindings.stars:
            yield from self._through(star)

    def makes_tasks(self, value: Value) -> bool:
        """Whether a value makes a task of a function, or is an environment that does."""
        return any(sdk.is_factory(value, self._decorators) for sdk in SDKS)

    def makes(self, dotted: str) -> bool:
        """Whether an outside name makes tasks, or what makes them, by what the SDKs know."""
        if dotted not in self._outside:
            self._outside[dotted] = self._makes(Known(canonical(dotted)))
        return self._outside[dotted]

    # -- bindings ------------------------------------------------------------------------------

    def _is_factory(self, binding: Binding, scope: Scope) -> bool:
        match binding.target:
            case None:
                return False
            case Import() as target:
                return _is_new_name(target, binding.name) and self._named(binding.name, scope)
            case ast.FunctionDef() as node:
                return self._is_maker(FunctionSymbol(scope, node))
            case ast.ClassDef() as node:
                return self._is_maker(ClassSymbol(scope, node))
            case ast.Name():
                return self._named(binding.name, scope)
            case ast.expr() as node:
                return self._is_made_by(node, scope, binding.line)
            case _:
                return False

    def _named(self, name: str, scope: Scope) -> bool:
        """An import or alias, by all that it may stand for."""
        symbols = self._names.alternatives(ast.Name(name, ast.Load()), scope)
        return any(map(self._is_maker, symbols))

    def _through(self, star: Binding) -> Iterator[str]:
        """The names that a star import of the SDK brings."""
        assert isinstance(star.target, Import)
        home = star.target.module
        for name in sorted(star_imports.LIBRARIES.get(home, ())):
            if f"{home}.".startswith(HOMES) and self.makes(f"{home}.{name}"):
                yield name

    def _is_maker(self, symbol: Symbol) -> bool:
        match symbol:
            case External(dotted):
                # `import flytekit as fk`: the SDK itself under another name.
                return f"{dotted}." in HOMES or self.makes(dotted)
            case FunctionSymbol(scope, node):
                # A task is no factory, whatever its body does.
                is_task = any(
                    self._leads.lead(decorator, scope, decorator.lineno)
                    for decorator in node.decorator_list
                )
                return not is_task and self._leads.function(symbol) and self._makes(Code(symbol))
            case ClassSymbol():
                return self._is_class(symbol)
            case ValueSymbol(scope, _, value, _, line):
                if value not in self._values:
                    # A name that stands for itself is no factory.
                    self._values[value] = False
                    self._values[value] = self._is_made_by(value, scope, line)
                return self._values[value]
            case _:
                return False

    def _is_class(self, symbol: ClassSymbol) -> bool:
        """Whether a class, or a class inside it, is a factory; each is read once."""
        if id(symbol.node) in self._open:
            return False
        first = not self._open
        self._open.add(id(symbol.node))
        try:
            return self._holds(symbol)
        finally:
            if first:
                self._open.clear()

    def _holds(self, symbol: ClassSymbol) -> bool:
        """A class that extends one of the SDK, or that holds environments or decorators."""
        bases = symbol.node.bases
        if any(self._leads.lead(base, symbol.scope, symbol.node.lineno) for base in bases):
            path = symbol.scope.module.path
            if self._is_made(self._evaluator.apply(Called(Code(symbol), (), _NAMED, path))):
                return True
        scope = self._names.class_scope(symbol)
        members = [binding for bindings in scope.bindings.by_name.values() for binding in bindings]
        # No short cut: judging records what each of them is made of.
        results = [self._is_factory(binding, scope) for binding in members]
        return any(results)

    def _is_made_by(self, node: ast.expr, scope: Scope, line: int) -> bool:
        if not self._leads.lead(node, scope, line):
            return False
        return self._makes(self._evaluator.value(node, scope, None, line))

    # -- values --------------------------------------------------------------------------------

    def _makes(self, value: Value) -> bool:
        """Whether a value is a factory, holds one, or gives one when it is called."""
        match value:
            case Table() | Items():
                items = value.items.values() if isinstance(value, Table) else value.items
                results = [self._makes(item) for item in items]
                return any(results)
            case Called(Known("types.SimpleNamespace"), _, keywords):
                return self._makes(Table(keywords))
            case Known():
                return self._is_made(value) or self._is_made(Called(value, (), _NAMED, ""))
            case Code(ClassSymbol() as symbol):
                return self._is_class(symbol)
            case _:
                return self._is_made(value) or self._gives(value)

    def _gives(self, value: Value) -> bool:
        """Whether a function gives a factory or a task when it is applied, once or more."""
        function = _innermost(value)
        if function is None:
            return False
        path = function.symbol.scope.module.path
        by_call = self._is_made(self._evaluator.apply(Called(value, (), {}, path)))
        for _ in range(_DEPTH):
            # Any function will do as the decorated one.
            value = self._evaluator.apply(Called(value, (function,), {}, path))
            if self._is_made(value):
                return True
            if not isinstance(value, (Code, Partial)):
                break
        return by_call

    def _is_made(self, value: Value) -> bool:
        return any(
            self.makes_tasks(option)
            or (
                isinstance(option, Called)
                and any(sdk.declare(option, self._decorators) for sdk in SDKS)
            )
            for option in options_of(value)
        )


def _is_new_name(target: Import, name: str) -> bool:
    """Whether an import binds what no file of the tree binds under that name."""
    outside = target.level == 0 and f"{target.module}.".startswith(HOMES)
    if target.attribute is None:
        return outside and name != target.module.partition(".")[0]
    return outside or target.attribute != name


def _innermost(value: Value) -> Code | None:
    while isinstance(value, (Partial, Called)):
        value = value.callee
    return value if isinstance(value, Code) else None
