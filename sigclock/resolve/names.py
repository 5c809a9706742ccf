"""What a name or dotted expression refers to: through imports, re-exports, aliases and scopes."""

from __future__ import annotations

import ast

import msgspec

from sigclock.resolve.bindings import (
    Binding,
    Bindings,
    Function,
    Import,
    bind_type_parameters,
)
from sigclock.resolve.modules import Module, Modules

#: Builtin names that can stand in an annotation or a decorator; a fixed list, for a name must mean
#: the same under every Python.
_BUILTINS = frozenset(
    [
        "None",
        "Ellipsis",
        "bool",
        "bytearray",
        "bytes",
        "classmethod",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "memoryview",
        "object",
        "property",
        "range",
        "set",
        "slice",
        "staticmethod",
        "str",
        "super",
        "tuple",
        "type",
        "BaseException",
        "Exception",
        "RuntimeError",
        "ValueError",
        "TypeError",
        "KeyError",
    ]
)

#: How far a chain of aliases and re-exports is followed; real ones have a handful of links.
_DEPTH = 40


class Scope(msgspec.Struct, frozen=True, eq=False):
    """A module's, class's or function's names. `qualname` is "" for a module.

    `kind` is `module`, `class` or `function`; a function does not see the class scopes around it.
    """

    module: Module
    bindings: Bindings
    kind: str = "module"
    qualname: str = ""
    parent: Scope | None = None

    def nested(self, name: str) -> str:
        return f"{self.qualname}.{name}" if self.qualname else name


class External(msgspec.Struct, frozen=True):
    """A name outside the tree, by the dotted name under which it was imported."""

    dotted: str


class ModuleSymbol(msgspec.Struct, frozen=True, eq=False):
    """A module or namespace package of the tree; `module` is None for the latter."""

    dotted: str
    importer: str
    module: Module | None


class ClassSymbol(msgspec.Struct, frozen=True, eq=False):
    """A class statement of the tree and the scope in which it stands."""

    scope: Scope
    node: ast.ClassDef

    @property
    def qualname(self) -> str:
        return self.scope.nested(self.node.name)

    @property
    def key(self) -> tuple[str, str, int]:
        return (self.scope.module.path, self.qualname, self.node.lineno)


class FunctionSymbol(msgspec.Struct, frozen=True, eq=False):
    """A function statement of the tree and the scope in which it stands."""

    scope: Scope
    node: Function


class ValueSymbol(msgspec.Struct, frozen=True, eq=False):
    """A name bound to an expression that is no alias of something else."""

    scope: Scope
    name: str
    node: ast.expr
    annotation: ast.expr | None = None


class Missing(msgspec.Struct, frozen=True):
    """A name that cannot be followed. `reason` is one of the words of `resolve.annotations`."""

    spelling: str
    reason: str


Symbol = External | ModuleSymbol | ClassSymbol | FunctionSymbol | ValueSymbol | Missing


class Names:
    """Follows names over the modules of one tree."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
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
        """Parameters and local names; a parameter shadows what has its name outside."""
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
        for name, found in local.by_name.items():
            bindings.by_name[name] = [*bindings.by_name.get(name, ()), *found]
        bindings.stars = local.stars
        return self._remember(
            node, Scope(scope.module, bindings, "function", scope.nested(node.name), scope)
        )

    def _remember(self, node: ast.AST, scope: Scope) -> Scope:
        self._scopes[id(node)] = scope
        return scope

    # -- lookups -----------------------------------------------------------------------------

    def of(self, node: ast.expr, scope: Scope, line: int | None = None) -> Symbol:
        """What an expression of names and attributes refers to; the first of alternatives."""
        return self.alternatives(node, scope, line)[0]

    def alternatives(
        self, node: ast.expr, scope: Scope, line: int | None = None, depth: int = 0
    ) -> list[Symbol]:
        """All that the expression may refer to; several where a condition decides at run time."""
        if depth > _DEPTH:
            return [Missing(ast.unparse(node), "cycle")]
        match node:
            case ast.Name(name):
                return self.lookup(name, scope, line, depth)
            case ast.Attribute(value, attribute):
                owners = self.alternatives(value, scope, line, depth + 1)
                found = [s for owner in owners for s in self.member(owner, attribute, depth + 1)]
                return _distinct(found)
            case _:
                reason = "call" if isinstance(node, ast.Call) else "expression"
                return [Missing(ast.unparse(node), reason)]

    def lookup(
        self, name: str, scope: Scope, line: int | None = None, depth: int = 0
    ) -> list[Symbol]:
        """A bare name, by Python's scoping rules; `line` is where it is read, None for later."""
        here: Scope | None = scope
        while here is not None:
            if here is scope or here.kind != "class":
                found = self._in_scope(here, name, line, depth)
                if found:
                    return found
            if here.kind == "function":
                # A function's body runs later, when all outer names have their last binding.
                line = None
            here = here.parent
        if name in _BUILTINS:
            return [External(name)]
        return [Missing(name, "undefined")]

    def member(self, owner: Symbol, name: str, depth: int = 0) -> list[Symbol]:
        """An attribute of what a name refers to."""
        match owner:
            case External(dotted):
                return [External(f"{dotted}.{name}")]
            case ModuleSymbol(module=Module() as module):
                return self._in_module(module, name, depth)
            case ModuleSymbol(dotted, importer):
                return [self._import_module(f"{dotted}.{name}", importer)]
            case ClassSymbol():
                found = self._in_scope(self.class_scope(owner), name, None, depth)
                return found or [Missing(f"{owner.qualname}.{name}", "attribute")]
            case Missing(spelling, reason):
                return [Missing(f"{spelling}.{name}", reason)]
            case FunctionSymbol() | ValueSymbol():
                return [Missing(name, "attribute")]

    def _in_scope(self, scope: Scope, name: str, line: int | None, depth: int) -> list[Symbol]:
        if depth > _DEPTH:
            return [Missing(name, "cycle")]
        candidates = scope.bindings.candidates(name, line)
        symbols = [s for binding in candidates for s in self._bound(binding, scope, depth + 1)]
        if symbols:
            return _distinct(symbols)
        return self._through_stars(scope, name, depth + 1)

    def _in_module(self, module: Module, name: str, depth: int) -> list[Symbol]:
        found = self._in_scope(self.module_scope(module), name, None, depth)
        if found:
            return found
        if module.is_package:
            return [self._import_module(f"{module.name}.{name}", module.path)]
        return [Missing(f"{module.name}.{name}", "undefined")]

    def _through_stars(self, scope: Scope, name: str, depth: int) -> list[Symbol]:
        unread: list[Symbol] = []
        for star in reversed(scope.bindings.stars):
            target = self._import_from(star, scope.module)
            match target:
                case ModuleSymbol(module=Module() as module) if _exports(module, name):
                    found = self._in_scope(self.module_scope(module), name, None, depth)
                    if found:
                        return found
                case External(dotted) if name in _STAR_EXPORTS.get(dotted, ()):
                    return [External(f"{dotted}.{name}")]
                case Missing(reason="unreadable"):
                    # Its file may bind any name, also one that is a builtin otherwise.
                    unread = [Missing(name, "unreadable")]
                case _:
                    continue
        return unread

    def _bound(self, binding: Binding, scope: Scope, depth: int) -> list[Symbol]:
        match binding.target:
            case Import(attribute=None) as target:
                return [self._import_module(target.module, scope.module.path)]
            case Import(attribute=str(attribute)) as target:
                return self._import_attribute(target, attribute, scope, depth)
            case ast.ClassDef() as node:
                return [ClassSymbol(scope, node)]
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                return [FunctionSymbol(scope, node)]
            case ast.Name() | ast.Attribute() as alias:
                return self._alias(binding, alias, scope, depth)
            case ast.expr() as value:
                return [ValueSymbol(scope, binding.name, value, binding.annotation)]
            case _:
                return [Missing(binding.name, "dynamic")]

    def _alias(self, binding: Binding, alias: ast.expr, scope: Scope, depth: int) -> list[Symbol]:
        if isinstance(alias, ast.Name) and alias.id == binding.name:
            # `X = X` in a class body reads the name of the scope around it.
            return self.lookup(alias.id, scope.parent, None, depth) if scope.parent else []
        line = binding.line - 1 if scope.kind != "function" else None
        return self.alternatives(alias, scope, line, depth)

    def _import_attribute(
        self, target: Import, attribute: str, scope: Scope, depth: int
    ) -> list[Symbol]:
        owner = self._import_from(target, scope.module)
        match owner:
            case ModuleSymbol(module=Module() as module):
                if module is scope.module and not module.is_package:
                    return [Missing(attribute, "cycle")]
                return self._from_package(module, attribute, depth)
            case _:
                return self.member(owner, attribute, depth)

    def _from_package(self, module: Module, attribute: str, depth: int) -> list[Symbol]:
        """`from package import name`: a name of its `__init__`, else a submodule."""
        found = self._in_scope(self.module_scope(module), attribute, None, depth)
        real: list[Symbol] = [symbol for symbol in found if not isinstance(symbol, Missing)]
        if real or not module.is_package:
            return real or found or [Missing(f"{module.name}.{attribute}", "undefined")]
        submodule = self._import_module(f"{module.name}.{attribute}", module.path)
        return [submodule] if isinstance(submodule, ModuleSymbol) else (found or [submodule])

    def _import_from(self, target: Import, importer: Module) -> Symbol:
        if target.level == 0:
            return self._import_module(target.module, importer.path)
        base = importer.package.split(".") if importer.package else []
        kept = base[: len(base) - (target.level - 1)] if target.level > 1 else base
        dotted = ".".join([*kept, target.module] if target.module else kept)
        if not dotted or len(base) < target.level - 1:
            return self._import_relative_script(target, importer)
        return self._import_module(dotted, importer.path, first_party=True)

    def _import_relative_script(self, target: Import, importer: Module) -> Symbol:
        """A relative import where no package is declared: read it from the directory itself."""
        if target.module and target.level == 1:
            return self._import_module(target.module, importer.path, first_party=True)
        return Missing("." * target.level + target.module, "missing-module")

    def _import_module(self, dotted: str, importer: str, *, first_party: bool = False) -> Symbol:
        path = self.modules.find(dotted, importer)
        if path is not None:
            module = self.modules.module(path)
            return (
                ModuleSymbol(dotted, importer, module) if module else Missing(dotted, "unreadable")
            )
        if self.modules.is_namespace(dotted, importer):
            return ModuleSymbol(dotted, importer, None)
        parent, _, name = dotted.rpartition(".")
        if parent and (owner := self.modules.find(parent, importer)):
            module = self.modules.module(owner)
            if module is not None and module.bindings.by_name.get(name):
                return self._in_module(module, name, 0)[0]
            return Missing(dotted, "missing-module")
        return Missing(dotted, "missing-module") if first_party else External(dotted)


def _exports(module: Module, name: str) -> bool:
    """Whether `from module import *` brings `name`: by `__all__`, else unless private."""
    for binding in module.bindings.candidates("__all__"):
        match binding.target:
            case ast.List(items) | ast.Tuple(items):
                if "__all__" in module.bindings.changed:
                    break
                return any(isinstance(i, ast.Constant) and i.value == name for i in items)
            case _:
                break
    return not name.startswith("_")


#: What a star import of a library may bind in Flyte projects; other stars of libraries stay unread.
_STAR_EXPORTS: dict[str, frozenset[str]] = {
    "typing": frozenset(
        [
            "Any",
            "Annotated",
            "Callable",
            "ClassVar",
            "Dict",
            "FrozenSet",
            "Generic",
            "Iterator",
            "Iterable",
            "List",
            "Literal",
            "Mapping",
            "NamedTuple",
            "NewType",
            "Optional",
            "Sequence",
            "Set",
            "Tuple",
            "Type",
            "TypedDict",
            "TypeVar",
            "Union",
        ]
    ),
    "dataclasses": frozenset({"dataclass", "field", "make_dataclass", "InitVar", "KW_ONLY"}),
    "enum": frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "auto", "unique"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "pydantic": frozenset({"BaseModel", "Field", "RootModel"}),
    "flytekit": frozenset(
        [
            "task",
            "dynamic",
            "workflow",
            "eager",
            "map_task",
            "reference_task",
            "Cache",
            "ContainerTask",
            "ShellTask",
            "TaskMetadata",
            "kwtypes",
            "StructuredDataset",
            "Resources",
            "FlyteFile",
            "FlyteDirectory",
        ]
    ),
    "flyte": frozenset({"TaskEnvironment", "Cache", "Image", "Resources"}),
}


def _distinct(symbols: list[Symbol]) -> list[Symbol]:
    seen: set[object] = set()
    kept: list[Symbol] = []
    for symbol in symbols:
        identity = _identity(symbol)
        if identity not in seen:
            seen.add(identity)
            kept.append(symbol)
    return kept


def _identity(symbol: Symbol) -> object:
    match symbol:
        case ClassSymbol(_, node) | FunctionSymbol(_, node):
            return id(node)
        case ValueSymbol():
            return id(symbol.node)
        case ModuleSymbol(dotted, _, module):
            return module.path if module else dotted
        case External() | Missing():
            return symbol
