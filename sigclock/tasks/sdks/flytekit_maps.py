"""Flyte 1: map tasks with metadata of their own; others live and die with what they map over.

Names and interfaces are those of flytekit/core/array_node_map_task.py and legacy_map_task.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container

import msgspec

from sigclock.interface.snapshot import Sdk
from sigclock.python.names.scopes import FunctionSymbol
from sigclock.python.names.unparse import str_of
from sigclock.python.values.values import Called, Constant, Items, Known, Partial, Table, Value
from sigclock.tasks.declaration import (
    Declaration,
    arguments,
    function_in,
    identity,
    metadata_setting,
    unless_none,
)

#: A file that holds none of these cannot declare a task by itself.
MARKERS = (b"flytekit", b"union")

#: Where the SDK's own names are imported from.
HOMES = ("flytekit.", "union.", "unionai.")
#: A call within an expression is looked at if its name has one of these, in lower case.
WORDS = ("task",)


class _Maker(msgspec.Struct, frozen=True):
    """Parameters by position, and the ratio of successes where none is given."""

    positions: tuple[str, ...]
    ratio: str = "None"
    legacy: bool = False


_MAKERS = {
    "map_task": _Maker(("target", "concurrency", "min_successes", "min_success_ratio"), "1.0"),
    "array_node_map_task": _Maker(("target", "concurrency", "min_success_ratio"), "1.0"),
    "ArrayNodeMapTask": _Maker(
        (
            *("target", "concurrency", "min_successes", "min_success_ratio"),
            *("bound_inputs", "bound_inputs_values"),
        )
    ),
    "MapPythonTask": _Maker(
        ("target", "concurrency", "min_success_ratio", "bound_inputs"), legacy=True
    ),
    "map": _Maker(
        ("target", "bound_inputs", "concurrency", "min_successes", "min_success_ratio"), "1.0"
    ),
}
#: What else the first parameter is called.
_TARGETS = ("target", "task_function", "python_function_task")
#: What flytekit maps over that is no function: tasks of a class, known by its name.
_INSTANCES = "Task"


def declare(call: Called, _decorators: Container[str] = frozenset(), /) -> Declaration | None:
    """The map task that a call makes, if it does not share the metadata of its target."""
    maker = _maker(call.callee)
    if maker is None:
        return None
    args = arguments(call, maker.positions)
    metadata = unless_none(args.get("metadata"))
    target = next((args[name] for name in _TARGETS if name in args), None)
    partial = target.keywords if isinstance(target, Partial) else {}
    target = target.callee if isinstance(target, Partial) else target
    function = function_in(target)
    if metadata is None or (function is None and not _is_instance(target)):
        return None
    bound = frozenset((*partial, *_names(args, "bound_inputs", "bound_inputs_values")))
    setting, version, remarks = metadata_setting(metadata)
    return Declaration(
        Sdk.FLYTEKIT,
        setting,
        version,
        function,
        name=_name(function, bound, maker, args) if function else f"{{{identity(call)}}}",
        ambiguous=function is None,
        bound=bound,
        optional_items=_ratio(maker, args) not in {"None", "1", "1.0"},
        remarks=remarks,
    )


def is_factory(value: Value, _decorators: Container[str] = frozenset(), /) -> bool:
    """Whether the value makes a map task of a task."""
    match value:
        case Known():
            return _maker(value) is not None
        case Partial(callee):
            return _maker(callee) is not None
        case _:
            return False


def _maker(callee: Value) -> _Maker | None:
    match callee:
        case Known(dotted) if dotted.startswith(HOMES):
            home, _, last = dotted.rpartition(".")
        case _:
            return None
    if last == "map" and not home.startswith("union"):
        return None
    legacy = home.endswith(".legacy_map_task") and last in _MAKERS
    return _MAKERS["MapPythonTask"] if legacy else _MAKERS.get(last)


def _is_instance(target: Value | None) -> bool:
    match target:
        case Called(Known(dotted)):
            return dotted.startswith(HOMES) and dotted.endswith(_INSTANCES)
        case _:
            return False


def _names(args: dict[str, Value], *parameters: str) -> list[str]:
    """The inputs that a set of names or a table of values binds."""
    names: list[str] = []
    for parameter in parameters:
        match args.get(parameter):
            case Table(items):
                names += items
            case Items(items):
                names += [str_of(item.value) for item in items if isinstance(item, Constant)]
            case _:
                pass
    return names


def _ratio(maker: _Maker, args: dict[str, Value]) -> str:
    return identity(args["min_success_ratio"]) if "min_success_ratio" in args else maker.ratio


def _name(
    function: FunctionSymbol, bound: frozenset[str], maker: _Maker, args: dict[str, Value]
) -> str:
    numbers = [
        identity(args[name]) if name in args else "None"
        for name in ("concurrency", "min_successes")
    ]
    settings = "" if maker.legacy else "".join((*numbers, _ratio(maker, args)))
    digest = hashlib.md5(f"{','.join(sorted(bound))}{settings}".encode(), usedforsecurity=False)
    module = function.scope.module
    prefix = f"{module.name}.__init__" if module.is_package else module.name
    suffix = "" if maker.legacy else "-arraynode"
    return f"{prefix}.map_{function.node.name}_{digest.hexdigest()}{suffix}".lstrip(".")
