"""What the running Python says of the return annotation of `flow.produce` in a source tree."""

from __future__ import annotations

import dataclasses
import importlib
import types
import typing
from pathlib import Path
from typing import Any

from oracles import forkserver

#: Stands in for the SDK: what a task returns does not depend on who makes it a task.
SDK = "def task(function=None, **_):\n    return function or task\n"


def dump(trees: list[forkserver.Tree]) -> list[str]:
    """The spelled types, or the error of what does not import; each tree in its own process."""
    return forkserver.ask("hints_dump", [{"flytekit.py": SDK, **tree} for tree in trees])


def preload() -> None:
    """There is nothing to import early."""


def answer(tree: forkserver.Tree) -> str:
    forkserver.plant(tree, Path.cwd() / "tree")
    try:
        produce = importlib.import_module("flow").produce
        return spell(typing.get_type_hints(produce)["return"])
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        return forkserver.said(error)


def spell(type_: Any, within: tuple[Any, ...] = ()) -> str:
    """A type as sigclock spells it; the fields of a class behind its first mention."""
    if type_ in {type(None), None}:
        return "None"
    if type_ is Ellipsis:
        return "..."
    origin, args = typing.get_origin(type_), typing.get_args(type_)
    if origin in {typing.Union, types.UnionType}:
        return " | ".join(spell(arg, within) for arg in args)
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, args))}]"
    if origin is not None:
        return f"{_name(origin)}[{', '.join(spell(arg, within) for arg in args)}]"
    return _class(type_, within) if isinstance(type_, type) else _name(type_)


def _class(class_: type, within: tuple[Any, ...]) -> str:
    if class_ in within or not (dataclasses.is_dataclass(class_) or hasattr(class_, "_fields")):
        return _name(class_)
    hints = typing.get_type_hints(class_).items()
    fields = ", ".join(f"{name}: {spell(type_, (*within, class_))}" for name, type_ in hints)
    return f"{_name(class_)}({fields})"


def _name(class_: Any) -> str:
    module = class_.__module__
    name: str = getattr(class_, "__qualname__", None) or class_.__name__
    return name if module == "builtins" else f"{module}.{name.replace('.<locals>', '')}"
