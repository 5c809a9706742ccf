"""Which signature the guard takes: the lock's where it can, else that of the imported objects."""

from __future__ import annotations

import importlib
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.projects import COUNT, FIT, STATS, Project

from sigclock.guard import signature
from sigclock.guard.live_types import lines_of
from sigclock.guard.signature import Signature
from sigclock.project.accepting import accept
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Flytekit's decorator does nothing here, and importing it takes seconds.
FLYTEKIT = "def task(**settings):\n    return lambda function: function\n"
#: A process that begins later than anything is written.
LATER = 2**63


@pytest.fixture
def repo(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "repo", {"stats.py": STATS, "flow.py": FIT})


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Imports start in the repository, with a flytekit that is quick."""
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk/flytekit.py").write_text(FLYTEKIT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "sdk")
    monkeypatch.syspath_prepend(tmp_path / "repo")
    known = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_theirs(name)}
    yield
    for name in list(sys.modules):
        if _is_theirs(name):
            del sys.modules[name]
    sys.modules.update(known)


def _is_theirs(name: str) -> bool:
    return name.partition(".")[0] in {"flow", "stats", "flytekit"}


def fit() -> Callable[..., object]:
    """The task as this moment's sources have it."""
    importlib.invalidate_caches()
    for name in ("flow", "stats"):
        sys.modules.pop(name, None)
    function: Callable[..., object] = importlib.import_module("flow").fit
    return function


def signed(function: Callable[..., object], start: int = LATER) -> Signature:
    returned: Any = function.__annotations__["return"]
    return signature.of_function(function, {"o0": returned}, start)


def test_it_is_that_of_the_source(repo: Project) -> None:
    assert signed(fit()).name == f"s1.{repo.lock.snapshot.tasks['flow.fit'].signature}"


def test_what_was_accepted_as_the_same_stays(repo: Project) -> None:
    before = signed(fit())
    repo.write("stats.py", STATS + COUNT)
    assert signed(fit()).name != before.name
    accept(str(repo.path), Overrides(), ("flow.fit",), (), "the same")
    assert signed(fit()).name == before.name


def test_a_source_that_changed_since_the_process_began_is_not_asked(repo: Project) -> None:
    function = fit()
    began = time.time_ns() - 3600 * 10**9
    assert signed(function, began).name.startswith("l1.")
    repo.write("stats.py", STATS + COUNT)
    assert signed(function, began) == signed(function, began)
    assert "o0.count: int" not in signed(function, began).lines


def test_outside_of_a_repository_the_objects_are_asked(tmp_path: Path) -> None:
    place = tmp_path / "repo"
    place.mkdir()
    (place / "flow.py").write_text(FIT, encoding="utf-8")
    (place / "stats.py").write_text(STATS, encoding="utf-8")
    assert signed(fit()).name.startswith("l1.")


@pytest.mark.usefixtures("repo")
def test_another_interface_than_the_sources_is_asked_of_the_objects() -> None:
    found = signature.of_function(fit(), {"model": int, "loss": float}, LATER)
    assert found.lines == ("loss: float", "model: int")


def test_a_part_that_cannot_be_followed_is_asked_of_the_objects(repo: Project) -> None:
    made = "from stats import Stats\ndef kind():\n    return globals()['Stats']\nKind = kind()\n"
    repo.write(
        "flow.py", FIT.replace("from stats import Stats\n", made).replace("-> Stats", "-> Kind")
    )
    assert signed(fit()).lines == ("o0.mean: float", "o0: class")


# -- objects -----------------------------------------------------------------------------------

HEAD = """
from __future__ import annotations
import enum
from dataclasses import dataclass, field
from typing import *
from pydantic import BaseModel, Field
"""
ONE = "@dataclass\nclass A:\n    x: int\n    y: str = ''\n"
PLAIN = "class A:\n    def __init__(self):\n        self.x = 1\n"
TUPLE = "class A(NamedTuple):\n    x: int\n    y: int\n"
COLOR = "class A(str, enum.Enum):\n    RED = 'red'\n    BLUE = 'blue'\n"
MODEL = "class A(BaseModel):\n    x: int\n    y: int = 0\n"
#: Declarations before and after, and the type in which `A` stands.
SAME = {
    "docstring": (ONE, ONE.replace("class A:\n", 'class A:\n    "What."\n'), "A"),
    "default": (ONE, ONE.replace("''", "'y'"), "A"),
    "order": (ONE, "@dataclass\nclass A:\n    y: str\n    x: int\n", "A"),
    "renamed": (ONE, ONE.replace("class A", "class B") + "A = B\n", "list[A]"),
    "method": (ONE, ONE + "    def f(self): return 1\n", "A"),
    "spelling": ("A = Optional[int]\n", "A = int | None\n", "A"),
    "order of a union": ("A = Union[int, str]\n", "A = Union[str, int]\n", "A"),
    "order of an enum": (
        COLOR,
        COLOR.replace("RED = 'red'", "").replace("'blue'\n", "'blue'\n    RED = 'red'\n"),
        "A",
    ),
    "description": (MODEL, MODEL.replace("= 0", "= Field(0, description='y')"), "A"),
    "metadata": (ONE, ONE.replace("= ''", "= field(default='', metadata={'unit': 's'})"), "A"),
    "method of a pickled class": (PLAIN, PLAIN + "    def f(self): return 1\n", "A"),
    "order of a slotted class": (
        "import attrs\n@attrs.define\nclass A:\n    x: int\n    y: int\n",
        "import attrs\n@attrs.define\nclass A:\n    y: int\n    x: int\n",
        "A",
    ),
    "newtype renamed": ("A = NewType('A', int)\n", "A = NewType('B', int)\n", "A"),
    "recursive": (
        text := "@dataclass\nclass A:\n    x: Optional[A]\n",
        text.replace("class A:\n", 'class A:\n    "What."\n'),
        "A",
    ),
}
OTHER = {
    "added": (ONE, ONE + "    z: int = 0\n", "A"),
    "retyped": (ONE, ONE.replace("x: int", "x: float"), "A"),
    "inside": (ONE, ONE + "    z: int = 0\n", "dict[str, list[Optional[A]]]"),
    "in a tuple": (ONE, ONE + "    z: int = 0\n", "tuple[A, int]"),
    "alias": (ONE, ONE.replace("= ''", "= field(default='', metadata={'alias': 'z'})"), "A"),
    "attribute": (PLAIN, PLAIN + "        self.y = 2\n", "A"),
    "attribute of a helper": (PLAIN, PLAIN + "    def f(self):\n        self.y = 2\n", "A"),
    "parameter": (
        "class A:\n    def __init__(self, x: int):\n        self.x = x\n",
        "class A:\n    def __init__(self, x: str):\n        self.x = x\n",
        "A",
    ),
    "pickled class renamed": (PLAIN, PLAIN.replace("class A", "class B") + "A = B\n", "A"),
    "order of a pickled tuple": (TUPLE, TUPLE.replace("x: int\n    y", "y: int\n    x"), "set[A]"),
    "enum": (COLOR, COLOR + "    GREEN = 'green'\n", "A"),
    "order of an enum in a union": (
        COLOR,
        COLOR.replace("RED = 'red'", "").replace("'blue'\n", "'blue'\n    RED = 'red'\n"),
        "Optional[A]",
    ),
    "literal": ("A = Literal['a']\n", "A = Literal['a', 'b']\n", "A"),
    "newtype": ("A = NewType('A', int)\n", "A = NewType('A', str)\n", "A"),
    "typed dict": ("class A(TypedDict):\n    x: int\n", "class A(TypedDict):\n    y: int\n", "A"),
    "model": (MODEL, MODEL + "    z: int = 0\n", "A"),
    "excluded": (MODEL, MODEL.replace("= 0", "= Field(0, exclude=True)"), "A"),
    "base": (
        "@dataclass\nclass P:\n    a: int\n@dataclass\nclass A(P):\n    x: int\n",
        "@dataclass\nclass P:\n    b: int\n@dataclass\nclass A(P):\n    x: int\n",
        "A",
    ),
    "recursive": (
        "@dataclass\nclass A:\n    x: Optional[A]\n",
        "@dataclass\nclass A:\n    x: Optional[A]\n    y: int = 0\n",
        "A",
    ),
}


def lines(declare: str, type_: str) -> list[str]:
    """The lines of a type, in a module of its own."""
    module = type(sys)("objects")
    sys.modules["objects"] = module
    try:
        exec(compile(HEAD + declare, "<objects>", "exec"), vars(module))  # noqa: S102 - a table's
        return lines_of({"o0": eval(type_, vars(module))})  # noqa: S307 - likewise
    finally:
        del sys.modules["objects"]


@pytest.mark.parametrize("edit", SAME)
def test_objects_that_store_the_same_are_the_same(edit: str) -> None:
    before, after, type_ = SAME[edit]
    assert lines(before, type_) == lines(after, type_)


@pytest.mark.parametrize("edit", OTHER)
def test_objects_that_store_another_thing_differ(edit: str) -> None:
    before, after, type_ = OTHER[edit]
    assert lines(before, type_) != lines(after, type_)
