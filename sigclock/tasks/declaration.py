"""A declaration of a task: one struct for every SDK and every way to declare."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import msgspec

from sigclock.interface.snapshot import (
    DISABLED,
    CacheKind,
    CacheSetting,
    Disregard,
    IgnoredSetting,
    Sdk,
)
from sigclock.interface.types import Type
from sigclock.python.names.scopes import ClassSymbol, FunctionSymbol, Scope
from sigclock.python.names.unparse import line_of, str_of
from sigclock.python.values.values import (
    Called,
    Code,
    Computed,
    Constant,
    Items,
    Known,
    Member,
    Table,
    Value,
    truth,
)


class Written(msgspec.Struct, frozen=True, eq=False):
    """A type as it is written somewhere, to be read in `scope`."""

    node: ast.expr
    scope: Scope


Part = Written | Type

#: What flytekit's `TaskMetadata` takes by position, as far as it counts here.
METADATA = ("cache", "cache_serialize", "cache_version", "cache_ignore_input_vars")


#: The policy whose version is the output signature, and how that is told in a setting.
_POLICY = "sigclock.flyte.SignaturePolicy("
_FOLLOWS = "follows"
#: Characters of an expression that nobody puts into a version.
_IN_SOURCE = frozenset("()[]{}'\" ")


class Declaration(msgspec.Struct, frozen=True, eq=False):
    """One task as declared.

    `function` is what it is made of, `outside` the name of one that is not in the tree; a task
    without either has `inputs` and `outputs` by name, or None where they cannot be read. `name` is
    Flyte's full name where the declaration itself gives it; else it follows from module and
    function. It is `ambiguous` if only a run can tell the name.
    `version` is the value in which the version stands. `bound` is set for map tasks: the inputs
    that are not lists; `optional_items` tells that its list of outputs may hold None. `remarks` are
    about the declaration itself. `node` is the call that makes it, if there is one.
    `returns` is what a decorator below the task's own makes the return annotation.
    """

    sdk: Sdk
    setting: CacheSetting
    version: Value | None = None
    function: FunctionSymbol | None = None
    name: str | None = None
    ambiguous: bool = False
    inputs: dict[str, Part] | None = None
    outputs: dict[str, Part] | None = None
    bound: frozenset[str] | None = None
    pickle_untyped: bool = False
    ignored_inputs: tuple[str, ...] = ()
    remarks: tuple[IgnoredSetting, ...] = ()
    optional_items: bool = False
    node: ast.Call | None = None
    outside: str | None = None
    returns: Written | None = None


def is_on(value: Value | None) -> bool:
    """Whether a switch is on, or may be: what cannot be read counts as on."""
    return truth(value) is not False


def unless_none(value: Value | None) -> Value | None:
    """An argument, or None where it is left out or the literal None."""
    return None if isinstance(value, Constant) and value.value is None else value


def pinned_or_computed(version: Value | None) -> CacheSetting:
    """The setting of a task that is cached under an explicit version."""
    match version:
        case Constant(value, path):
            return CacheSetting(CacheKind.PINNED if path else CacheKind.COMPUTED, str_of(value))
        case None:
            return CacheSetting(CacheKind.AUTOMATIC, "default policies")
        case _:
            return CacheSetting(CacheKind.COMPUTED, identity(version))


def unknown_setting(what: Value | str) -> CacheSetting:
    """The setting of a task that may be cached, under a version that cannot be read."""
    return CacheSetting(CacheKind.UNKNOWN, what if isinstance(what, str) else identity(what))


def metadata_setting(
    metadata: Value | None, *, open_: bool = False
) -> tuple[CacheSetting, Value | None, tuple[IgnoredSetting, ...]]:
    """Setting, version and remarks of `TaskMetadata(cache=True, cache_version="1")`.

    Where there is none, a call that is `open` may pass some.
    """
    if metadata is None:
        return unknown_setting("**") if open_ else DISABLED, None, ()
    if not isinstance(metadata, Called) or not _is_metadata(metadata.callee):
        return unknown_setting(metadata), None, ()
    args = arguments(metadata, METADATA)
    version = unless_none(args.get("cache_version"))
    if metadata.open and version is None:
        switch = args.get("cache")
        if switch is None or is_on(switch):
            return unknown_setting(metadata), None, ()
    if metadata.open and "cache" not in args:
        return pinned_or_computed(version), version, ()
    if "cache" not in args or not is_on(args["cache"]):
        forgotten = version if "cache" not in args else None
        return DISABLED, None, not_switched_on(forgotten)
    return pinned_or_computed(version), version, ()


def not_switched_on(version: Value | None) -> tuple[IgnoredSetting, ...]:
    """What to remark where `cache=True` is missing: a version, if there is one, has no effect."""
    setting = IgnoredSetting(Disregard.NOT_SWITCHED_ON, ("cache_version",), "cache=True")
    return (setting,) if version is not None else ()


def dropped(args: Mapping[str, Value], by: str, instead: str = "") -> tuple[IgnoredSetting, ...]:
    """What to remark where a maker ignores the cache arguments in `args`."""
    present = tuple(sorted({"cache", "cache_version"} & args.keys()))
    return (IgnoredSetting(Disregard.DROPPED, present, by, instead),) if present else ()


def _is_metadata(callee: Value) -> bool:
    return isinstance(callee, Known) and callee.dotted.rpartition(".")[2] == "TaskMetadata"


def automatic(policies: Value | None, salt: Value | None, default: str) -> CacheSetting:
    """The setting of a task whose version its policies make up."""
    parts = [default if policies is None else identity(policies)]
    if salt is not None and not (isinstance(salt, Constant) and not salt.value):
        parts.append(f"salt={identity(salt)}")
    return CacheSetting(CacheKind.AUTOMATIC, " ".join(parts))


def names_of(value: Value | None) -> tuple[str, ...]:
    """The strings of `ignored_inputs="x"` or `("x", "y")`."""
    match value:
        case Constant(str(name)):
            return (name,)
        case Items(items):
            return tuple(str_of(item.value) for item in items if isinstance(item, Constant))
        case _:
            return ()


def function_in(value: Value | None) -> FunctionSymbol | None:
    """The function of the tree that a value is, below decorators that are not known."""
    match value:
        case Code(FunctionSymbol() as symbol):
            return symbol
        case Called(callee, (first,)) if isinstance(callee, (Known, Called, Code)):
            return function_in(first)
        case _:
            return None


def is_object(value: Value) -> bool:
    """Whether a value is there, known or not; a parameter only stands for values to come."""
    match value:
        case Constant():
            return False
        case Computed(source):
            return not isinstance(source, ast.Name)
        case _:
            return True


def outside_in(value: Value | None) -> str | None:
    """The dotted name of another package's function that a value is, below unknown decorators."""
    match value:
        case Known(dotted):
            return dotted
        case Called(callee, (first,)) if isinstance(callee, (Known, Called, Code)):
            return outside_in(first)
        case _:
            return None


def arguments(call: Called, positions: tuple[str, ...]) -> dict[str, Value]:
    """The arguments of a call by name; `positions` are the names of those without."""
    return {**dict(zip(positions, call.args, strict=False)), **call.keywords}


def argument_node(call: Called, name: str, positions: tuple[str, ...]) -> Written | None:
    """An argument as it is written in the call itself."""
    if call.node is None or call.scope is None:
        return None
    for keyword in call.node.keywords:
        if keyword.arg == name:
            return Written(keyword.value, call.scope)
    index = positions.index(name) if name in positions else len(call.node.args)
    return Written(call.node.args[index], call.scope) if index < len(call.node.args) else None


def typed(value: Value | None) -> dict[str, Part] | None:
    """`kwtypes(x=int)`, `{"x": int}`, `dict(x=int)`: types by name, None if it cannot be read."""
    match value:
        case None | Constant(None):
            return {}
        case Table(items, node, scope) if scope is not None and node is not None:
            written = _entries(node, tuple(items))
            types = {name: written[name] for name in items if name in written}
            if types.keys() != items.keys():
                return None
            return {name: Written(_type_in(entry), scope) for name, entry in types.items()}
        case Called(Known(dotted), _, _, _, ast.Call() as node, False, Scope() as scope):
            if dotted.rpartition(".")[2] not in {"kwtypes", "OrderedDict"} or node.args:
                return None
            return {k.arg: Written(k.value, scope) for k in node.keywords if k.arg is not None}
        case _:
            return None


def _entries(node: ast.Dict | ast.Call, names: tuple[str, ...]) -> dict[str, ast.expr]:
    """The written types by name; `names` are the keys as they evaluate, in order."""
    if isinstance(node, ast.Call):
        return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    if len(names) == len(node.keys) and None not in node.keys:
        return dict(zip(names, node.values, strict=True))
    pairs = zip(node.keys, node.values, strict=True)
    return {str(k.value): v for k, v in pairs if isinstance(k, ast.Constant)}


def _type_in(entry: ast.expr) -> ast.expr:
    """The type of `(int, 3)`, a type with a default."""
    return entry.elts[0] if isinstance(entry, ast.Tuple) and len(entry.elts) > 1 else entry


def follow_signature(setting: CacheSetting, signature: str, seen: str) -> CacheSetting:
    """The setting, whose version now includes what changes the cache key without an edit.

    That is the output `signature` under sigclock's own policy, and on Flyte 2 what the SDK's key
    has `seen` of the outputs ("" on Flyte 1). A version that is written in the source stays as it
    is: the lock records which signature it was issued with.
    """
    if setting.kind is CacheKind.AUTOMATIC and _POLICY in (setting.version or ""):
        seen = signature
    if not seen or setting.kind is not CacheKind.AUTOMATIC:
        return setting
    return CacheSetting(setting.kind, f"{setting.version} {_FOLLOWS} {seen[:12]}")


def follows(setting: CacheSetting) -> bool:
    """Whether a version moves with the signature by itself, as far as the SDK's key sees it."""
    return setting.kind is CacheKind.AUTOMATIC and f" {_FOLLOWS} " in (setting.version or "")


def is_read(setting: CacheSetting) -> bool:
    """Whether the version itself is known, and not only what it is computed from.

    A setting that was locked has nothing but its text: a version that folded reads as a version, an
    expression that did not as source.
    """
    match setting.kind:
        case CacheKind.UNKNOWN:
            return False
        case CacheKind.COMPUTED:
            text = setting.version or ""
            parts = text.split(".")
            dotted = len(parts) > 1 and all(map(str.isidentifier, parts))
            return not (dotted or _IN_SOURCE.intersection(text))
        case _:
            return True


def identity(value: Value) -> str:
    """How a computed version is known: its folded value, else its text with what it reads."""
    match value:
        case Constant(constant):
            return str_of(constant)
        case Computed(folded=str(folded)):
            return folded
        case Computed(text=text, reads=reads):
            shown = ", ".join(f"{name}={constant}" for name, constant in reads)
            return f"{text} [{shown}]" if reads else text
        case Known(dotted):
            return dotted
        case Member(owner, name):
            return f"{identity(owner)}.{name}"
        case Called(callee, args, keywords):
            named = [f"{key}={identity(item)}" for key, item in sorted(keywords.items())]
            return f"{identity(callee)}({', '.join([*map(identity, args), *named])})"
        case Items(items):
            return f"[{', '.join(map(identity, items))}]"
        case Table(items):
            return f"{{{', '.join(f'{key}={identity(v)}' for key, v in sorted(items.items()))}}}"
        case Code(FunctionSymbol(node=ast.FunctionDef("<lambda>", args, [ast.Return(value=body)]))):
            return line_of(ast.Lambda(args, body or ast.Constant(None)))
        case Code(FunctionSymbol() | ClassSymbol() as symbol):
            return symbol.node.name
        case _:
            return type(value).__name__.lower()


__all__ = [
    "DISABLED",
    "METADATA",
    "Declaration",
    "Part",
    "Written",
    "argument_node",
    "arguments",
    "automatic",
    "dropped",
    "function_in",
    "identity",
    "is_object",
    "is_on",
    "metadata_setting",
    "names_of",
    "not_switched_on",
    "outside_in",
    "pinned_or_computed",
    "typed",
    "unknown_setting",
    "unless_none",
]
