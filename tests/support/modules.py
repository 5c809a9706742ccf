"""Small modules of tasks and classes as data, and several ways to write each one down."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

#: A type: its head, then what is in it. `ref` has the number of a class.
Type = tuple[object, ...]

_LEAVES = ("int", "str", "float", "bool", "datetime")
_LITERALS = (("literal", "a"), ("literal", "a", "b"), ("literal", "b", "c"))


class Class(NamedTuple):
    """A class whose parts are fields, or the values of an enum."""

    kind: str
    fields: tuple[tuple[str, Type], ...]
    values: tuple[str, ...] = ()


class Task(NamedTuple):
    """A cached task with what it returns."""

    name: str
    returns: Type
    version: str


class Module(NamedTuple):
    """What is written into one file of classes and one of tasks."""

    classes: tuple[Class, ...]
    tasks: tuple[Task, ...]


class Style(NamedTuple):
    """How it is written; none of this changes what is stored."""

    optional: str = "Optional[{}]"
    quoted: bool = False
    postponed: bool = False
    defaults: bool = False
    backwards: bool = False
    renamed: bool = False
    adorned: bool = False
    package: bool = False
    quote: str = '"'


PLAIN = Style()
STYLES = st.builds(
    Style,
    optional=st.sampled_from(["Optional[{}]", "{} | None", "Union[{}, None]", "None | {}"]),
    quoted=st.booleans(),
    postponed=st.booleans(),
    defaults=st.booleans(),
    backwards=st.booleans(),
    renamed=st.booleans(),
    adorned=st.booleans(),
    package=st.booleans(),
    quote=st.sampled_from(['"', "'"]),
)


def types(classes: int) -> st.SearchStrategy[Type]:
    """Types that Flyte sends by structure wherever they stand."""
    leaves: list[Type] = [(leaf,) for leaf in _LEAVES]
    # Classes stand more often than all the rest, or few of them would be reached.
    leaves += [*_LITERALS, *[("ref", number) for number in range(classes)] * 4]

    def containers(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
        plain = inner.filter(lambda type_: type_[0] != "optional")
        return st.one_of(
            st.tuples(st.just("list"), inner),
            st.tuples(st.just("dict"), inner),
            st.tuples(st.just("optional"), plain),
        )

    return st.recursive(st.sampled_from(leaves), containers, max_leaves=3)


@st.composite
def modules(draw: st.DrawFn, kinds: tuple[str, ...] = ("dataclass", "pydantic", "enum")) -> Module:
    count = draw(st.integers(1, 4))
    classes = tuple(draw(_class(kinds, count)) for _ in range(count))
    reference = st.tuples(st.just("ref"), st.integers(0, count - 1))
    returned = draw(st.lists(st.one_of(reference, types(count)), min_size=1, max_size=3))
    tasks = [Task(f"t{i}", type_, f"1.{i}") for i, type_ in enumerate(returned)]
    return Module(classes, tuple(tasks))


@st.composite
def _class(draw: st.DrawFn, kinds: tuple[str, ...], count: int) -> Class:
    kind = draw(st.sampled_from(kinds))
    if kind == "enum":
        values = draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
        return Class(kind, (), tuple(values))
    names = draw(st.lists(st.sampled_from("pqrs"), min_size=1, unique=True))
    return Class(kind, tuple((name, draw(types(count))) for name in names))


@st.composite
def edited(draw: st.DrawFn, module: Module) -> Module:
    """The module with one class changed in one way that may matter."""
    index = draw(st.integers(0, len(module.classes) - 1))
    old = module.classes[index]
    if old.kind == "enum":
        values = draw(st.lists(st.sampled_from("abcde"), min_size=1, unique=True))
        new = old._replace(values=tuple(values))
    else:
        new = old._replace(fields=draw(_fields(old.fields, len(module.classes))))
    return module._replace(classes=(*module.classes[:index], new, *module.classes[index + 1 :]))


@st.composite
def _fields(
    draw: st.DrawFn, fields: tuple[tuple[str, Type], ...], count: int
) -> tuple[tuple[str, Type], ...]:
    match draw(st.sampled_from(["add", "remove", "retype", "rename"])):
        case "add":
            return (*fields, ("z", draw(types(count))))
        case "remove" if len(fields) > 1:
            return fields[:-1]
        case "rename":
            return (*fields[:-1], ("y", fields[-1][1]))
        case _:
            return (*fields[:-1], (fields[-1][0], draw(types(count))))


# -- writing -------------------------------------------------------------------------------------

_HEAD = """\
import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Optional, TypedDict, Union

import attrs
from pydantic import BaseModel
"""


def written(module: Module, style: Style = PLAIN) -> dict[str, str]:
    """The files of a module."""
    home = "shapes.forms" if style.package else "models"
    names = [_name(number, one, style) for number, one in enumerate(module.classes)]
    future = "from __future__ import annotations\n\n" if style.postponed else ""
    classes = "\n\n".join(_class_text(module, n, names, style) for n in range(len(names)))
    imported = f"from {home} import {', '.join(names)}\n"
    typing = "from datetime import datetime\nfrom typing import Literal, Optional, Union\n"
    tasks = "\n\n".join(_task_text(task, names, style) for task in module.tasks)
    files = {
        f"{home.replace('.', '/')}.py": f"{future}{_HEAD}\n\n{classes}\n",
        "tasks.py": f"{future}from flytekit import task\n{typing}{imported}\n\n{tasks}\n",
    }
    return {**files, "shapes/__init__.py": ""} if style.package else files


def _name(number: int, one: Class, style: Style) -> str:
    renamed = style.renamed and one.kind in {"dataclass", "pydantic"}
    return f"Form{number}" if renamed else f"C{number}"


def _type_text(type_: Type, names: list[str], style: Style) -> str:
    match type_:
        case ("ref", int(number)):
            return names[number]
        case ("list", inner):
            return f"list[{_inner(inner, names, style)}]"
        case ("dict", inner):
            return f"dict[str, {_inner(inner, names, style)}]"
        case ("optional", inner):
            return style.optional.format(_inner(inner, names, style))
        case ("literal", *values):
            return f"Literal[{', '.join(map(repr, values))}]"
        case _:
            return str(type_[0])


def _inner(type_: object, names: list[str], style: Style) -> str:
    assert isinstance(type_, tuple)
    return _type_text(type_, names, style)


def _annotation(type_: Type, names: list[str], style: Style) -> str:
    text = _type_text(type_, names, style)
    return f'"{text}"' if style.quoted and "'" not in text else text


_HEADS = {
    "dataclass": "@dataclass\nclass {}:",
    "pydantic": "class {}(BaseModel):",
    "enum": "class {}(enum.Enum):",
    "attrs": "@attrs.define\nclass {}:",
    "typeddict": "class {}(TypedDict):",
    "plain": "class {}:",
}


def _class_text(module: Module, number: int, names: list[str], style: Style) -> str:
    one = module.classes[number]
    lines = [_HEADS[one.kind].format(names[number])]
    if style.adorned:
        lines += [f'    """What is stored, part {number}."""', "    # kept as it is"]
    lines += [f"    M{value} = {value!r}" for value in one.values]
    ordered = reversed(one.fields) if style.backwards else one.fields
    default = " = None" if style.defaults and one.kind in {"dataclass", "pydantic"} else ""
    lines += [f"    {name}: {_annotation(type_, names, style)}{default}" for name, type_ in ordered]
    if style.adorned and one.kind != "typeddict":
        lines += ["", "    def told(self) -> str:", "        return str(self)"]
    return "\n".join(lines) + "\n"


def _task_text(task: Task, names: list[str], style: Style) -> str:
    version = f"{style.quote}{task.version}{style.quote}"
    options = ", retries=2" if style.adorned else ""
    doc = '    """Work."""\n' if style.adorned else ""
    returns = _annotation(task.returns, names, style)
    return (
        f"@task(cache=True, cache_version={version}{options})\n"
        f"def {task.name}(x: int) -> {returns}:\n{doc}    ...\n"
    )
