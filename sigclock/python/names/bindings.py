"""Which statements bind a name in a scope, in program order, with their branches."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sigclock.python.names.branch_ranks import FALLBACK, HANDLER, OPEN, PREFERRED, if_ranks
from sigclock.python.names.held_changes import CHANGING, HeldChange, change_of, gathered
from sigclock.python.names.nodes import descendants
from sigclock.python.names.unpacking import pairs

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Branch(msgspec.Struct, frozen=True):
    """One arm of an `if` or `try`; `statement` numbers the statement within its scope."""

    statement: int
    arm: str
    rank: str


class Import(msgspec.Struct, frozen=True):
    """`import module` (attribute None) or `from module import attribute`; `level` counts dots."""

    module: str
    attribute: str | None
    level: int


#: How many bindings of one name count, the last ones; in real code a handful exclude each other.
COUNTED = 200

#: What a name is bound to: an import, a class, a function, a value, or None where it cannot be read
#: (loop variables, `with … as`, tuple unpacking, deletion).
Target = Import | ast.ClassDef | Function | ast.expr | None


class Binding(msgspec.Struct, frozen=True):
    """One binding of `name`, effective from `line` on; `deleted` marks the end of earlier ones.

    A star import binds `*`.
    """

    name: str
    target: Target
    line: int
    branches: tuple[Branch, ...] = ()
    annotation: ast.expr | None = None
    deleted: bool = False

    @property
    def is_bare(self) -> bool:
        """`name: annotation` says what a name is for and binds nothing."""
        return self.target is None and self.annotation is not None


class Bindings:
    """The bindings of one scope by name, and its star imports."""

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self.by_name: dict[str, list[Binding]] = {}
        self.stars: list[Binding] = []
        #: Names of objects that are changed after they are bound, and that hold such objects.
        self.changed: set[str] = set()
        self.changed_within: set[str] = set()
        #: What changes that a name holds, in order; None where that may not run, or twice.
        self.changes: dict[str, list[HeldChange | None]] = {}
        #: All names of `A = B = value`, by each of them.
        self.chained: dict[str, list[str]] = {}
        self._statements = self._looped = 0
        self._visit(body, ())

    def add(self, binding: Binding) -> None:
        self.by_name.setdefault(binding.name, []).append(binding)

    def only(self, name: str, line: int | None) -> Binding | None:
        """The binding of a name if no other can count; else None, and `candidates` tells."""
        bindings = self.by_name.get(name, ())
        if len(bindings) != 1 or self.stars:
            return None
        binding = bindings[0]
        conditional = binding.branches or binding.deleted or binding.is_bare
        late = line is not None and binding.line > line
        return None if conditional or late else binding

    def candidates(
        self, name: str, line: int | None = None, stars: Sequence[Binding] = ()
    ) -> tuple[list[Binding], list[Binding]]:
        """The bindings that a reader at `line` may see; at the end of the scope when it is None.

        One for code that Python reads one way; several where it depends on a condition that a
        static reader cannot know. Second come those that count only if the first fail: `try` wins
        over `except`, the newest Python and what is not `TYPE_CHECKING` over their alternatives.
        `stars` are the star imports that bring the name.
        """
        bindings = [binding for binding in self.by_name.get(name, ()) if not binding.is_bare]
        if stars:
            bindings = sorted([*bindings, *stars], key=lambda binding: binding.line)
        if line is not None:
            bindings = [binding for binding in bindings if binding.line <= line]
        return _live(bindings)

    def _visit(self, body: Iterable[ast.stmt], branches: tuple[Branch, ...]) -> None:
        for statement in body:
            self._statement(statement, branches)

    def _statement(self, node: ast.stmt, branches: tuple[Branch, ...]) -> None:  # noqa: C901, PLR0912 - a table
        match node:
            # Assignments and calls come first, for most statements are these.
            case ast.Assign(targets, value):
                if len(targets) > 1:
                    names = [target.id for target in targets if isinstance(target, ast.Name)]
                    self.chained.update((name, names) for name in names)
                for target in targets:
                    self._assign(target, value, node.lineno, branches)
            case ast.Expr(value):
                self._expression(value, branches)
            case (
                ast.ClassDef(name=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ):
                for decorator in node.decorator_list:
                    self._named_in(decorator, branches)
                self.add(Binding(name, node, node.lineno, branches))
            case ast.Import() | ast.ImportFrom():
                self._import(node, branches)
            case ast.AnnAssign(ast.Name(name), annotation, value):
                self.add(Binding(name, value, node.lineno, branches, annotation))
            case ast.AugAssign(ast.Name(name), operator, value) if not self._looped:
                read = ast.copy_location(ast.Name(name, ast.Load()), node)
                total = ast.copy_location(ast.BinOp(read, operator, value), node)
                self.add(Binding(name, total, node.lineno, branches))
            case ast.AugAssign(ast.Name(name)):
                self.add(Binding(name, None, node.lineno, branches))
            case ast.AugAssign(target=ast.Attribute() | ast.Subscript() as target):
                self._assign(target, None, node.lineno, branches)
            case ast.Delete(targets):
                for target in targets:
                    self._delete(target, node.lineno, branches)
            case ast.If():
                self._if(node, branches)
            case ast.Try():
                self._try(node, branches)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, None, node.lineno, branches)
                self._visit(node.body, branches)
            case ast.For() | ast.AsyncFor():
                self._assign(node.target, None, node.lineno, branches)
                self._loop(node, branches)
            case ast.While():
                self._walrus(node.test, branches)
                self._loop(node, branches)
            case ast.Match():
                arms = {str(index): case.body for index, case in enumerate(node.cases)}
                self._arms(arms, {}, branches)
            case _:
                self._newer(node, branches)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, branches: tuple[Branch, ...]) -> None:
        whole = gathered(node) if not self._looped else None
        if whole is not None:
            self._change(*whole, branches)
            return
        self._looped += 1
        self._visit([*node.body, *node.orelse], branches)
        self._looped -= 1

    def _if(self, node: ast.If, branches: tuple[Branch, ...]) -> None:
        """`elif` after `elif` is one statement with many arms, for there may be thousands."""
        self._walrus(node.test, branches)
        ranks = if_ranks(node.test)
        arms, rest = {"body": node.body}, node.orelse
        while not ranks and len(rest) == 1 and isinstance(rest[0], ast.If):
            next_if = rest[0]
            if if_ranks(next_if.test):
                break
            arm = f"elif{len(arms)}"
            self._walrus(next_if.test, (*branches, Branch(self._statements + 1, arm, OPEN)))
            arms[arm] = next_if.body
            rest = next_if.orelse
        self._arms({**arms, "orelse": rest}, ranks, branches)

    def _newer(self, node: ast.stmt, branches: tuple[Branch, ...]) -> None:
        # `type X = …` (Python 3.12) and `try … except*` (3.11) have no node class on older Pythons.
        kind = type(node).__name__
        if kind == "TypeAlias":
            name: ast.Name = node.name  # type: ignore[attr-defined]
            self.add(Binding(name.id, TypeAlias(node), node.lineno, branches))
        elif kind == "TryStar":
            self._try(node, branches)

    def _try(self, node: ast.stmt, branches: tuple[Branch, ...]) -> None:
        assert isinstance(node, ast.Try) or type(node).__name__ == "TryStar"
        handlers: list[ast.ExceptHandler] = node.handlers  # type: ignore[attr-defined, unused-ignore]
        arms = {"body": [*node.body, *node.orelse]}  # type: ignore[attr-defined, unused-ignore]
        ranks = {"body": PREFERRED}
        for index, handler in enumerate(handlers):
            arms[f"{HANDLER}{index}"] = handler.body
            ranks[f"{HANDLER}{index}"] = FALLBACK
        self._arms(arms, ranks, branches)
        self._visit(node.finalbody, branches)  # type: ignore[attr-defined, unused-ignore]

    def _arms(
        self,
        arms: dict[str, list[ast.stmt]],
        ranks: dict[str, str],
        branches: tuple[Branch, ...],
    ) -> None:
        self._statements += 1
        number = self._statements
        for arm, body in arms.items():
            self._visit(body, (*branches, Branch(number, arm, ranks.get(arm, OPEN))))

    def _import(self, node: ast.Import | ast.ImportFrom, branches: tuple[Branch, ...]) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                # `import a.b` binds `a`; `import a.b as c` binds the submodule.
                name = alias.asname or alias.name.split(".")[0]
                module = alias.name if alias.asname else name
                self.add(Binding(name, Import(module, None, 0), node.lineno, branches))
            return
        for alias in node.names:
            target = Import(node.module or "", alias.name, node.level)
            if alias.name == "*":
                self.stars.append(Binding("*", target, node.lineno, branches))
            else:
                self.add(Binding(alias.asname or alias.name, target, node.lineno, branches))

    def _assign(
        self, target: ast.expr, value: ast.expr | None, line: int, branches: tuple[Branch, ...]
    ) -> None:
        match target, value:
            case ast.Name(name), _:
                self.add(Binding(name, value, line, branches))
            case ast.Tuple(names) | ast.List(names), _:
                for name_node, value_node in pairs(names, value):
                    self._assign(name_node, value_node, line, branches)
            case ast.Starred(inner), _:
                self._assign(inner, value, line, branches)
            case ast.Subscript(ast.Name(name), key), ast.expr():
                self._change(name, HeldChange("__setitem__", (key, value), line), branches)
            case ((ast.Subscript(ast.Name(name)) | ast.Attribute(ast.Name(name))), _):
                self._change(name, None, branches)
            case ((ast.Subscript(inner) | ast.Attribute(inner)), _):
                self._change_part(inner)
            case _:
                pass

    def _change(self, name: str, change: HeldChange | None, branches: tuple[Branch, ...]) -> None:
        self.changed.add(name)
        sure = not branches and not self._looped
        self.changes.setdefault(name, []).append(change if sure else None)

    def _change_part(self, node: ast.expr) -> None:
        """`x.options["key"] = …`, `x.options.update(…)`."""
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        if isinstance(node, ast.Name):
            self.changed_within.add(node.id)

    def _expression(self, value: ast.expr, branches: tuple[Branch, ...]) -> None:
        match value:
            case ast.Call(ast.Attribute(ast.Name(name), method)) if method in CHANGING:
                self._change(name, change_of(value, method), branches)
            case ast.Call(ast.Attribute(ast.Attribute() | ast.Subscript() as inner, method)) if (
                method in CHANGING
            ):
                self._change_part(inner)
            case _:
                self._walrus(value, branches)

    def _named_in(self, decorator: ast.expr, branches: tuple[Branch, ...]) -> None:
        """`@(cached := task(…))`, `@task(cache_version=(V := "1"))`."""
        parts = [decorator]
        if isinstance(decorator, ast.Call):
            parts += [*decorator.args, *(keyword.value for keyword in decorator.keywords)]
        for part in parts:
            if isinstance(part, ast.NamedExpr):
                self._walrus(part, branches)

    def _walrus(self, node: ast.expr, branches: tuple[Branch, ...]) -> None:
        for part in descendants(node):
            match part:
                case ast.NamedExpr(ast.Name(name), value):
                    self.add(Binding(name, value, part.lineno, branches))
                case _:
                    continue

    def _delete(self, target: ast.expr, line: int, branches: tuple[Branch, ...]) -> None:
        match target:
            case ast.Name(name):
                self.add(Binding(name, None, line, branches, deleted=True))
            case ast.Tuple(items) | ast.List(items):
                for item in items:
                    self._delete(item, line, branches)
            case _:
                self._assign(target, None, line, branches)


class TypeAlias(ast.expr):
    """A `type X = value` statement as a bindable value, on every Python."""

    _fields = ()

    def __init__(self, statement: ast.stmt) -> None:
        super().__init__()
        self.statement = statement
        self.value: ast.expr = statement.value  # type: ignore[attr-defined]
        self.lineno = statement.lineno
        self.col_offset = statement.col_offset


class TypeParameter(ast.expr):
    """A PEP 695 type parameter as a bindable value, on every Python."""

    _fields = ()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def bind_type_parameters(bindings: Bindings, node: ast.AST) -> None:
    """Bind the `T` of `class Box[T]` and `def f[T]`; older Pythons parse no such thing."""
    for parameter in getattr(node, "type_params", ()):
        line = parameter.lineno
        bindings.add(Binding(parameter.name, TypeParameter(parameter.name), line))


def is_rescue(binding: Binding) -> bool:
    """Whether it counts only where the body of a `try` fails."""
    return any(arm.arm.startswith(HANDLER) for arm in binding.branches)


def exclusive(one: tuple[Branch, ...], other: tuple[Branch, ...]) -> bool:
    """Whether two places stand in different arms of one statement: only one of them runs."""
    for mine, theirs in zip(one, other, strict=False):
        if mine.statement != theirs.statement:
            return False
        if mine.arm != theirs.arm:
            return True
    return False


def _live(bindings: list[Binding]) -> tuple[list[Binding], list[Binding]]:
    """Drop what is certainly rebound later or deleted; fallbacks of what is bound come second."""
    live: list[Binding] = []
    for binding in bindings[-COUNTED:]:
        # A later binding hides an earlier one unless they exclude each other, or it stands deeper
        # in an open condition than the earlier binding.
        live = [earlier for earlier in live if not _hides(binding, earlier)]
        live.append(binding)
    live = [binding for binding in live if not binding.deleted]
    fallbacks = [b for b in live if any(arm.rank == FALLBACK for arm in b.branches)]
    return [b for b in live if all(arm.rank != FALLBACK for arm in b.branches)], fallbacks


def _hides(later: Binding, earlier: Binding) -> bool:
    if exclusive(later.branches, earlier.branches):
        return False
    outside = [arm for arm in later.branches if arm not in earlier.branches]
    return all(arm.rank == PREFERRED for arm in outside)


def walk_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement of a scope, through `if`, `try`, loops and so on, not into new scopes."""
    work = list(body)[::-1]
    while work:
        statement = work.pop()
        yield statement
        if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for part in (*getattr(statement, "cases", ()), *getattr(statement, "handlers", ()))[::-1]:
            work.extend(part.body[::-1])
        for name in ("finalbody", "orelse", "body"):
            work.extend(getattr(statement, name, ())[::-1])
