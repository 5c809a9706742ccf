"""An upgrade bumps nothing and forgets nothing, and a user's change beside it is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.extending import extended, run
from support.git import Repo
from support.projects import COUNT, FIT, STATS, TOTAL, Project
from support.version_1 import downgrade

from sigclock.cli.commands import update
from sigclock.project import hook
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    from pathlib import Path

BUMPED = FIT.replace("1.0", "1.1")


@pytest.fixture
def fit(tmp_path: Path) -> Project:
    """A project that issued 1.0 and 1.1, each with a lock of version 1."""
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT})
    downgrade(project)
    project.git("commit", "-qa", "--amend", "-m", "first")
    project.write("stats.py", STATS + COUNT)
    project.update()
    downgrade(project)
    project.commit("second")
    return project


def hooked(project: Project) -> None:
    project.git("add", "--all")
    hook.run(str(project.path), Overrides(), brief=True)
    project.git("commit", "-qm", "hooked", "--no-verify")


# -- from version 1 of the format ----------------------------------------------------------------


def test_a_lock_of_version_1_stays_until_something_changes(fit: Project) -> None:
    text = fit.read(LOCK_NAME)
    assert fit.found() == []
    fit.write("other.py", "x = 1\n")
    hooked(fit)
    assert update.run(str(fit.path), Overrides(), write=False, anew=False).changes == ()
    assert fit.read(LOCK_NAME) == text


def test_update_writes_it_anew_and_bumps_nothing(fit: Project) -> None:
    before = fit.lock
    assert fit.bumped() == []
    assert json.loads(fit.read(LOCK_NAME))["version"] == 2
    assert (fit.lock.ledger, fit.lock.snapshot) == (before.ledger, before.snapshot)
    assert fit.found() == []


def test_a_revert_to_what_a_lock_of_version_1_issued_is_fine(fit: Project) -> None:
    fit.update()
    fit.commit("anew")
    fit.write_all({"stats.py": STATS, "fit.py": FIT})
    assert [rule for rule, _ in fit.found()] == ["lock-outdated"]
    assert (fit.bumped(), fit.read("fit.py")) == ([], FIT)


def test_a_change_and_the_upgrade_in_one_commit_are_one_bump(fit: Project) -> None:
    fit.write("stats.py", STATS + COUNT + TOTAL)
    hooked(fit)
    assert fit.read("fit.py") == FIT.replace("1.0", "1.2")
    assert fit.issued("fit.fit") == ["1.0", "1.1", "1.2"]
    assert fit.found() == []


def test_a_bump_changes_three_lines_of_the_lock(fit: Project) -> None:
    fit.update()
    fit.commit("anew")
    fit.write("stats.py", STATS + COUNT + TOTAL)
    fit.update()
    changed = fit.git("diff", "-U0", "--", LOCK_NAME).splitlines()[4:]
    lines = [line.strip() for line in changed if not line.startswith("@@")]
    signature = fit.lock.snapshot.tasks["fit.fit"].signature
    assert lines == [
        '-      "cache": {"kind": "pinned", "version": "1.1"},',
        '+      "cache": {"kind": "pinned", "version": "1.2"},',
        f'+        "1.2": ["{signature}"],',
        '-        "count": "int"',
        '+        "count": "int",',
        '+        "total": "float"',
    ]


def test_a_colleague_who_has_not_upgraded_is_merged(fit: Project) -> None:
    fit.git("switch", "-q", "-c", "colleague")
    fit.write("stats.py", STATS + COUNT + TOTAL)
    fit.update()
    downgrade(fit)
    fit.commit("theirs")
    fit.git("switch", "-q", "main")
    with fit.without("colleague"):
        fit.write("other.py", FIT.replace("def fit", "def other"))
        fit.update()
        fit.commit("ours")
    fit.git("merge", "-q", "colleague", fails=True)
    update.run(str(fit.path), Overrides(), stage=True)
    fit.git("commit", "-qm", "merged")
    assert [fit.issued(name) for name in ("fit.fit", "other.other")] == [
        ["1.0", "1.1", "1.2"],
        ["1.0", "1.1"],
    ]
    assert fit.found() == []


# -- another hash scheme -------------------------------------------------------------------------

#: What makes a copy of the package one of before the second scheme.
FIRST = ("{1: Hasher, 2: SecondScheme}", "{1: Hasher}")
PAINT = """\
import enum
import flyte
from flyte import Cache

env = flyte.TaskEnvironment(name="paint")

class Colour(enum.Enum):
    RED = "red"

@env.task(cache=Cache("override", version_override="1.0"))
async def pick() -> Colour:
    return Colour.RED
"""
MORE = PAINT.replace('"red"', '"red"\n    BLUE = "blue"')
REVALUED = PAINT.replace('"red"', '"scarlet"')
RENAMED = PAINT.replace("RED", "ROUGE")


class Build:
    """The command line of a copy of the package of another revision, with another line."""

    def __init__(self, place: Path, table: str, line: tuple[str, str], revision: int) -> None:
        self._environment = extended(place, "interface/unused.py", "", table, line)
        # Bytecode of a copy in a place of its own misleads nobody, and it saves seconds.
        del self._environment["PYTHONDONTWRITEBYTECODE"]
        lock = place / "sigclock/lock/lock.py"
        text = lock.read_text(encoding="utf-8")
        assert text.count("\nREVISION = 2\n") == 1
        now = text.replace("\nREVISION = 2\n", f"\nREVISION = {revision}\n")
        lock.write_text(now, encoding="utf-8")

    def check(self, project: Project) -> list[str]:
        """The rules of all findings but one that each of these tasks has."""
        told = json.loads(run(project.path, self._environment, "check", "--format", "json")[1])
        return besides([finding["rule"] for finding in told["findings"]])

    def update(self, project: Project) -> list[str]:
        """Update and commit; the rules of what `check` finds then."""
        status, said, errors = run(project.path, self._environment, "update")
        assert status == 0, said + errors
        project.commit("upgraded")
        return self.check(project)


def besides(rules: list[str]) -> list[str]:
    return [rule for rule in rules if rule != "cache-ignored"]


def check(project: Project) -> list[str]:
    return besides([rule for rule, _ in project.found()])


def upgrade(project: Project) -> list[str]:
    """Update by this package and commit; the rules of what it finds then."""
    project.update()
    project.commit("upgraded")
    return check(project)


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return Build(tmp_path_factory.mktemp("older"), "interface/hash_schemes.py", FIRST, 1)


@pytest.fixture(scope="module")
def _paint(tmp_path_factory: pytest.TempPathFactory, older: Build) -> Project:
    project = Project(Repo.init(tmp_path_factory.mktemp("paint") / "project").path)
    for source in (MORE, PAINT.replace('"1.0"', '"1.1"')):
        project.write("paint.py", source)
        assert older.update(project) == []
    return project


@pytest.fixture
def paint(tmp_path: Path, _paint: Project) -> Project:
    """A project whose lock has no structure of what its first version was issued for."""
    return _paint.copied(tmp_path / "project")


def version(project: Project, path: str) -> str:
    return project.read(path).partition("version")[2].partition('="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("source", "bumped"),
    [
        pytest.param(PAINT.replace('"1.0"', '"1.1"'), "1.1", id="nothing changed"),
        pytest.param(REVALUED.replace('"1.0"', '"1.1"'), "1.1", id="the new scheme sees no change"),
        pytest.param(RENAMED.replace('"1.0"', '"1.1"'), "1.2", id="only the new scheme sees it"),
        pytest.param(MORE, "1.0", id="a revert to what only a hash is left of"),
        pytest.param(MORE.replace('"1.0"', '"1.1"'), "1.2", id="both schemes see a change"),
    ],
)
def test_another_hash_scheme_bumps_what_changed_and_nothing_else(
    paint: Project, source: str, bumped: str
) -> None:
    paint.write("paint.py", source)
    assert upgrade(paint) == []
    assert version(paint, "paint.py") == bumped
    # It holds on, for the lock now says which signatures are of one source.
    again = paint.read("paint.py").replace('"blue"', '"navy"').replace('"red"', '"crimson"')
    paint.write("paint.py", again)
    assert upgrade(paint) == []
    assert paint.read("paint.py") == again


def test_a_lock_of_an_older_hash_scheme_is_current(paint: Project) -> None:
    assert check(paint) == []


def test_what_a_hash_scheme_does_not_concern_keeps_its_name(tmp_path: Path, older: Build) -> None:
    project = Project(Repo.init(tmp_path / "project").path)
    project.write_all({"stats.py": STATS, "fit.py": FIT})
    assert older.update(project) == []
    before = project.read(LOCK_NAME)
    assert upgrade(project) == []
    assert project.read(LOCK_NAME) == before.replace('"revision": 1', '"revision": 2')


# -- a better reader -----------------------------------------------------------------------------

READER = ('    "typing.Text": "str",', '    "typing.Text": "str",\n    "names.Text": "str",')
SAY = """\
import names
from flytekit import task

@task(cache=True, cache_version="1.0")
def say() -> names.Text:
    return ""
"""


@pytest.fixture
def say(tmp_path: Path) -> Project:
    return Project.of(tmp_path / "project", {"say.py": SAY})


@pytest.fixture(scope="module")
def rereading(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return Build(tmp_path_factory.mktemp("rereading"), "python/names/canonical.py", READER, 3)


def test_a_better_reader_bumps_nothing(say: Project, rereading: Build) -> None:
    assert rereading.check(say) == []
    assert rereading.update(say) == []
    assert say.read("say.py") == SAY
    say.write("say.py", SAY.replace("names.Text", "str"))
    assert rereading.check(say) == []


def test_a_better_reader_and_a_change_in_one_commit_are_told_apart(
    say: Project, rereading: Build
) -> None:
    say.write("say.py", SAY.replace("names.Text", "list[names.Text]"))
    assert "stale-cache" in rereading.check(say)
    assert rereading.update(say) == []
    assert version(say, "say.py") == "1.1"


def test_a_better_reader_does_not_hide_what_was_committed_without_the_hook(
    say: Project, rereading: Build
) -> None:
    say.write("say.py", SAY.replace("names.Text", "list[names.Text]"))
    say.commit("without the hook")
    assert "stale-cache" in rereading.check(say)
