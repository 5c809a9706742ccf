"""What a task returns, as source text, and how it is laid out over files."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Tree = dict[str, str]


class Source(NamedTuple):
    """Declarations, the return annotation that uses them, and a value of it made from `x`."""

    declare: str
    type: str
    value: str


def both(make: Callable[[str], Source], before: str, after: str) -> tuple[Source, Source]:
    return make(before), make(after)


class Mutation(NamedTuple):
    """One edit of a source, and whether a bump is due for it.

    `wraps` tells whether the type may stand inside others, `due_in` the wrappers inside which a
    bump is due though it is not elsewhere; `needs` names a package beyond the test requirements.
    """

    id: str
    before: Source
    after: Source
    hazard: bool
    why: str
    wraps: bool = True
    needs: str = ""
    due_in: frozenset[str] = frozenset()


#: The two verdicts, as the tables of edits say them.
DUE, SILENT = True, False

#: The imports that a word in a source asks for.
IMPORTS = {
    "Annotated": "from typing import Annotated",
    "Any": "from typing import Any",
    "Api": "from google.protobuf.api_pb2 import Api",
    "Artifact": "from flytekit import Artifact",
    "BaseModel": "from pydantic import BaseModel",
    "ClassVar": "from typing import ClassVar",
    "ConfigDict": "from pydantic import ConfigDict",
    "DataClassJSONMixin": "from mashumaro.mixins.json import DataClassJSONMixin",
    "DataClassJsonMixin": "from dataclasses_json import DataClassJsonMixin",
    "Decimal": "from decimal import Decimal",
    "Dict": "from typing import Dict",
    "Enum": "from enum import Enum",
    "FieldInfo": "from pydantic import Field as FieldInfo",
    "Final": "from typing import Final",
    "FlyteDirectory": "from flytekit.types.directory import FlyteDirectory",
    "FlyteFile": "from flytekit.types.file import FlyteFile",
    "Generic": "from typing import Generic",
    "HashMethod": "from flytekit import HashMethod",
    "InitVar": "from dataclasses import InitVar",
    "IntEnum": "from enum import IntEnum",
    "Iterator": "from typing import Iterator",
    "List": "from typing import List",
    "Literal": "from typing import Literal",
    "NamedTuple": "from typing import NamedTuple",
    "NewType": "from typing import NewType",
    "Optional": "from typing import Optional",
    "PrivateAttr": "from pydantic import PrivateAttr",
    "RootModel": "from pydantic import RootModel",
    "Sequence": "from typing import Sequence",
    "SourceContext": "from google.protobuf.source_context_pb2 import SourceContext",
    "StructuredDataset": "from flytekit.types.structured import StructuredDataset",
    "Tuple": "from typing import Tuple",
    "TypeAlias": "from typing_extensions import TypeAlias",
    "TypeVar": "from typing import TypeVar",
    "TypedDict": "from typing_extensions import TypedDict",
    "UUID": "from uuid import UUID",
    "Union": "from typing import Union",
    "attr": "import attr",
    "attrs": "import attrs",
    "collections": "import collections",
    "computed_field": "from pydantic import computed_field",
    "dataclass": "from dataclasses import dataclass",
    "dataclasses": "import dataclasses",
    "date": "from datetime import date",
    "datetime": "from datetime import datetime",
    "field": "from dataclasses import field",
    "field_validator": "from pydantic import field_validator",
    "kwtypes": "from flytekit import kwtypes",
    "make_dataclass": "from dataclasses import make_dataclass",
    "msgspec": "import msgspec",
    "namedtuple": "from collections import namedtuple",
    "np": "import numpy as np",
    "npt": "import numpy.typing as npt",
    "os": "import os",
    "pathlib": "import pathlib",
    "pd": "import pandas as pd",
    "pydantic": "import pydantic",
    "time": "from datetime import time",
    "timedelta": "from datetime import timedelta",
    "timezone": "from datetime import timezone",
    "typing": "import typing",
    "uuid": "import uuid",
}

TASK = """
@task(cache=True, cache_version="1.0")
def produce(x: int) -> {type}:
    return {value}
"""


def names_in(declare: str) -> list[str]:
    """The top-level names that declarations bind."""
    names = []
    for node in ast.parse(declare).body:
        match node:
            case ast.ClassDef(name) | ast.AnnAssign(ast.Name(name)):
                names.append(name)
            case ast.Assign([ast.Name(name)]):
                names.append(name)
            case _:
                pass
    return sorted(set(names))


def imports_for(*texts: str) -> str:
    words = set(re.findall(r"(?<![.\w])[A-Za-z_]\w*", "\n".join(texts)))
    return "".join(f"{IMPORTS[word]}\n" for word in sorted(words & IMPORTS.keys()))


def flow(source: Source, *, head: str = "", declare: str = "", task: str = TASK) -> str:
    """The module with the task."""
    body = task.format(type=source.type, value=source.value)
    imports = imports_for(declare, body)
    return f"{head}{imports}from flytekit import task\n\n{declare}\n{body}"


def models(source: Source) -> str:
    """A module with the declarations alone."""
    return f"{imports_for(source.declare)}\n{source.declare}"


def single(source: Source) -> Tree:
    return {"flow.py": flow(source, declare=source.declare)}


def with_future(source: Source) -> Tree:
    head = "from __future__ import annotations\n"
    return {"flow.py": flow(source, head=head, declare=source.declare)}


def quoted(source: Source) -> Tree:
    return single(source._replace(type=repr(source.type)))


def package(source: Source, *, module: str = "models") -> Tree:
    return _with_models(source, f"app.{module}", {f"app/{module}.py": models(source)})


def renamed_module(source: Source) -> Tree:
    return package(source, module="entities")


def split(source: Source) -> Tree:
    """The declarations in a module beside that of the task, without a package."""
    names = ", ".join(names_in(source.declare))
    return {
        "flow.py": flow(source, head=f"from shapes import {names}\n"),
        "shapes.py": models(source),
    }


def relative(source: Source) -> Tree:
    return _with_models(source, ".models", {"app/models.py": models(source)})


def reexport(source: Source) -> Tree:
    names = ", ".join(names_in(source.declare))
    facade = f"from app.models.impl import {names}\n"
    files = {"app/models/__init__.py": facade, "app/models/impl.py": models(source)}
    return _with_models(source, "app.models", files)


def star(source: Source) -> Tree:
    text = flow(source, head="from app.models import *\n")
    return {"app/__init__.py": "", "app/flow.py": text, "app/models.py": models(source)}


def qualified(source: Source) -> Tree:
    """The declarations used through their module: `shapes.Stats`."""
    type_, value = source.type, source.value
    for name in names_in(source.declare):
        type_, value = (re.sub(rf"\b{name}\b", f"shapes.{name}", text) for text in (type_, value))
    text = flow(Source("", type_, value), head="import app.models as shapes\n")
    return {"app/__init__.py": "", "app/flow.py": text, "app/models.py": models(source)}


def _with_models(source: Source, module: str, files: Tree) -> Tree:
    head = f"from {module} import {', '.join(names_in(source.declare))}\n"
    return {"app/__init__.py": "", "app/flow.py": flow(source, head=head), **files}


def direct(source: Source) -> Source:
    return source


def in_list(source: Source) -> Source:
    return source._replace(type=f"list[{source.type}]", value=f"[{source.value}]")


def in_dict(source: Source) -> Source:
    return source._replace(type=f"dict[str, {source.type}]", value=f"{{'k': {source.value}}}")


def in_optional(source: Source) -> Source:
    return source._replace(type=f"Optional[{source.type}]")


def in_tuple(source: Source) -> Source:
    return source._replace(type=f"tuple[{source.type}, int]", value=f"({source.value}, 1)")


def in_field(source: Source) -> Source:
    holder = f"\n@dataclass\nclass Holder:\n    item: {source.type}\n    rank: int\n"
    return Source(source.declare + holder, "Holder", f"Holder(item={source.value}, rank=x)")


def in_deep_field(source: Source) -> Source:
    inside = in_field(source)
    shelf = f"{inside.declare}\n@dataclass\nclass Shelf:\n    holders: list[Holder]\n"
    return Source(shelf, "Shelf", f"Shelf(holders=[{inside.value}])")


WRAPPERS = {
    "direct": direct,
    "list": in_list,
    "dict": in_dict,
    "optional": in_optional,
    "tuple": in_tuple,
    "field": in_field,
    "deep": in_deep_field,
}

LAYOUTS = {
    "single": single,
    "future": with_future,
    "package": package,
    "relative": relative,
    "reexport": reexport,
    "star": star,
    "qualified": qualified,
}
