"""A change that a gate lets through though the old outputs can be served under its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.gate_histories import AGAIN, GROWN, LITERAL, declared
from support.gates import GATES, Change, History
from support.git import Repo
from support.reviews import LOSS, TASKS, Author, actions, sigclock

from sigclock.errors import GitError
from sigclock.project import hook
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

BUMPED = LITERAL["fit.py"].replace('"1.0"', '"1.1"')
COMPUTED = declared("cache=True, cache_version=env()")
WAIVED = COMPUTED["fit.py"].replace(
    "version=env())", "version=env())  # sigclock: ignore[version-not-literal] known"
)
RESPELLED = COMPUTED["fit.py"].replace("=env()", "=str(env())")
LATE = """\
from dataclasses import dataclass
from flytekit import task

@dataclass
class Late:
    mean: float

@task(cache=True, cache_version="1.0")
def late(path: str) -> Late: ...
"""
GROWN_LATE = LATE.replace("mean: float\n", "mean: float\n    count: int = 0\n")


WRAPPED = LITERAL["fit.py"].replace("import Cache, task", "import Cache\nfrom vendor import task")
NAMED = {**LITERAL, "fit.py": WRAPPED}
NAMED["pyproject.toml"] = '[tool.sigclock]\ntask-decorators = ["vendor.task"]\n'


def configured(line: str, files: dict[str, str] = COMPUTED) -> History:
    """The configuration and the class change at once."""
    table = f"[tool.sigclock]\n{line}\n"
    return History(files, {"models.py": GROWN, "pyproject.toml": table})


SMUGGLED = {
    "never locked": History(LITERAL, {"late.py": GROWN_LATE}, unhooked={"late.py": LATE}),
    "waived": History(COMPUTED, {"models.py": GROWN, "fit.py": WAIVED}),
    "rule ignored": configured('ignore = ["version-not-literal"]'),
    "rule not selected": configured('select = ["void-cached"]'),
    "excluded": configured('exclude = ["fit.py"]', LITERAL),
    "not included": configured('include = ["models.py"]', LITERAL),
    "no task any more": configured('not-tasks = ["vendor.task"]', NAMED),
    "version respelled": History(COMPUTED, {"models.py": GROWN, "fit.py": RESPELLED}),
}


#: A commit knows what its parents' locks hold; what was never locked is seen by two whole trees.
#: How a base reads the tree is the same at all gates.
TRIED = [
    *((form, gate) for form in ("waived", "rule ignored", "rule not selected") for gate in GATES),
    *((form, gate) for form in ("excluded", "version respelled") for gate in ("hook", "comment")),
    *((form, "check") for form in SMUGGLED if form not in {"waived", "rule ignored"}),
    ("never locked", "comment"),
]


@pytest.mark.parametrize(("form", "gate"), TRIED)
def test_it_is_blocked_or_bumped(form: str, gate: str, tmp_path: Path) -> None:
    done = GATES[gate](Change.made(tmp_path / "project", SMUGGLED[form]))
    assert done.status != 0 or "1.0 -> 1.1" in done.said, done.said


def test_a_collision_that_only_the_merge_has_is_new(tmp_path: Path) -> None:
    change = Change(Repo.init(tmp_path / "project").path)
    for tag, models, fit in (
        ("first", LITERAL["models.py"], LITERAL["fit.py"]),
        ("base", GROWN, BUMPED),
        ("work", AGAIN, BUMPED),
    ):
        if tag == "work":
            change.git("switch", "-q", "-c", "branch", "first")
        change.write_all({**LITERAL, "models.py": models, "fit.py": fit})
        change.lock_as_it_is()
        change.commit(tag)
        change.git("tag", tag)
    change.git("merge", "-q", "-s", "ours", "base")
    change.git("checkout", "-q", "base", "--", ".")
    change.commit("the side of the base")
    done = change.in_process("check", "--against", "base")
    assert (done.status, "error[version-reused]" in done.said) == (1, True), done.said


@pytest.mark.parametrize("named", ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"])
def test_a_push_is_judged_by_what_is_pushed(named: str, pushed: Change) -> None:
    environment = {named: "work", "PRE_COMMIT_FROM_REF": "base"}
    result = hook.run_on_files(str(pushed.path), Overrides(), environment, write=True)
    assert result is not None
    rules = {finding.rule for finding in result.report.findings if finding.new}
    assert rules == {"stale-cache", "lock-outdated"}
    assert pushed.git("status", "--porcelain") == ""


def test_a_push_of_what_is_unknown_is_refused(pushed: Change) -> None:
    with pytest.raises(GitError, match="unknown revision"):
        hook.run_on_files(str(pushed.path), Overrides(), {"PRE_COMMIT_TO_REF": "gone"}, write=True)


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Change:
    """The branch `work` has a stale cache; the commit `base` is checked out."""
    history = History(LITERAL, {"models.py": GROWN})
    change = Change.made(tmp_path_factory.mktemp("pushed") / "project", history)
    change.git("switch", "-q", "-c", "work")
    change.commit("work")
    change.git("switch", "-q", "--detach", "base")
    return change


def test_a_lock_that_was_made_anew_is_held_against_the_base(tmp_path: Path) -> None:
    author = Author.at(tmp_path / "author")
    elsewhere = Author(Repo.init(tmp_path / "elsewhere").path)
    for place in (author, elsewhere):
        place.change({"models.py": LOSS, "tasks.py": TASKS})
    elsewhere.update()
    author.write(".sigclock.lock", (elsewhere.path / ".sigclock.lock").read_bytes())
    author.commit()
    author.merge()
    clone = author.checkout(tmp_path / "clone")
    environ = actions(author, tmp_path, "http://localhost:1")
    done = sigclock(clone.path, "comment", "--dry-run", "--fetch", environ=environ)
    assert done.status == 1, done.stdout
