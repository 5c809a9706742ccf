"""What cannot be followed is told, and nothing is told of what has nothing to do with Flyte."""

from __future__ import annotations

import pytest
from oracles import flyte_dump, flytekit_dump
from oracles.forkserver import TOGETHER
from support.memory import InMemory
from support.unrecognized import raised

from sigclock.interface.snapshot import CacheKind
from sigclock.tasks.extract import Options, extract
from tasks import flyte_rows, flytekit_rows
from tasks.recognized import FOLLOWED, FOLLOWED_BY_FLYTE, UNKNOWN
from tasks.unrecognized import SAID, SILENT

Seen = dict[str, str | None]


def lines(source: str, options: Options | None = None) -> list[int]:
    """Where something is told of a module."""
    found = extract(InMemory({"m.py": source}), options)
    return [place.line for one in raised(found) for place in one.places]


def cached(source: str) -> Seen:
    tasks = extract(InMemory({"m.py": source})).snapshot.tasks
    return {name: task.cache.version if task.cached else None for name, task in tasks.items()}


@pytest.mark.parametrize("row", SAID)
def test_what_cannot_be_followed_is_told(row: str) -> None:
    source, expected = SAID[row]
    assert lines(source) == expected


@pytest.mark.parametrize("row", SILENT)
def test_what_is_none_of_flyte_s_is_not_told(row: str) -> None:
    assert lines(SILENT[row]) == []


@pytest.mark.parametrize("row", [*FOLLOWED, *FOLLOWED_BY_FLYTE])
def test_what_is_followed_is_claimed(row: str) -> None:
    assert lines(FOLLOWED.get(row) or FOLLOWED_BY_FLYTE[row]) == []


def test_flytekit_has_the_tasks_that_are_followed() -> None:
    dumps = flytekit_dump.dump([{"m.py": source} for source in FOLLOWED.values()], TOGETHER)
    made = [
        {task.name: task.cache_version if task.cached else None for task in dump.tasks}
        for dump in dumps
    ]
    assert [cached(source) for source in FOLLOWED.values()] == made


def test_flyte_has_the_tasks_that_are_followed() -> None:
    dumps = flyte_dump.dump([{"m.py": one} for one in FOLLOWED_BY_FLYTE.values()], TOGETHER)
    made = [{task.name: task.cached for task in dump.tasks} for dump in dumps]
    read = [cached(source) for source in FOLLOWED_BY_FLYTE.values()]
    assert [{name: one is not None for name, one in tasks.items()} for tasks in read] == made


@pytest.mark.parametrize("row", UNKNOWN)
def test_a_setting_that_cannot_be_read_is_unknown(row: str) -> None:
    [task] = extract(InMemory({"m.py": UNKNOWN[row]})).snapshot.tasks.values()
    assert task.cache.kind is CacheKind.UNKNOWN


ROWS = {f"flytekit: {row}": tree for row, tree in flytekit_rows.ROWS.items()}
ROWS |= {f"flyte: {row}": tree for row, tree in flyte_rows.ROWS.items()}


@pytest.mark.parametrize("tree", ROWS.values(), ids=ROWS)
def test_every_way_to_declare_a_task_is_claimed_by_it(tree: dict[str, str]) -> None:
    assert extract(InMemory(tree)).unrecognized == ()


STEP = """\
from vendor import step
@step(cache=True, cache_version='1')
def f(x: int) -> int: return x
"""


@pytest.mark.parametrize("pattern", ["vendor.step", "vendor.*", "*.step", "v*.st*p"])
def test_configuration_teaches_a_maker(pattern: str) -> None:
    options = Options(task_decorators=frozenset({pattern}))
    [task] = extract(InMemory({"m.py": STEP}), options).snapshot.tasks.values()
    assert (task.cache.kind, task.cache.version) == (CacheKind.PINNED, "1")
    assert lines(STEP, options) == []


@pytest.mark.parametrize("pattern", ["vendor.step", "vendor.*", "*"])
def test_configuration_takes_a_maker_out(pattern: str) -> None:
    assert lines(STEP, Options(not_tasks=frozenset({pattern}))) == []


def test_configuration_teaches_a_class() -> None:
    job = "Job('j', inputs={}, outputs={'a': int}, cache=True, cache_version='2')"
    source = f"from vendor import Job\nj = {job}\n"
    options = Options(task_decorators=frozenset({"vendor.Job"}))
    tasks = extract(InMemory({"m.py": source}), options).snapshot.tasks
    assert {name: task.cache.version for name, task in tasks.items()} == {"j": "2"}
    assert lines(source, options) == []


def test_a_maker_of_two_hundred_places_is_told_once() -> None:
    step = "@step(cache=True, cache_version='{n}')\ndef f{n}(x: int) -> int: return x\n"
    source = "from vendor import step\n" + "".join(step.format(n=n) for n in range(200))
    [found] = raised(extract(InMemory({"m.py": source})))
    assert len(found.places) == 200
    assert found.message.startswith(
        "`@step(cache=True, cache_version='0')` may make a cached task that sigclock does not know "
        "(also at m.py:4, m.py:6, m.py:8 and 196 more)"
    )


def test_moving_and_formatting_make_nothing_new() -> None:
    moved = STEP.replace("@step(", "\n\n@step(\n    ").replace("'1'", '"1"')
    one, other = (raised(extract(InMemory({"m.py": source})))[0] for source in (STEP, moved))
    assert one.fingerprint == other.fingerprint
    assert one.line != other.line


@pytest.mark.parametrize(
    "maker",
    [
        *("latch.small_task", "latch.medium_task", "latch.large_gpu_task", "latch.custom_task"),
        *("latch.custom_memory_optimized_task", "latch.g6e_2xlarge_task"),
        *("latch.resources.tasks.v100_x1_task", "latch.resources.tasks.small_task"),
    ],
)
def test_a_preset_knows_a_public_sdk(maker: str) -> None:
    home, _, name = maker.rpartition(".")
    source = STEP.replace("vendor", home).replace("step", name)
    assert cached(source) == {"m.f": "1"}


MODEL = """\
from flytekit import task
from vendor import wrap
class Model:
    def trainer(self, fn=None, **options):
        self.made = wrap(task(fn, **options))
        return self.made
"""


def test_a_method_is_one_maker_in_all_files() -> None:
    app = "from lib import Model\n{n} = Model()\n@{n}.trainer(cache=True, cache_version='1')\n"
    apps = {f"{n}.py": f"{app.format(n=n)}def f(x: int) -> int: return x\n" for n in "ab"}
    found = raised(extract(InMemory({"lib.py": MODEL, **apps})))
    assert [[place.path for place in one.places] for one in found] == [["a.py", "b.py"], ["lib.py"]]


OVERRIDE = """\
from flytekit import task, workflow
@task{options}
def f(x: int) -> int: return x
@workflow
def w(x: int) -> int:
    return f(x={x}).with_overrides(cache={cache})
"""


@pytest.mark.parametrize(
    ("options", "cache", "said"),
    [
        ("", "True, cache_version='1'", [6]),
        ("", "Cache(version='1')", [6]),
        ("", "False", []),
        ("(cache=True, cache_version='1')", "True, cache_version='2'", []),
        ("(cache=True, cache_version='1')", "False", [6]),
    ],
)
def test_an_override_that_caches_nothing_is_told(options: str, cache: str, said: list[int]) -> None:
    sources = [OVERRIDE.format(options=options, cache=cache, x=x) for x in ("x", "2")]
    told = [extract(InMemory({"m.py": source})).ignored for source in sources]
    assert [[one.location.line for one in ignored] for ignored in told] == [said, said]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("cache_version='1'", 1),
        ("cache=False, cache_version='1'", 0),
        ("cache=CACHE, cache_version='1'", 0),
    ],
)
def test_a_version_that_is_switched_off_on_purpose_is_not_told(options: str, said: int) -> None:
    source = (
        f"from flytekit import task\nCACHE = False\n@task({options})\ndef f() -> int: return 1\n"
    )
    assert len(extract(InMemory({"m.py": source})).ignored) == said


NOTEBOOKS = {
    "task.ipynb": '{"source": ["from flytekit import task\\n", "@task\\n"]}',
    "version.ipynb": '{"source": ["x(cache_version=1)\\n"]}',
    "other.ipynb": '{"source": ["import numpy\\n", "task = 1\\n"]}',
}


def test_notebooks_that_seem_to_hold_tasks_are_named() -> None:
    found = extract(InMemory({"m.py": "", **NOTEBOOKS}))
    assert found.notebooks == ("task.ipynb", "version.ipynb")
