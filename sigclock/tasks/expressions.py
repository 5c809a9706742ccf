"""The expressions of a statement, each with its role in the expression around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from enum import Enum, auto

import msgspec

from sigclock.python.names import nodes
from sigclock.python.names.syntax import is_on
from sigclock.python.names.unparse import last_name
from sigclock.tasks.cache_arguments import CARRYING
from sigclock.tasks.sdks import WORDS
from sigclock.tasks.statements import COMPREHENSIONS, ONCE, Repeated, loops_of


class Role(Enum):
    """What the expression around it does with an expression."""

    CALLED = auto()
    GIVEN = auto()
    READ = auto()


class Part(msgspec.Struct, frozen=True, eq=False):
    """An expression with its role, and the names that are bound by what stands around it."""

    node: ast.AST
    role: Role
    bound: frozenset[str] = frozenset()
    looped: bool = False


def roots(node: ast.stmt) -> Iterator[tuple[ast.AST, Role]]:
    """The expressions of a statement itself; the statements in it are looked at by themselves."""
    match node:
        case ast.Return(ast.expr() as value):
            yield value, Role.GIVEN
        case ast.Assign([ast.Name()], value) | ast.AnnAssign(ast.Name(), _, ast.expr() as value):
            yield value, Role.READ
        case ast.Assign(_, value):
            yield value, Role.GIVEN
        case ast.AnnAssign():
            return
        case _:
            for child in nodes.children(node):
                if isinstance(child, (ast.expr, ast.withitem)):
                    yield child, Role.READ


def children(part: Part) -> Iterator[Part]:
    """The expressions directly inside another; those in a loop are looped."""
    for child in _direct_children(part):
        yield msgspec.structs.replace(child, looped=True) if part.looped else child


def _direct_children(part: Part) -> Iterator[Part]:
    node, bound = part.node, part.bound
    match node:
        case ast.Call(func, args, keywords):
            yield Part(func, Role.CALLED, bound)
            for argument in (*args, *(keyword.value for keyword in keywords)):
                yield Part(argument, Role.GIVEN, bound)
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Starred() | ast.IfExp():
            for child in nodes.children(node):
                yield Part(child, part.role, bound)
        case ast.Lambda(_, body):
            yield Part(body, Role.READ, bound | _parameters_of(node))
        case (
            ast.ListComp(generators=loops)
            | ast.SetComp(generators=loops)
            | ast.DictComp(generators=loops)
            | ast.GeneratorExp(generators=loops)
        ):
            targets = (part for loop in loops for part in nodes.descendants(loop.target))
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            for child in nodes.children(node):
                yield Part(child, Role.READ, bound | names, looped=True)
        case ast.Attribute(value):
            yield Part(value, Role.CALLED, bound)
        case _:
            for child in nodes.children(node):
                yield Part(child, Role.READ, bound)


def task_calls(
    node: ast.stmt, task_like: Sequence[int], *, all_: bool
) -> Iterator[tuple[ast.Call, Repeated]]:
    """The calls of a statement that may declare a task: the outermost, and those that look so.

    `task_like` are the lines in which the words for that occur; most statements have none. Outside
    of functions all calls may, as in a list of what a team's own function makes.
    """
    outermost = getattr(node, "value", None)
    if not all_ and not is_on(task_like, node):
        if isinstance(outermost, ast.Call):
            yield outermost, ONCE
        return
    work: list[tuple[ast.AST, Repeated, frozenset[str]]] = [
        (child, ONCE, frozenset())
        for child in nodes.children(node)
        if isinstance(child, (ast.expr, ast.withitem))
    ]
    while work:
        part, loops, bound = work.pop()
        if isinstance(part, ast.Call):
            # What a lambda makes of its parameter is made where the lambda is called.
            is_free = not bound or bound.isdisjoint(_names_of(part.args))
            if is_free and (all_ or part is outermost or _is_task_like(part)):
                yield part, loops
        elif isinstance(part, ast.Lambda):
            bound |= _parameters_of(part)
        within = (*loops, *loops_of(part)) if isinstance(part, COMPREHENSIONS) else loops
        work += [(child, within, bound) for child in nodes.children(part)]


def _parameters_of(node: ast.Lambda) -> set[str]:
    return {part.arg for part in nodes.descendants(node.args) if isinstance(part, ast.arg)}


def _names_of(arguments: Sequence[ast.expr]) -> set[str]:
    return {node.id for node in arguments if isinstance(node, ast.Name)}


def _is_task_like(call: ast.Call) -> bool:
    name = last_name(call.func).lower()
    task_like = any(word in name for word in WORDS)
    return task_like or is_override(call) or has_metadata(call)


def is_override(call: ast.Call) -> bool:
    """A task under another cache setting: `fit.override(cache=…)`."""
    match call.func:
        case ast.Attribute(attr=name) if name in CARRYING:
            return any(keyword.arg == "cache" for keyword in call.keywords)
        case _:
            return False


def has_metadata(call: ast.Call) -> bool:
    """Only tasks are passed a `TaskMetadata`, whatever their class is called."""
    keywords = call.keywords
    return bool(keywords) and any(keyword.arg == "metadata" for keyword in keywords)
