"""A class family is one module in `python/types/classes/` and its place in `CLASS_READERS`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.extending import differing, extended
from support.git import ENVIRONMENT
from support.projects import Project

from sigclock.interface.snapshot import ClassKind

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = '''\
"""Classes on `acme.record.Base`."""

from sigclock.interface.snapshot import ClassKind, Flyte1Form, Flyte2Form
from sigclock.python.names.canonical import ExternalNames
from sigclock.python.types.class_view import ClassView, RawClass

_BASE = "acme.record.Base"

KIND = ClassKind(
    name="record",
    flyte1=Flyte1Form.{flyte1},
    flyte2=Flyte2Form.{flyte2},
    flyte1_transformer="{transformer}",
    stands_for_target=False,
    named_in_pickle=True,
    pickled_by_position=False,
    pickled_if_generic=False,
    fields_are_outputs=False,
)
NAMES = ExternalNames(
    makers=frozenset({{"acme.record.make"}}),
    bases=frozenset({{_BASE}}),
    spellings={{"acme.core.Base": _BASE}},
    stars={{"acme.record": frozenset({{"Base"}})}},
)


def claims(view: ClassView) -> bool:
    return _BASE in view.external_bases


def read(view: ClassView) -> RawClass:
    return RawClass(KIND, tuple(view.annotated()))
'''
FORMS = {
    "by structure": {"flyte1": "FIELDS", "flyte2": "PYDANTIC", "transformer": "Record"},
    "pickled": {"flyte1": "PICKLE", "flyte2": "PICKLE", "transformer": ""},
}
#: What remote does where a field was added to a nested class.
REMOTE = {"by structure": "remote recomputes", "pickled": "so does remote"}
TABLE = "python/types/classes/__init__.py"
PLACE = ('    _family("plain"),', '    _family("record"),\n    _family("plain"),')
#: The library itself lies in the tree, as a vendored copy does: it is known by name all the same.
FILES = {
    "acme/__init__.py": "",
    "acme/record.py": "class Base:\n    hidden: int\n",
    "models.py": (
        "from acme import record\nfrom acme.core import Base\nfrom acme.record import *\n"
        "class Leaf(Base):\n    x: int\n"
        "class R(record.Base):\n    a: int\n    leaf: Leaf\n"
    ),
    "fit.py": (
        "from flytekit import task\nimport models\n"
        "@task(cache=True, cache_version='1')\ndef fit() -> models.R: ...\n"
    ),
}
ROUND_TRIP = """\
import pathlib
from sigclock.lock.reader import dumps, loads
data = pathlib.Path(".sigclock.lock").read_bytes()
assert dumps(loads(data)) == data
"""
#: What is of a family's package is neither counted as outside nor a maker of tasks.
KNOWN = """\
from sigclock.interface.outside import is_outside
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.tasks.foreign import is_foreign
assert not is_outside("acme.record.Other", EXTERNAL_NAMES.packages)
assert is_foreign("acme.record.Other", EXTERNAL_NAMES.packages)
"""


class Extended:
    """A project that a copy of sigclock with one family more looks after."""

    def __init__(self, project: Project, environment: dict[str, str]) -> None:
        self.project = project
        # Nine runs of one copy: it need not be compiled anew for each.
        self._environment = {**environment, **ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": ""}

    def python(self, *arguments: str, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.project.path,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def sigclock(self, *arguments: str, status: int = 0) -> str:
        return self.python("-m", "sigclock", *arguments, status=status)

    def findings(self) -> dict[str, str]:
        """Rule and message of each finding of a `check` that fails."""
        report: dict[str, Any] = json.loads(self.sigclock("check", "--format", "json", status=1))
        return {finding["rule"]: finding["message"] for finding in report["findings"]}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def extension(tmp_path: Path, form: str) -> Extended:
    text = FAMILY.format(**FORMS[form])
    environment = extended(tmp_path, "python/types/classes/record.py", text, TABLE, PLACE)
    assert differing(tmp_path) == {"python/types/classes/record.py", TABLE}
    project = Project(Project.init(tmp_path / "project").path)
    project.write_all(FILES)
    project.commit()
    made = Extended(project, environment)
    made.sigclock("init")
    project.commit()
    return made


def test_a_new_family_is_one_module_and_one_line(extension: Extended, form: str) -> None:
    project = extension.project
    lock = json.loads(project.read(".sigclock.lock"))
    assert lock["definitions"] == {
        "models.Leaf": {"kind": "record", "fields": {"x": "int"}},
        "models.R": {"kind": "record", "fields": {"a": "int", "leaf": "models.Leaf"}},
    }
    extension.python("-c", ROUND_TRIP)
    assert '"record"' in extension.sigclock("schema", "lock")
    shown = extension.sigclock("explain", "fit.fit")
    assert "record models.R" in shown
    assert "record models.Leaf" in shown
    extension.python("-c", KNOWN)

    project.edit("models.py", "x: int\n", "x: int\n    b: str\n")
    for _ in ("cold", "warm"):
        message = extension.findings()["stale-cache"]
        assert "field b: str added to models.Leaf (models.py:6)" in message
        assert message.endswith(REMOTE[form])

    extension.sigclock("update")
    project.edit("models.py", "class R(", "class S(")
    project.edit("fit.py", "models.R", "models.S")
    assert ("stale-cache" in extension.findings()) == (form == "pickled")


def test_no_answer_of_a_kind_has_a_default() -> None:
    """So mypy names the families that lack one, and a new family answers them all."""
    assert [f.name for f in msgspec.structs.fields(ClassKind) if not f.required] == []
