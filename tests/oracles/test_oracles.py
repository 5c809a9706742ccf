"""The oracles agree with figures that are known from elsewhere."""

from __future__ import annotations

import base64

import pytest
from support.installed import is_installed

from oracles import cachehit, flyte_dump, flytekit_dump, pbhash

INTEGER = {"simple": "INTEGER"}


def test_a_void_interface_has_the_hash_of_the_backends_own_tests() -> None:
    assert pbhash.signature(None) == "GKw-c0Pw"


def test_an_empty_map_has_the_whole_hash_of_the_backends_own_tests() -> None:
    whole = base64.urlsafe_b64encode(pbhash.object_hash({})).decode().rstrip("=")
    assert whole == "GKw-c0PwFokMUQ6T-TUmEWnZ4_VlQ2Qpgw-vCTT0-OQ"


def test_two_integers_have_the_hash_of_the_backends_own_tests() -> None:
    variables = {"variables": {"2": {"type": INTEGER}, "1": {"type": INTEGER}}}
    assert pbhash.digest(variables) == "UxVtPm0k"


def test_a_message_with_every_kind_of_value_has_the_hash_of_the_backends_own_tests() -> None:
    message = {
        "integer": "18",
        "floatValue": 1.3,
        "stringValue": "lets test this",
        "boolean": True,
        "datetime": "2019-03-29T12:00:00Z",
        "duration": "0.001s",
        "mapValue": {"z": "last", "a": "first"},
        "collections": ["1", "2", "3"],
    }
    whole = base64.b64encode(pbhash.object_hash(message)).decode()
    assert whole == "YpWyLCP1NW0DVk3Hj64tK70H/9t+5fQlj7yyDK2lSEQ="


def test_a_message_with_unset_values_has_the_hash_of_the_backends_own_tests() -> None:
    message = {"integer": "18", "floatValue": 1.3, "stringValue": "lets test this", "boolean": True}
    whole = base64.b64encode(pbhash.object_hash(message)).decode()
    assert whole == "GhPMTKvJfUPHK8U3vEmoi/wdVBx7IQSPqyjGXAZzquI="


def test_literals_have_the_hash_of_the_backends_own_tests() -> None:
    one, two = ({"scalar": {"primitive": {"integer": value}}} for value in "12")
    whole = base64.urlsafe_b64encode(pbhash.object_hash({"literals": {"1": one, "2": two}}))
    assert whole.decode().rstrip("=") == "GQid5LjHbakcW68DS3P2jp80QLbiF0olFHF2hTh5bg8"


def test_metadata_is_stripped_at_every_depth() -> None:
    noisy = {**INTEGER, "metadata": {"foo": "bar"}, "annotation": {"annotations": {"k": 1}}}
    deep = {
        "structure": {"tag": "t", "dataclassType": {"field": noisy}},
        "unionType": {"variants": [noisy]},
        "collectionType": noisy,
        "mapValueType": noisy,
        "structuredDatasetType": {"columns": [{"name": "c", "literalType": noisy}]},
    }
    assert pbhash.strip_type(deep) == {
        "structure": {"tag": "t", "dataclassType": {"field": INTEGER}},
        "unionType": {"variants": [INTEGER]},
        "collectionType": INTEGER,
        "mapValueType": INTEGER,
        "structuredDatasetType": {"columns": [{"name": "c", "literalType": INTEGER}]},
    }


def test_an_annotation_for_the_cache_key_is_kept() -> None:
    kept = {**INTEGER, "annotation": {"annotations": {"cache-key-metadata": {"foo": "bar"}}}}
    assert pbhash.strip_type({**kept, "metadata": {"foo": "bar"}}) == kept


STATS = """
from dataclasses import dataclass
from flytekit import task

@dataclass
class Stats:
    count: int

@task(cache=True, cache_version="1.0")
def produce(x: int) -> Stats:
    return Stats(x)
"""
WITH_DEFAULT = STATS.replace("count: int", "count: int\n    mean: float = 0.5")
REQUIRED = STATS.replace("count: int", "count: int\n    mean: float").replace("(x)", "(x, 0.5)")
RENAMED = STATS.replace("Stats", "Figures")


def test_flytekit_says_what_a_task_is_and_what_the_backend_makes_of_it() -> None:
    key = {"cache-key-metadata": {"serialization-format": "msgpack"}}
    output = {
        "simple": "STRUCT",
        "annotation": {"annotations": key},
        "structure": {"dataclassType": {"count": INTEGER}},
    }
    (found,) = flytekit_dump.dump([{"app/flow.py": STATS}])
    assert found.tasks == (
        flytekit_dump.TaskDump(
            name="app.flow.produce",
            kind="PythonFunctionTask",
            module="app.flow",
            function="produce",
            cached=True,
            cache_version="1.0",
            void=False,
            inputs={"x": INTEGER},
            outputs={"o0": output},
            remote_inputs=pbhash.digest({"variables": {"x": {"type": INTEGER}}}),
            remote_outputs=pbhash.digest({"variables": {"o0": {"type": output}}}),
        ),
    )


def test_a_tree_is_dumped_apart_from_the_others_and_says_what_does_not_import() -> None:
    broken, fine = flytekit_dump.dump([{"flow.py": "import nowhere"}, {"flow.py": STATS}])
    assert broken.errors == {"flow": "ModuleNotFoundError: No module named 'nowhere'"}
    assert [task.name for task in fine.tasks] == ["flow.produce"]


@pytest.mark.parametrize(
    ("after", "hit", "stale"),
    [
        pytest.param(STATS, True, False, id="the same code is served its own value"),
        pytest.param(RENAMED, True, False, id="a renamed class is filled all the same"),
        pytest.param(REQUIRED, True, True, id="a required field is missing"),
        pytest.param(STATS.replace("1.0", "1.1"), False, False, id="another version is a miss"),
    ],
)
def test_the_local_cache_is_run_with_old_and_new_code(after: str, hit: bool, stale: bool) -> None:  # noqa: FBT001 - a table of outcomes
    (ended,) = cachehit.run([cachehit.Case({"flow.py": STATS}, {"flow.py": after})])
    assert (ended.served.hit, ended.stale) == (hit, stale)


def test_a_field_that_is_filled_with_its_default_is_a_silent_wrong_value() -> None:
    after = WITH_DEFAULT.replace("Stats(x)", "Stats(x, 2.5)")
    (ended,) = cachehit.run([cachehit.Case({"flow.py": STATS}, {"flow.py": after})])
    assert (ended.served.value, ended.fresh.value, ended.silent) == (
        "Stats(count=3, mean=0.5)",
        "Stats(count=3, mean=2.5)",
        True,
    )


@pytest.mark.skipif(not is_installed("flyte"), reason="Flyte 2 is not installed")
def test_flyte_2_says_what_a_task_is() -> None:
    text = """
import flyte
env = flyte.TaskEnvironment("env", cache=flyte.Cache("override", version_override="3"))

@env.task
async def produce(x: int) -> int:
    return x
"""
    (found,) = flyte_dump.dump([{"flow.py": text}])
    (task,) = found.tasks
    assert (task.name, task.behavior, task.version, task.void, task.outputs) == (
        "env.produce", "override", "3", False, {"o0": INTEGER}
    )  # fmt: skip
