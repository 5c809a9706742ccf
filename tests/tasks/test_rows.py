from __future__ import annotations

import functools
from typing import NamedTuple

import msgspec
import pytest
from oracles import flyte_dump, flytekit_dump
from oracles.forkserver import TOGETHER
from support.memory import InMemory

from sigclock.flyte.literal_types import on_flyte, type_text
from sigclock.incremental.growing import Growing
from sigclock.incremental.readings import Readings
from sigclock.interface.remote_key import remote_view
from sigclock.interface.snapshot import CacheKind, Field, Sdk, Task
from sigclock.interface.types import Unresolved
from sigclock.tasks.extract import Options, extract
from tasks import flyte_rows, flytekit_rows

Tree = dict[str, str]


class Seen(NamedTuple):
    """A task as the SDK has it, or as sigclock says that the SDK has it."""

    cached: bool
    version: str | None
    outputs: tuple[str, ...]


def found(tree: Tree) -> dict[str, Seen]:
    tasks = extract(InMemory(tree)).snapshot.tasks
    return {name: _seen(task) for name, task in tasks.items() if "@" not in name}


def _seen(task: Task) -> Seen:
    version = task.cache.version if task.cached else None
    if task.cache.kind is CacheKind.AUTOMATIC:
        version = "automatic"
    return Seen(task.cached, version, tuple(sorted(field.name for field in task.outputs)))


ALL = {f"flytekit: {row}": tree for row, tree in flytekit_rows.ROWS.items()}
ALL |= {f"flyte: {row}": tree for row, tree in flyte_rows.ROWS.items()}


@functools.cache
def flytekit_says() -> dict[str, flytekit_dump.Dump]:
    dumps = flytekit_dump.dump([*flytekit_rows.ROWS.values()], TOGETHER)
    return dict(zip(flytekit_rows.ROWS, dumps, strict=True))


@functools.cache
def flyte_says() -> dict[str, flyte_dump.Dump]:
    dumps = flyte_dump.dump([*flyte_rows.ROWS.values()], TOGETHER)
    return dict(zip(flyte_rows.ROWS, dumps, strict=True))


def flytekit_tasks(row: str) -> dict[str, Seen]:
    tasks = flytekit_says()[row].tasks
    versions = {task.cache_version for task in tasks if task.kind != "ArrayNodeMapTask"}
    return {
        task.name: Seen(
            task.cached,
            _version(task.cache_version, cached=task.cached),
            tuple(sorted(task.outputs)),
        )
        for task in tasks
        # ShellTask makes a helper of its own; a map task has its task's metadata unless given some.
        if "._bash." not in f".{task.name}"
        and not (task.kind == "ArrayNodeMapTask" and task.cache_version in versions)
    }


def types_read(tree: Tree) -> dict[str, tuple[str, str]]:
    """Inputs and outputs of every task in the words of the remote key."""
    found = extract(InMemory(tree)).snapshot
    return {
        name: (
            remote_view(task.inputs, found.definitions, Sdk.FLYTEKIT),
            remote_view(task.outputs, found.definitions, Sdk.FLYTEKIT),
        )
        for name, task in found.tasks.items()
        if "@" not in name
    }


def flytekit_types(row: str) -> dict[str, tuple[str, str]]:
    return {
        task.name: (_told(task.inputs), _told(task.outputs)) for task in flytekit_says()[row].tasks
    }


def flyte_types_read(tree: Tree) -> dict[str, tuple[list[str], list[str]]]:
    found = extract(InMemory(tree)).snapshot

    def texts(fields: tuple[Field, ...]) -> list[str]:
        return sorted(f"{one.name}: {on_flyte(one.type, found.definitions)}" for one in fields)

    return {
        name: (texts(task.inputs), texts(task.outputs))
        for name, task in found.tasks.items()
        if "@" not in name
    }


def flyte_types(row: str) -> dict[str, tuple[list[str], list[str]]]:
    def texts(variables: dict[str, flyte_dump.Json]) -> list[str]:
        return sorted(
            f"{name}: {type_text(type_, deep=False)}" for name, type_ in variables.items()
        )

    return {
        task.name: (texts(task.inputs), texts(task.outputs)) for task in flyte_says()[row].tasks
    }


def _told(variables: dict[str, flytekit_dump.Json]) -> str:
    return "; ".join(sorted(f"{name}: {type_text(type_)}" for name, type_ in variables.items()))


def flyte_tasks(row: str) -> dict[str, Seen]:
    return {
        task.name: Seen(
            task.cached, _version(task.version, cached=task.cached), tuple(sorted(task.outputs))
        )
        for task in flyte_says()[row].tasks
    }


def _version(version: str | None, *, cached: bool) -> str | None:
    if not cached:
        return None
    return "automatic" if version is not None and len(version) == 64 else version


@pytest.mark.parametrize("row", sorted(flytekit_rows.ROWS.keys() - flytekit_rows.REFUSED))
def test_flytekit_has_the_tasks_that_are_found(row: str) -> None:
    assert found(flytekit_rows.ROWS[row]) == flytekit_tasks(row) | COMPUTED.get(row, {})


#: What a library's function takes and gives is known by its name alone.
OUTSIDE = {row for row in (*flytekit_rows.ROWS, *flyte_rows.ROWS) if "of a library" in row}


@pytest.mark.parametrize("row", sorted(flytekit_rows.ROWS.keys() - flytekit_rows.REFUSED - OUTSIDE))
def test_flytekit_has_the_types_that_are_read(row: str) -> None:
    read = types_read(flytekit_rows.ROWS[row])
    assert read == {name: text for name, text in flytekit_types(row).items() if name in read}


#: It is read as a class that is pickled, and Flyte 2 sends it by structure.
PICKLED = {"NamedTuple's subclass"}


SPELLED = flyte_rows.REFUSED | PICKLED | OUTSIDE


@pytest.mark.parametrize("row", sorted(flyte_rows.ROWS.keys() - SPELLED))
def test_flyte_has_the_types_that_are_read(row: str) -> None:
    assert flyte_types_read(flyte_rows.ROWS[row]) == flyte_types(row)


@pytest.mark.parametrize("row", sorted(flyte_rows.ROWS.keys() - flyte_rows.REFUSED))
def test_flyte_has_the_tasks_that_are_found(row: str) -> None:
    assert found(flyte_rows.ROWS[row]) == flyte_tasks(row)


@pytest.mark.parametrize("tree", ALL.values(), ids=ALL)
def test_reading_file_by_file_finds_the_same_tasks(tree: Tree) -> None:
    growing = Growing(Options(), lambda path: tree[path].encode(), Readings())
    read = growing.move({path: path for path in tree})
    assert {name: bare(one.task) for name, one in read.items()} == {
        name: bare(task) for name, task in extract(InMemory(tree)).snapshot.tasks.items()
    }


def bare(task: Task) -> Task:
    """Without the classes, which are kept in other places."""
    return msgspec.structs.replace(task, own_definitions={})


#: What only a run can tell is known by its expression.
COMPUTED = {
    "version from the environment": {
        "m.t": Seen(cached=True, version="os.environ.get(V, e)", outputs=("o0",))
    },
}


def test_the_rows_that_flytekit_refuses_are_known() -> None:
    assert {row for row, dump in flytekit_says().items() if dump.errors} == flytekit_rows.REFUSED


def test_the_rows_that_flyte_refuses_are_known() -> None:
    assert {row for row, dump in flyte_says().items() if dump.errors} == flyte_rows.REFUSED


REFUSED = [
    *(flytekit_rows.ROWS[row] for row in sorted(flytekit_rows.REFUSED)),
    *(flyte_rows.ROWS[row] for row in sorted(flyte_rows.REFUSED)),
]


@pytest.mark.parametrize(
    "tree", REFUSED, ids=sorted(flytekit_rows.REFUSED) + sorted(flyte_rows.REFUSED)
)
def test_a_row_that_is_refused_is_read_all_the_same(tree: Tree) -> None:
    assert extract(InMemory(tree)).unparsed == frozenset()


#: What the package `union` 0.1.204 was seen to make of these. It is not installed for the tests,
#: for wherever it is, it also gives flytekit's own `task(cache=True)` a version.
UNION = {
    "its re-export": (
        "import union\n@union.task(cache=True, cache_version='1')\ndef t() -> int: return 1",
        {"m.t": Seen(cached=True, version="1", outputs=("o0",))},
    ),
    "its Cache": (
        "from union import Cache, task\n@task(cache=Cache(version='1'))\ndef t() -> int: return 1",
        {"m.t": Seen(cached=True, version="1", outputs=("o0",))},
    ),
    "its policy": (
        "import union\n@union.task(cache=True)\ndef t() -> int: return 1",
        {"m.t": Seen(cached=True, version="automatic", outputs=("o0",))},
    ),
    "an actor": (
        (
            "import union\nactor = union.ActorEnvironment(name='a', replica_count=1)\n"
            "@actor.task(cache=True, cache_version='a1')\ndef t() -> int: return 1\n"
            "@actor.task\ndef u() -> int: return 1"
        ),
        {
            "m.t": Seen(cached=True, version="a1", outputs=("o0",)),
            "m.u": Seen(cached=False, version=None, outputs=("o0",)),
        },
    ),
    "an actor from its own module": (
        (
            "from union.actor import ActorEnvironment\nactor = ActorEnvironment(name='a')\n"
            "@actor.task(cache=True, cache_version='a1')\ndef t() -> int: return 1"
        ),
        {"m.t": Seen(cached=True, version="a1", outputs=("o0",))},
    ),
}


@pytest.mark.parametrize("row", UNION)
def test_union_has_the_tasks_that_are_found(row: str) -> None:
    source, seen = UNION[row]
    assert found({"m.py": source}) == seen


def test_a_notebook_gives_its_own_file_if_it_is_asked_to() -> None:
    source = (
        "from flyteplugins.papermill import NotebookTask\n"
        "t = NotebookTask(name='n', notebook_path='n.ipynb', task_environment=None,\n"
        "                 outputs={'o': int}, output_notebooks=True)\n"
    )
    outputs = ("o", "output_notebook", "output_notebook_executed")
    assert found({"m.py": source}) == {"n": Seen(cached=False, version=None, outputs=outputs)}


def test_the_outputs_of_an_unknown_class_are_not_taken_for_void() -> None:
    source = (
        "from flytekit import TaskMetadata\nfrom flytekitplugins.novel import NovelTask\n"
        "t = NovelTask(name='n', metadata=TaskMetadata(cache=True, cache_version='1'))\n"
    )
    tasks = extract(InMemory({"m.py": source})).snapshot.tasks
    assert tasks["n"].outputs == (Field("outputs", Unresolved("outputs", "untold")),)
