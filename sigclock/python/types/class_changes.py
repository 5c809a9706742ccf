"""What may change a class besides its body: decorators, a metaclass, hooks of its bases, writes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import msgspec

from sigclock.python.names.bindings import Function
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import ClassSymbol, External, FunctionSymbol, Scope
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.values import Called, Code, Known, Value

#: Packages, beside those that are known by name, whose decorators leave a class's parts alone.
_HARMLESS = {"beartype", "contextlib", "pandera", "six", "typeguard", "warnings"}
#: Attributes of a class that say what its instances hold.
_TELLING = frozenset(
    ["__annotations__", "__dict__", "__dataclass_fields__", "__slots__", "__reduce__"]
)
_WRITERS = frozenset(["setattr", "delattr", "exec", "type"])
#: Methods of tables and lists by which classes are registered, and of loggers.
_REGISTERS = frozenset(
    ["add", "append", "debug", "get", "info", "insert", "register", "setdefault", "update"]
)
_MAKING = frozenset(["__new__", "__init__", "__prepare__"])
_DEPTH = 20


class Decorations(msgspec.Struct, frozen=True, eq=False):
    """The canonical names of known decorators with their calls, and those that may change it."""

    names: dict[str, ast.expr]
    unread: list[ast.expr]


def decorations(symbol: ClassSymbol, evaluator: Evaluator) -> Decorations:
    """A function of the tree that gives the class back, or to a known decorator, is followed."""
    result = Decorations({}, [])
    for node in symbol.node.decorator_list:
        head = node.func if isinstance(node, ast.Call) else node
        named = isinstance(head, (ast.Name, ast.Attribute))
        known = evaluator.names.of(head, symbol.scope) if named else None
        if isinstance(known, External):
            dotted = evaluator.names.canonical(known.dotted)
            result.names[dotted] = node
            if not _is_harmless(dotted, evaluator.names):
                result.unread.append(node)
            continue
        applied = _applied(symbol, node, evaluator)
        if isinstance(known, FunctionSymbol) and _alters(known.node, known.scope, evaluator.names):
            applied = None
        if applied is None:
            result.unread.append(node)
        elif applied:
            result.names[applied[0]] = applied[1] or node
    return result


def _is_harmless(dotted: str, names: Names) -> bool:
    known = names.modules.is_known(dotted) or dotted.partition(".")[0] in _HARMLESS
    return known or "." not in dotted


def _applied(
    symbol: ClassSymbol, node: ast.expr, evaluator: Evaluator
) -> tuple[str, ast.expr | None] | tuple[()] | None:
    """What becomes of the class: a known decorator's name, () for itself, None if not known."""
    decorator = evaluator.value(node, symbol.scope, None, node.lineno)
    path = symbol.scope.module.path
    match evaluator.apply(Called(decorator, (Code(symbol),), {}, path)):
        case Code(same) if same is symbol or same == symbol:
            return ()
        case Code(ClassSymbol(node=same)) if same is symbol.node:
            return ()
        case Called(Known(dotted), (target, *_)) as call if _is_of(target, symbol):
            return (dotted, call.node) if _is_harmless(dotted, evaluator.names) else None
        case Called(Called(Known(dotted)) as maker, (target, *_)) if _is_of(target, symbol):
            return (dotted, maker.node) if _is_harmless(dotted, evaluator.names) else None
        case _:
            return None


def _is_of(value: Value, symbol: ClassSymbol) -> bool:
    return isinstance(value, Code) and value.symbol.node is symbol.node


def altered(symbol: ClassSymbol, evaluator: Evaluator) -> Iterator[ast.AST]:
    """The metaclass, hooks of bases, and statements after the class that may add parts to it."""
    names = evaluator.names
    for keyword in symbol.node.keywords:
        if (
            keyword.arg == "metaclass" and not _is_plain_metaclass(keyword.value, symbol, names)
        ) or keyword.arg is None:
            yield keyword.value
    yield from _hooks(symbol, names)
    yield from _writes(symbol)


def _is_plain_metaclass(node: ast.expr, symbol: ClassSymbol, names: Names) -> bool:
    """Whether a metaclass adds no parts; it may register classes or change how calls work."""
    return all(_is_plain(metaclass, names, 0) for metaclass in names.possible(node, symbol.scope))


def _is_plain(symbol: object, names: Names, depth: int) -> bool:
    match symbol:
        case External(dotted):
            return _is_harmless(names.canonical(dotted), names)
        case ClassSymbol(scope, node) if depth < _DEPTH:
            own = {s.name for s in node.body if isinstance(s, (ast.FunctionDef, ast.ClassDef))}
            bases = [parent for base in node.bases for parent in names.possible(base, scope)]
            return not own & _MAKING and all(_is_plain(base, names, depth + 1) for base in bases)
        case _:
            return False


def _hooks(symbol: ClassSymbol, names: Names) -> Iterator[ast.AST]:
    """The `__init_subclass__` of a base that writes to the class or replaces it."""
    for base in symbol.node.bases:
        head = base.value if isinstance(base, ast.Subscript) else base
        if not isinstance(head, (ast.Name, ast.Attribute)):
            continue
        above = names.of(head, symbol.scope, symbol.node.lineno - 1)
        if not isinstance(above, ClassSymbol):
            continue
        hook = names.member(above, "__init_subclass__")[0]
        if isinstance(hook, FunctionSymbol) and _alters(hook.node, hook.scope, names, hook=True):
            yield hook.node


def _alters(function: Function, scope: Scope, names: Names, *, hook: bool = False) -> bool:
    """Whether a function may change the parts of a class that it is passed."""
    parameters = {argument.arg for argument in (*function.args.posonlyargs, *function.args.args)}
    inner = [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef)]
    parameters |= {arg.arg for each in inner for arg in each.args.args}
    for part in ast.walk(function):
        match part:
            case ast.Attribute(attr=name) if name in _TELLING:
                return True
            case ast.Attribute(ast.Name(owner), "__init__", ast.Store()) if owner in parameters:
                return True
            case ast.Call(func, args):
                if _takes_any(args, parameters) and not _may_be_given(
                    func, scope, names, hook=hook
                ):
                    return True
            case _:
                continue
    return False


def _takes_any(args: Iterable[ast.expr], parameters: set[str]) -> bool:
    return any(isinstance(arg, ast.Name) and arg.id in parameters for arg in args)


def _may_be_given(func: ast.expr, scope: Scope, names: Names, *, hook: bool) -> bool:
    """Whether a function does not change the class that it is passed, or has a known name."""
    match func:
        case ast.Name(name) if name in _WRITERS:
            return False
        case ast.Attribute(attr=name) if name in _REGISTERS:
            return True
        case ast.Call(inner):
            return _may_be_given(inner, scope, names, hook=hook)
        case ast.Name() | ast.Attribute():
            symbol = names.of(func, scope)
            if not isinstance(symbol, External):
                return False
            dotted = names.canonical(symbol.dotted)
            making = dotted in names.modules.external.decorators
            return _is_harmless(dotted, names) and not (hook and making)
        case _:
            return False


def _writes(symbol: ClassSymbol) -> Iterator[ast.stmt]:
    """`D.__annotations__[…] = …`, `setattr(D, …)` and the like, outside the class."""
    data = symbol.scope.module.source.data
    if b"__annotations__" not in data and b"setattr" not in data and b"__slots__" not in data:
        return
    body = getattr(symbol.scope.module.source.tree, "body", [])
    for statement in body if symbol.scope.kind == "module" else []:
        match statement:
            case ast.Assign([target]) | ast.AugAssign(target) | ast.AnnAssign(target):
                written = target
            case ast.Expr(ast.Call(ast.Name("setattr"), [ast.Name() as owner, *_])):
                written = ast.Attribute(owner, "__dict__")
            case ast.Expr(ast.Call(func)):
                written = func
            case _:
                continue
        if any(
            isinstance(part, ast.Attribute)
            and part.attr in _TELLING
            and isinstance(part.value, ast.Name)
            and part.value.id == symbol.node.name
            for part in ast.walk(written)
        ):
            yield statement
