"""What the real SDKs were seen to do with stored values, pair by pair, in one process.

A row is a module, what changes in it, and the tasks that are due then; `said` is a rule that tells
what is not followed. `tests/differential/` asks the SDKs about more of each kind.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from support.judged import judged, unlocked

HEAD = """\
from dataclasses import dataclass, field, make_dataclass
from enum import Enum
from typing import NamedTuple, TypedDict
from flytekit import task
from pydantic import BaseModel, ConfigDict, Field, create_model
"""
T = '@task(cache=True, cache_version="1")\ndef t() -> {}: ...\n'


class Pair(NamedTuple):
    text: str
    before: str
    after: str
    due: bool = True
    said: str = ""


CAMEL = (
    "from pydantic.alias_generators import to_camel, to_pascal\nclass M(BaseModel):\n"
    "    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True)\n"
    "    my_a: int = 0\n"
)
MASHUMARO = """\
from mashumaro.config import BaseConfig
@dataclass
class M:
    a: int = 0
    class Config(BaseConfig):
        aliases = {"a": "A"}
        serialize_by_alias = True
"""
PLAIN = "class M:\n    def __init__(self, shape):\n"
PAYLOAD = """\
class M(Enum):
    def __new__(cls, value, mass):
        made = object.__new__(cls)
        made._value_ = value
        return made
    MARS = ("mars", 0.64)
"""
PANDERA = (
    "import pandera as pa\nfrom pandera.typing import DataFrame, Series\n"
    "class S(pa.DataFrameModel):\n    a: Series[int] = pa.Field(alias='x')\n"
)
GAINS = ("a: int", "a: float")
FIELDS = "FIELDS = [('a', int), ('b', int)]\n"
ADDS = "def add(cls):\n    cls.__annotations__['uid'] = int\n    return cls\n"
FLYTEKIT = {
    "make_dataclass": Pair(FIELDS + "M = make_dataclass('M', FIELDS)\n", "'b', int", "'b', float"),
    "make_dataclass with bases": Pair(
        "@dataclass\nclass B:\n    a: int\nM = make_dataclass('M', [('c', int)], bases=(B,))\n",
        *GAINS,
    ),
    "NamedTuple": Pair(FIELDS + "M = NamedTuple('M', FIELDS)\n", "'b', int", "'b', float"),
    "TypedDict": Pair("F = {'a': int}\nM = TypedDict('M', F)\n", "'a': int", "'a': float"),
    "create_model with a base": Pair(
        "class B(BaseModel):\n    a: int\nM = create_model('M', __base__=B, z=(int, 1))\n", *GAINS
    ),
    "create_model of a table": Pair(
        "F = {'a': (int, 0)}\nM = create_model('M', **F)\n", "(int, 0)", "(str, '')"
    ),
    "Enum of a table": Pair("V = {'HI': 'hi'}\nM = Enum('M', V)\n", "'hi'", "'top'"),
    "a decorator that adds a field": Pair(
        ADDS + "@dataclass\n@add\nclass M:\n    a: int\n",
        "= int",
        "= str",
        due=False,
        said="unresolved-type",
    ),
    "mashumaro's alias": Pair(MASHUMARO, '"A"', '"B"'),
    "mashumaro leaves out": Pair(
        "@dataclass\nclass M:\n    a: int = field(default=0, metadata={'serialize': 'omit'})\n",
        "'omit'",
        "str",
    ),
    "pydantic's generator": Pair(CAMEL, "r=to_camel", "r=to_pascal"),
    "pydantic leaves out": Pair(
        "class M(BaseModel):\n    a: int = Field(0, exclude=True)\n", ", exclude=True", ""
    ),
    "serialization_alias": Pair(
        "class M(BaseModel):\n    a: int = Field(0, serialization_alias='x')\n",
        "'x'",
        "'y'",
        due=False,
    ),
    "an enum's value of a constant": Pair(
        "P = 'p'\nclass M(Enum):\n    A = P + '-a'\n    B = f'{P}-b'\n", "'p'", "'q'"
    ),
    "an enum's value spelled anew": Pair(
        "class M(Enum):\n    A = 'a' + 'b'\n", "'a' + 'b'", "'ab'", due=False
    ),
    "what stands beside an enum's value": Pair(PAYLOAD, "0.64", "0.6417", due=False),
    "attributes of a tuple": Pair(
        PLAIN + "        self.w, self.h = shape\n", "self.w, self.h", "self.w, self.h, self.d"
    ),
    "attributes by setattr": Pair(PLAIN + "        setattr(self, 'a', 1)\n", "'a'", "'b'"),
    "an alias of a column": Pair(PANDERA + "M = DataFrame[S]\n", "'x'", "'y'"),
    "a model of another package": Pair(
        "from acme_models import Order as M\n",
        "import Order as M",
        "import Order as M  # 2",
        due=False,
    ),
}


@pytest.mark.parametrize("name", FLYTEKIT)
def test_a_change_is_due_where_flytekit_would_serve_an_old_value(name: str) -> None:
    text, before, after, due, said = FLYTEKIT[name]
    first = HEAD + text + T.format("M")
    assert first.count(before) == 1
    assert changed(first, first.replace(before, after)) == (
        {"m.t"} if due else set(),
        {said} - {""},
    )


COLOUR = """\
import enum
import flyte
from dataclasses import dataclass
env = flyte.TaskEnvironment("e")
class Colour(enum.Enum):
    RED = "red"
@dataclass
class Hold:
    colour: Colour
"""
CACHED = "@env.task(cache=flyte.Cache('override', version_override='{}'))\nasync def "
ENUMS = COLOUR + "".join(
    CACHED.format(number) + f"{name}() -> {type_}: ...\n"
    for number, (name, type_) in enumerate(
        {"one": "Colour", "many": "list[Colour]", "maybe": "Colour | None", "hold": "Hold"}.items()
    )
)


@pytest.mark.parametrize(
    ("before", "after", "due"),
    [
        pytest.param('"red"', '"scarlet"', {"e.hold"}, id="another value"),
        pytest.param("RED =", "ROUGE =", {"e.one", "e.many", "e.maybe"}, id="another name"),
    ],
)
def test_flyte_2_stores_an_enum_by_name_but_in_a_dataclass(
    before: str, after: str, due: set[str]
) -> None:
    assert changed(ENUMS, ENUMS.replace(before, after)) == (due, set())


def changed(before: str, after: str) -> tuple[set[str], set[str]]:
    """The tasks that are due, and the rules of what cannot be followed."""
    found = unlocked({"m.py": after}, judged({"m.py": before}).plan.lock)
    due = {name for name, decision in found.plan.decisions.items() if decision.due}
    said = {"unresolved-type", "unrecognized-task", "version-not-literal", "void-cached"}
    return due, {finding.rule for finding in found.findings if not finding.fixed} & said
