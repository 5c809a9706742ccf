"""What a name or dotted expression refers to: through imports, re-exports, aliases and scopes."""

from __future__ import annotations

import ast

from sigclock.python.names import module_getattr, star_imports
from sigclock.python.names.bindings import COUNTED, Binding, Import, is_rescue
from sigclock.python.names.canonical import BUILTINS, canonical
from sigclock.python.names.computed_names import attribute_of, module_of, returned_name
from sigclock.python.names.modules import Module, Modules
from sigclock.python.names.scope_table import ScopeTable
from sigclock.python.names.scopes import (
    ClassSymbol,
    External,
    FunctionSymbol,
    Missing,
    ModuleSymbol,
    Scope,
    Symbol,
    TooInvolvedError,
    ValueSymbol,
    distinct,
    may_rescue,
)
from sigclock.python.names.unparse import last_name, source_of

#: How long a chain of aliases and re-exports may be, and how many names one question may look up;
#: real ones have a handful of links.
_DEPTH = 60
_STEPS = 500
#: Functions whose call with a dotted name gives that module: importlib's, pytest's, flytekit's.
_IMPORTERS = frozenset({"import_module", "importorskip", "lazy_module"})


class Names(ScopeTable):
    """Follows names over a tree; `left` steps may still be taken, then `TooInvolvedError`."""

    def __init__(self, modules: Modules) -> None:
        super().__init__()
        self.modules = modules
        self._answers: dict[tuple[int, int, int | None], tuple[ast.expr, list[Symbol]]] = {}
        self._possible: dict[tuple[int, int, int | None], tuple[ast.expr, list[Symbol]]] = {}
        self._rescued = False
        self._open: set[tuple[int, str, int | None]] = set()
        self._steps = 0
        self.left: int | None = None
        self._through: set[tuple[int, str]] = set()

    def spend(self, steps: int = 1) -> None:
        """Count steps; a step takes about as long as looking up a name."""
        if self.left is not None:
            self.left -= steps
            if self.left < 0:
                raise TooInvolvedError

    def canonical(self, dotted: str) -> str:
        """One name for all the names under which a library offers a thing."""
        known = canonical(dotted)
        return self.modules.external.spellings.get(known, known)

    # -- lookups -----------------------------------------------------------------------------

    def of(self, node: ast.expr, scope: Scope, line: int | None = None) -> Symbol:
        """What an expression of names and attributes refers to; the first of alternatives."""
        return self.alternatives(node, scope, line)[0]

    def alternatives(self, node: ast.expr, scope: Scope, line: int | None = None) -> list[Symbol]:
        """All that the expression may refer to; several where a condition decides at run time."""
        if self._open:
            return self._alternatives(node, scope, line)
        key = (id(node), id(scope), line)
        if key not in self._answers:
            self._steps = 0
            # The entry holds the node, so that no other node can get its id.
            self._answers[key] = (node, self._alternatives(node, scope, line))
        return self._answers[key][1]

    def possible(self, node: ast.expr, scope: Scope, line: int | None = None) -> list[Symbol]:
        """The same for a type or a decorator, which an import from outside the tree may hide.

        `try: from fast import D` / `except ImportError: from models import D` is both.
        """
        key = (id(node), id(scope), line)
        if key not in self._possible:
            self._steps, self._rescued = 0, True
            try:
                self._possible[key] = (node, self._alternatives(node, scope, line))
            finally:
                self._rescued = False
        return self._possible[key][1]

    def _alternatives(self, node: ast.expr, scope: Scope, line: int | None) -> list[Symbol]:
        chain: list[str] = []
        while not isinstance(node, ast.Name) and (link := attribute_of(node)):
            node, attribute = link
            chain.append(attribute)
        if len(chain) > _DEPTH:
            return [Missing(source_of(node), "large")]
        if isinstance(node, ast.Name):
            symbols = self.lookup(node.id, scope, line)
        elif dotted := module_of(node):
            symbols = [self._import_module(dotted, scope.module.path)]
        else:
            reason = "call" if isinstance(node, ast.Call) else "expression"
            symbols = [Missing(source_of(node), reason)]
        for attribute in reversed(chain):
            symbols = distinct([s for owner in symbols for s in self.member(owner, attribute)])
        return symbols

    def given(self, call: ast.expr, scope: Scope, line: int | None = None) -> list[Symbol]:
        """What a call gives of a function whose one `return` gives a name; else nothing."""
        if not (isinstance(call, ast.Call) and not call.args and not call.keywords):
            return []
        match self.of(call.func, scope, line):
            case FunctionSymbol(outer, node) if value := returned_name(node):
                return self.alternatives(value, self.function_scope(outer, node))
            case _:
                return []

    def lookup(self, name: str, scope: Scope, line: int | None = None) -> list[Symbol]:
        """A bare name, by Python's scoping rules; `line` is where it is read, None for later.

        What is bound below that line only counts if there is nothing else: the order of lines is
        not always the order in which they run.
        """
        symbols = self._bound_above(name, scope, line) if line is not None else []
        return symbols or self._bound_above(name, scope, None) or [Missing(name, "undefined")]

    def _bound_above(self, name: str, scope: Scope, line: int | None) -> list[Symbol]:
        here: Scope | None = scope
        while here is not None:
            # Most scopes on the way cannot bind the name.
            binds = name in here.bindings.by_name or here.bindings.stars
            if binds and (here is scope or here.kind != "class"):
                symbols = self._in_scope(here, name, line)
                if symbols:
                    return symbols
            if here.kind == "function":
                # A function's body runs later, when all outer names have their last binding.
                line = None
            here = here.parent
        return [External(name)] if name in BUILTINS else []

    def member(self, owner: Symbol, name: str) -> list[Symbol]:
        """An attribute of what a name refers to."""
        match owner:
            case External(dotted):
                return [External(f"{dotted}.{name}")]
            case ModuleSymbol(module=Module() as module):
                return self._or_outside(self._in_module(module, name), owner, name)
            case ModuleSymbol(dotted, importer):
                submodule: list[Symbol] = [self._import_module(f"{dotted}.{name}", importer)]
                return self._or_outside(submodule, owner, name)
            case ClassSymbol():
                return self._in_class(owner, name)
            case Missing(spelling, reason):
                return [Missing(f"{spelling}.{name}", reason)]
            case FunctionSymbol() | ValueSymbol():
                return [Missing(name, "attribute")]

    def _in_scope(self, scope: Scope, name: str, line: int | None) -> list[Symbol]:
        mark = (id(scope), name, line)
        self._steps += 1
        self.spend()
        if mark in self._open or len(self._open) > _DEPTH or self._steps > _STEPS:
            return [Missing(name, "cycle")]
        self._open.add(mark)
        try:
            return self._bound_in(scope, name, line)
        finally:
            self._open.discard(mark)

    def _bound_in(self, scope: Scope, name: str, line: int | None) -> list[Symbol]:
        """The symbols of the bindings that count; if their import fails, those of the fallbacks."""
        only = scope.bindings.only(name, line)
        if only is not None:
            return distinct(self._bound(only, scope))
        bound = len(scope.bindings.by_name.get(name, ()))
        self.spend(min(bound, COUNTED) ** 2 // 60 + bound // 100 + len(scope.bindings.stars))
        star_symbols = self._through_stars(scope, name)
        stars = [star for star in scope.bindings.stars if id(star) in star_symbols]
        candidates: list[Symbol] = []
        for bindings in scope.bindings.candidates(name, line, stars):
            symbols = [
                symbol
                for binding in bindings
                for symbol in star_symbols.get(id(binding)) or self._bound(binding, scope)
            ]
            candidates = candidates or symbols
            if symbols and not all(map(_is_missing, symbols)):
                rescue = self._rescue(scope, name, line, symbols) if self._rescued else []
                return distinct([*symbols, *rescue])
        if not candidates and any(self._is_unread(star, scope) for star in scope.bindings.stars):
            # Its file may bind any name, also one that is a builtin otherwise.
            return [Missing(name, "unreadable")]
        return distinct(candidates)

    def _rescue(
        self, scope: Scope, name: str, line: int | None, failing: list[Symbol]
    ) -> list[Symbol]:
        """The definitions of the tree that count where the body of a `try` fails, if it may."""
        if any(isinstance(s, External) and self.modules.is_known(s.dotted) for s in failing):
            return []
        fallbacks = [b for b in scope.bindings.candidates(name, line)[1] if is_rescue(b)]
        symbols = [symbol for binding in fallbacks for symbol in self._bound(binding, scope)]
        return list(filter(may_rescue, symbols))

    def _in_class(self, owner: ClassSymbol, name: str) -> list[Symbol]:
        """A name of the class body, else of the first of its bases in the tree that has it."""
        symbols = self._in_scope(self.class_scope(owner), name, None)
        for base in owner.node.bases if not symbols else ():
            head = base.value if isinstance(base, ast.Subscript) else base
            parent = self._alternatives(head, owner.scope, owner.node.lineno - 1)[0]
            inherited = self._in_class(parent, name) if isinstance(parent, ClassSymbol) else []
            if inherited and not isinstance(inherited[0], Missing):
                return inherited
        return symbols or [Missing(f"{owner.qualname}.{name}", "attribute")]

    def _module_symbols(self, module: Module, name: str) -> list[Symbol]:
        """A name that a module binds, or that its `__getattr__` imports when it is asked for."""
        scope = self.module_scope(module)
        symbols = self._in_scope(scope, name, None)
        late_import = None if symbols else self._late_import(module, name)
        mark = (id(scope), f"__getattr__ {name}", None)
        if late_import is None or late_import.attribute is None or mark in self._open:
            return symbols
        self._open.add(mark)
        try:
            return self._import_attribute(late_import, late_import.attribute, scope)
        finally:
            self._open.discard(mark)

    def _late_import(self, module: Module, name: str) -> Import | None:
        if "__getattr__" not in module.bindings.by_name:
            return None
        self.spend(len(module.source.data) // 1_000)
        return module_getattr.source_of(module, name)

    def _in_module(self, module: Module, name: str) -> list[Symbol]:
        symbols = self._module_symbols(module, name)
        if symbols:
            return symbols
        if module.is_package:
            return [self._import_module(f"{module.name}.{name}", module.path)]
        return [Missing(f"{module.name}.{name}", "undefined")]

    def _through_stars(self, scope: Scope, name: str) -> dict[int, list[Symbol]]:
        """What the star imports of a scope bring under a name, by the identity of the import."""
        question = (id(scope.bindings), name)
        if question in self._through:
            return {}
        self._through.add(question)
        try:
            by_star = {
                id(star): self._star_symbols(star, scope, name) for star in scope.bindings.stars
            }
        finally:
            self._through.discard(question)
        return {star: symbols for star, symbols in by_star.items() if symbols}

    def _star_symbols(self, star: Binding, scope: Scope, name: str) -> list[Symbol]:
        match self._star(star, scope):
            case ModuleSymbol(module=Module() as module) if star_imports.is_listed(module, name):
                symbols = self._from_package(module, name)
                return [] if all(map(_is_missing, symbols)) else symbols
            case ModuleSymbol(module=Module() as module) if star_imports.exports(module, name):
                symbols = self._in_scope(self.module_scope(module), name, None)
                return [symbol for symbol in symbols if symbol != Missing(name, "cycle")]
            case External(dotted) if self._may_bring(dotted, name):
                return [External(f"{dotted}.{name}")]
            case _:
                return []

    def _may_bring(self, library: str, name: str) -> bool:
        own = self.modules.external.stars
        return name in star_imports.LIBRARIES.get(library, own.get(library, ()))

    def _star(self, star: Binding, scope: Scope) -> Symbol:
        assert isinstance(star.target, Import)
        return self.imported(star.target, scope.module)

    def _is_unread(self, star: Binding, scope: Scope) -> bool:
        target = self._star(star, scope)
        return isinstance(target, Missing) and target.reason == "unreadable"

    def _bound(self, binding: Binding, scope: Scope) -> list[Symbol]:
        match binding.target:
            case Import(attribute=None) as target:
                return self._modules_of(target, scope.module)
            case Import(attribute=str(attribute)) as target:
                return self._import_attribute(target, attribute, scope)
            case ast.ClassDef() as node:
                return [ClassSymbol(scope, node)]
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                return [FunctionSymbol(scope, node)]
            case ast.Name() | ast.Attribute() as alias:
                return self._alias(binding, alias, scope)
            case ast.Call() | ast.Subscript() as value if attribute_of(value) or module_of(value):
                return self._alias(binding, value, scope)
            case ast.Call(func, [ast.Constant(str(dotted)), *_]) if self._imports(func, scope):
                return [self._import_module(dotted, scope.module.path)]
            case ast.expr() as value:
                return [ValueSymbol(scope, binding.name, value, binding.annotation, binding.line)]
            case _:
                return [Missing(binding.name, "dynamic")]

    def _imports(self, func: ast.expr, scope: Scope) -> bool:
        """Whether a call is an import by another name: `pd = lazy_module("pandas")`."""
        if last_name(func) not in _IMPORTERS:
            return False
        symbol = self._alternatives(func, scope, None)[0]
        return isinstance(symbol, External) and symbol.dotted.rpartition(".")[2] in _IMPORTERS

    def _alias(self, binding: Binding, alias: ast.expr, scope: Scope) -> list[Symbol]:
        if isinstance(alias, ast.Name) and alias.id == binding.name:
            # `X = X` reads what had the name before, or in a scope around it.
            symbols = self._bound_above(alias.id, scope, binding.line - 1)
            return symbols or (self.lookup(alias.id, scope.parent, None) if scope.parent else [])
        return self.alternatives(alias, scope, binding.line - 1)

    def _import_attribute(self, target: Import, attribute: str, scope: Scope) -> list[Symbol]:
        owners = self._modules_of(target, scope.module)
        if len(owners) == 1:
            return self._attribute_of(owners[0], attribute, scope)
        found = [self._attribute_of(owner, attribute, scope) for owner in owners]
        outside = External(f"{target.module}.{attribute}")
        real = [symbols for symbols in found if symbols != [outside]]
        return distinct([symbol for symbols in real for symbol in symbols]) or [outside]

    def _attribute_of(self, owner: Symbol, attribute: str, scope: Scope) -> list[Symbol]:
        match owner:
            case ModuleSymbol(module=Module() as module):
                if module is scope.module and not module.is_package:
                    return self._or_outside([Missing(attribute, "cycle")], owner, attribute)
                return self._or_outside(self._from_package(module, attribute), owner, attribute)
            case _:
                return self.member(owner, attribute)

    def _or_outside(self, symbols: list[Symbol], owner: ModuleSymbol, name: str) -> list[Symbol]:
        """The symbols, or a library's name if a module of the tree only shares it."""
        fails = all(_is_missing(symbol) or symbol == Missing(name, "cycle") for symbol in symbols)
        if fails and self.modules.is_guess(owner.dotted, owner.importer):
            return [External(f"{owner.dotted}.{name}")]
        return symbols

    def _from_package(self, module: Module, attribute: str) -> list[Symbol]:
        """`from package import name`: a name of its `__init__`, else a submodule."""
        symbols = self._module_symbols(module, attribute)
        real: list[Symbol] = [symbol for symbol in symbols if not isinstance(symbol, Missing)]
        if real or not module.is_package:
            return real or symbols or [Missing(f"{module.name}.{attribute}", "undefined")]
        submodule = self._import_module(f"{module.name}.{attribute}", module.path)
        return [submodule] if isinstance(submodule, ModuleSymbol) else (symbols or [submodule])

    def imported(self, target: Import, importer: Module) -> Symbol:
        """The module from which `from module import …` takes its names."""
        if target.level == 0:
            return self._import_module(target.module, importer.path)
        base = importer.package.split(".") if importer.package else []
        package = base[: len(base) - (target.level - 1)] if target.level > 1 else base
        dotted = ".".join([*package, target.module] if target.module else package)
        if not dotted or len(base) < target.level - 1:
            if target.module and target.level == 1:  # of a folder that is no package
                return self._import_module(target.module, importer.path, first_party=True)
            return Missing("." * target.level + target.module, "missing-module")
        return self._import_module(dotted, importer.path, first_party=True)

    def _modules_of(self, target: Import, importer: Module) -> list[Symbol]:
        """The module of an import; all that may be meant, where nothing tells which is."""
        owner = self.imported(target, importer)
        if target.level or not isinstance(owner, ModuleSymbol) or owner.module is None:
            return [owner]
        others = self.modules.others(target.module, importer.path, owner.module)
        return [owner, *(ModuleSymbol(target.module, importer.path, other) for other in others)]

    def _import_module(self, dotted: str, importer: str, *, first_party: bool = False) -> Symbol:
        path = (self.modules.find if first_party else self.modules.path_of)(dotted, importer)
        if path is not None:
            module = self.modules.module(path)
            found = module and ModuleSymbol(dotted, importer, module)
            return found or Missing(dotted, "unreadable")
        if self.modules.is_barred(dotted, importer):
            return Missing(dotted, "link")
        if self.modules.is_namespace(dotted, importer):
            return ModuleSymbol(dotted, importer, None)
        parent, _, name = dotted.rpartition(".")
        if parent and (owner := self.modules.find(parent, importer)):
            module = self.modules.module(owner)
            bound = module is not None and module.bindings.by_name.get(name)
            # Where a package deletes the name again, asking it would lead back here.
            if module is not None and bound and (symbols := self._module_symbols(module, name)):
                return symbols[0]
            first_party = not self.modules.is_guess(dotted, importer)
        return Missing(dotted, "missing-module") if first_party else External(dotted)


def _is_missing(symbol: Symbol) -> bool:
    """Whether the import of a name fails for certain: nothing in the tree has it."""
    return isinstance(symbol, Missing) and symbol.reason in {"missing-module", "undefined"}
