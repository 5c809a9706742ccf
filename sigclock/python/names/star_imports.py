"""What `from module import *` brings: by `__all__` as the module builds it up, else by privacy."""

from __future__ import annotations

import ast

from sigclock.python.names.bindings import walk_statements
from sigclock.python.names.modules import Module

#: What a star import of a library may bind in Flyte projects; other stars of libraries stay unread.
#: Class families have their own.
LIBRARIES: dict[str, frozenset[str]] = {
    "typing": frozenset(
        """
        AbstractSet Annotated Any AnyStr AsyncContextManager AsyncGenerator
        AsyncIterable AsyncIterator Awaitable BinaryIO ByteString Callable ChainMap
        ClassVar Collection Concatenate Container ContextManager Coroutine Counter
        DefaultDict Deque Dict Final ForwardRef FrozenSet Generator Generic Hashable IO
        ItemsView Iterable Iterator KeysView List Literal LiteralString Mapping
        MappingView Match MutableMapping MutableSequence MutableSet NamedTuple Never
        NewType NoDefault NoReturn NotRequired Optional OrderedDict ParamSpec
        ParamSpecArgs ParamSpecKwargs Pattern Protocol ReadOnly Required Reversible Self
        Sequence Set Sized SupportsAbs SupportsBytes SupportsComplex SupportsFloat
        SupportsIndex SupportsInt SupportsRound TYPE_CHECKING Text TextIO Tuple Type
        TypeAlias TypeAliasType TypeGuard TypeIs TypeVar TypeVarTuple TypedDict Union
        Unpack ValuesView
        """.split()  # noqa: SIM905 - a name a line would be 85 lines
    ),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
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


def exports(module: Module, name: str) -> bool:
    """Whether a star import of a module brings `name`, if the module has it."""
    listed = _listed(module)
    return not name.startswith("_") if listed is None else name in listed


def is_listed(module: Module, name: str) -> bool:
    """Whether `__all__` names it: a star import then imports a submodule of that name."""
    return name in (_listed(module) or ())


def _listed(module: Module) -> set[str] | None:
    """The names in `__all__`; None where there is none, or where it takes a run to tell."""
    if "__all__" not in module.bindings.by_name:
        return None
    if module.listed is None:
        module.listed = (_read(module),)
    return module.listed[0]


def _read(module: Module) -> set[str] | None:
    names: set[str] = set()
    for statement in walk_statements(module.source.tree.body):
        match statement:
            case ast.Assign([ast.Name("__all__")], value) | ast.AnnAssign(
                ast.Name("__all__"), _, ast.expr() as value
            ):
                added = _texts(value)
                names = set()
            case ast.AugAssign(ast.Name("__all__"), ast.Add(), value):
                added = _texts(value)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("__all__"), "extend"), [value])):
                added = _texts(value)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("__all__"), "append"), [value])):
                added = _texts(ast.List([value]))
            case _:
                continue
        if added is None:
            return None
        names |= added
    return names


def _texts(node: ast.expr) -> set[str] | None:
    """The strings of a list or tuple, or of a sum of them."""
    match node:
        case ast.List(items) | ast.Tuple(items):
            texts = [item.value for item in items if isinstance(item, ast.Constant)]
            names = {text for text in texts if isinstance(text, str)}
            return names if len(texts) == len(items) else None
        case ast.BinOp(_, ast.Add(), _):
            parts = list(map(_texts, _summands(node)))
            return None if None in parts else set().union(*filter(None, parts))
        case _:
            return None


def _summands(node: ast.expr) -> list[ast.expr]:
    """A, B and C of `A + B + C`."""
    summands: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        summands.append(node.right)
        node = node.left
    return [node, *summands]
