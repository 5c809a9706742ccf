"""What a tree still says of a task once an expression of it is replaced.

The claim asks for a word on every task of which a trace is left, and only on those. A trace stands
in what makes the task: the decorators of its function or the statement around its call, and
whatever their names stand for in the tree. It is

- `cache_version` or `version_override`, as the name of an argument or as a key,
- something of an SDK that makes tasks or cache settings, by its name,
- a decorator that is called `task` or `dynamic`, or is given a `cache` that is not off (elsewhere
  many libraries take an argument of that name).

It is searched by names alone, without regard to scopes, so rather too much counts than too little.

Without a trace nobody can tell the task from any other function or call: `@zz.blind()` may be a
logger, and `t = zz.blind()` anything. Then only what the lock knows can be asked for, and of a task
that was made by a call not even that, for its source looks as if it was removed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from blindfold.blinding import Place, Tree
from sigclock.source import Location

_SDKS = ("flytekit", "flytekitplugins", "flyte", "flyteplugins", "union", "unionai")
_VERSIONS = frozenset({"cache_version", "version_override"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DECORATORS = frozenset({"dynamic", "task"})
#: What of an SDK makes tasks, environments or cache settings; `kwtypes` and the like do not.
_MAKER = re.compile(r"cache|create|dynamic|eager|environment|metadata|query|task", re.IGNORECASE)


def is_left(tree: Tree, replaced: Place, task: Location) -> bool:
    """Whether the tree without the `replaced` expression has a trace of the task at a place."""
    texts = {name: text for name, text in tree.items() if name.endswith(".py")}
    parsed = {name: _parsed(name, text, replaced) for name, text in texts.items()}
    files = {name: module for name, module in parsed.items() if module is not None}
    statement = _statement(files[task.path], task.line)
    decorators = getattr(statement, "decorator_list", [])
    if any(map(_is_telling, decorators)):
        return True
    bound = _bound(files.values())
    work: list[ast.AST] = [*decorators] if decorators else [statement]
    seen: set[int] = set()
    while work:
        for node in _inside(work.pop()):
            if _holds_version(node):
                return True
            if isinstance(node, (ast.Name, ast.Attribute)):
                found = bound.get(_root(node), [])
                if any(_is_of_sdk(other, _root(node), _last(node)) for other in found):
                    return True
                work += [other for other in found if id(other) not in seen]
                seen.update(map(id, found))
    return False


def _inside(root: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but of a function only its decorators and what it returns.

    Of `fit.override(…)` it is only `fit`, for it is a task if that is one.
    """
    work = [root]
    while work:
        node = work.pop()
        yield node
        match node:
            case ast.Call(ast.Attribute(owner, "override" | "with_overrides")):
                work.append(owner)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                returned = (part.value for part in ast.walk(node) if isinstance(part, ast.Return))
                work += [*node.decorator_list, *(value for value in returned if value)]
            case _:
                work.extend(ast.iter_child_nodes(node))


def is_decorated(tree: Tree, task: Location) -> bool:
    """Whether the task at a place is made by decorators, so that its function stays."""
    statement = _statement(ast.parse(tree[task.path]), task.line)
    return bool(getattr(statement, "decorator_list", []))


def _parsed(name: str, text: str, replaced: Place) -> ast.Module | None:
    """A file without the replaced expression; None for a file that does not parse."""
    try:
        parsed = ast.parse(text)
    except SyntaxError:
        return None
    if name == replaced.path:
        _Without(replaced).visit(parsed)
    return parsed


class _Without(ast.NodeTransformer):
    """Takes out the expression at a place; all others keep their lines."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and self._place.holds(node):
            return ast.copy_location(ast.Constant(None), node)
        self.generic_visit(node)
        return node


def _statement(module: ast.Module, line: int) -> ast.stmt:
    """The function whose decorators or name stand at a line, or else the innermost statement."""
    at = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.stmt) and _first(node) <= line <= (node.end_lineno or 0)
    ]
    heads = [node for node in at if isinstance(node, _FUNCTIONS) and line <= node.lineno]
    return max(heads or at, key=_first)


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _bound(modules: Iterable[ast.Module]) -> dict[str, list[ast.AST]]:
    """What each name stands for anywhere in the tree."""
    bound: dict[str, list[ast.AST]] = {}
    for module in modules:
        for node in ast.walk(module):
            for name in _names(node):
                bound.setdefault(name, []).append(node)
    return bound


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            yield name
        case ast.Import(names) | ast.ImportFrom(_, names):
            for alias in names:
                yield (alias.asname or alias.name).partition(".")[0]
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr() | ast.For():
            stored = (part for part in ast.walk(node) if isinstance(part, ast.Name))
            yield from (part.id for part in stored if isinstance(part.ctx, ast.Store))
        case _:
            return


def _is_telling(decorator: ast.expr) -> bool:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    head = decorator.func if isinstance(decorator, ast.Call) else decorator
    switches = [keyword.value for keyword in keywords if keyword.arg == "cache"]
    off = [node for node in switches if isinstance(node, ast.Constant) and not node.value]
    return _last(head) in _DECORATORS or len(switches) > len(off)


def _holds_version(node: ast.AST) -> bool:
    match node:
        case ast.keyword(str(name)):
            return name in _VERSIONS
        case ast.Dict(keys):
            return any(isinstance(key, ast.Constant) and key.value in _VERSIONS for key in keys)
        case _:
            return False


def _is_of_sdk(bound: ast.AST, root: str, last: str) -> bool:
    """Whether a name that an import binds, or the attribute that is read of it, is a maker."""
    match bound:
        case ast.Import(names):
            homes = [alias.name for alias in names if root in _names(ast.Import([alias]))]
            word = last
        case ast.ImportFrom(str(module), names, 0):
            homes = [module]
            word = next((a.name for a in names if (a.asname or a.name) == last), last)
        case _:
            return False
    return any(home.partition(".")[0] in _SDKS for home in homes) and bool(_MAKER.search(word))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", "")


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
