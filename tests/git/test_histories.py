"""Random histories: what the hook or `update` settled never gives one version two meanings.

A version that two branches issued apart is burnt when they meet; what is held here is that of two
settled commits, one of which grew from the other, no pair of task and version means two things.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.git import Repo

from sigclock.cli.commands import check, update
from sigclock.project import hook
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME

MODELS = """\
from dataclasses import dataclass

@dataclass
class Stats:
    mean: float
    #
    {b}
    #
    {c}
    #
    {d}
"""
FIT = """\
from flytekit import task
from models import Stats

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
FIELDS = st.frozensets(st.sampled_from("bcd"))
BRANCHES = st.sampled_from(["main", "one", "two"])


class Change(NamedTuple):
    """A commit that gives the class these fields, under the hook or past it."""

    fields: frozenset[str]
    hooked: bool


class Switch(NamedTuple):
    """Go to a branch; it starts here if there is none."""

    branch: str


class Merge(NamedTuple):
    branch: str
    side: str


class Pick(NamedTuple):
    branch: str


class Revert(NamedTuple):
    back: int


STEPS = st.lists(
    st.one_of(
        st.builds(Change, FIELDS, st.booleans()),
        st.builds(Switch, BRANCHES),
        st.builds(Merge, BRANCHES, st.sampled_from(["ours", "theirs"])),
        st.builds(Pick, BRANCHES),
        st.builds(Revert, st.integers(0, 2)),
    ),
    min_size=3,
    max_size=9,
)


class Pair(NamedTuple):
    """What a commit says of the task, read without sigclock."""

    version: str
    fields: str


class History(Repo):
    """A repository; `settled` has the pair of each commit that the hook or `update` made."""

    @classmethod
    def start(cls, path: Path) -> History:
        history = cls(Repo.init(path).path)
        history.write("fit.py", FIT)
        history.put(frozenset())
        history.git("add", ".")
        history.settle()
        return history

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.settled: dict[str, Pair] = {}

    def put(self, fields: frozenset[str]) -> None:
        parts = {name: f"{name}: int" if name in fields else "#" for name in "bcd"}
        self.write("models.py", MODELS.format(**parts))

    def take(self, step: Change | Switch | Merge | Pick | Revert) -> None:
        match step:
            case Change(fields, hooked):
                self.put(fields)
                self.git("add", ".")
                (self.settle if hooked else self.made_by_git)()
            case Switch(branch):
                known = self.git("branch", "--list", branch)
                self.git("switch", "-q", *([] if known else ["-c"]), branch)
            case Merge(branch, side) if self.git("branch", "--list", branch):
                self.git("merge", "--no-commit", "--no-ff", branch, fails=True)
                self.resolve(side)
                self.settle()
            case Pick(branch) if self.git("branch", "--list", branch):
                self.run_or_abort("cherry-pick", branch)
            case Revert(back) if int(self.git("rev-list", "--count", "HEAD")) > back + 1:
                self.run_or_abort("revert", "--no-edit", f"HEAD~{back}")
            case _:
                pass

    def run_or_abort(self, verb: str, *arguments: str) -> None:
        before = self.git("rev-parse", "HEAD")
        self.git(verb, *arguments, fails=True)
        if self.git("rev-parse", "HEAD") == before:
            self.git("reset", "-q", "--hard")
            self.git(verb, "--quit", fails=True)
        else:
            self.made_by_git()

    def resolve(self, side: str) -> None:
        """Sources from one side; the lock, markers and all, is sigclock's to settle."""
        conflicts = self.git("diff", "--name-only", "--diff-filter=U").splitlines()
        for path in conflicts:
            if path != LOCK_NAME:
                self.git("checkout", f"--{side}", "--", path)
                self.git("add", path)
        if LOCK_NAME in conflicts:
            update.run(str(self.path), Overrides(), stage=True)

    def settle(self) -> None:
        """Commit what is staged as the hook does."""
        hook.run(str(self.path), Overrides())
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "hook")
        assert self.git("status", "--porcelain") == ""
        assert check.run(str(self.path), Overrides()).report.findings == ()
        self.settled[self.git("rev-parse", "HEAD")] = self.pair()
        assert self.contradictions() == []

    def made_by_git(self) -> None:
        """A commit past the hook: red if it breaks the invariant; then `update` mends it."""
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "git")
        findings = check.run(str(self.path), Overrides()).report.findings
        assert findings or not self.contradictions()
        update.run(str(self.path), Overrides())
        self.git("add", ".")
        self.settle()

    def pair(self) -> Pair:
        source = (self.path / "fit.py").read_text()
        version = re.search(r'cache_version="(.*?)"', source)
        assert version is not None
        fields = re.findall(r"^    (\w): int$", (self.path / "models.py").read_text(), re.MULTILINE)
        return Pair(version[1], "".join(fields))

    def contradictions(self) -> list[Pair]:
        """The pairs of settled commits before this one that give its version another meaning."""
        now = self.pair()
        before = [
            self.settled[c] for c in self.git("rev-list", "HEAD").split() if c in self.settled
        ]
        return [pair for pair in before if pair.version == now.version and pair != now]


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_no_history_gives_a_version_two_meanings(
    steps: list[Change | Switch | Merge | Pick | Revert],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History.start(Path(folder) / "repo")
        for step in steps:
            history.take(step)
