"""Random histories of a team: no version that sigclock lets pass has two meanings in what is seen.

Some commit without the hook, press a forge's revert button, merge text without a driver, squash,
reset, stash, split or move a project, move a file, or go on in a shallow or a partial clone. What
is held: a pair of task and version that is new in a commit under the hook has no other signature in
a lock at any ref, in HEAD's history, its reflog or the stash, nor in the sources that it grew from
or that stand at a ref. What those without the hook broke by themselves is not held against it, and
`audit` lists exactly that. What is remembered of earlier runs makes no difference to any of it.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.amount import FULL
from support.commit_reader import LOCK, CommitReader
from support.git import Repo

from sigclock.cli.commands import audit, check, update
from sigclock.project import hook
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORIES, STEPS = (500, 15) if FULL else (2, 12)
TASK = """\
from dataclasses import dataclass
from flytekit import task

@dataclass
class {name}:
    mean: float

@task(cache=True, cache_version="1.0")
def {task}(path: str) -> {name}:
    return {name}(0.0)
"""
MODELS = "from dataclasses import dataclass\n\n@dataclass\nclass Stats:\n    mean: float\n"
FIT = """\
from flytekit import task
from models import Stats

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
MEAN, FIELDS = "    mean: float\n", [f"    {name}: int = 0\n" for name in "bcd"]
TABLE = "[tool.sigclock]\n"
BRANCHES = ("main", "one", "two")


@cache
def hashes() -> dict[str, str]:
    """The hash of each structure that a class here can have, which is one everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo.init(Path(folder) / "repo")
        chosen = [fields for count in range(4) for fields in combinations(FIELDS, count)]
        for number, fields in enumerate(chosen):
            text = TASK.format(name=f"Part{number}", task="use")
            repo.write(f"flow{number}.py", text.replace(MEAN, MEAN + "".join(fields)))
        update.run(str(repo.path), Overrides())
        repo.commit()
        reader, head = CommitReader(repo), repo.git("rev-parse", "HEAD")
        issued = reader.issued([head])
        found = {}
        for name, pair in reader.pairs(head).items():
            (found[pair.structure],) = issued[name][pair.version]
    assert len({*found.values()}) == len(found) == len(chosen)
    return found


@contextmanager
def cold() -> Iterator[None]:
    """Nothing is remembered."""
    before = os.environ.get("SIGCLOCK_CACHE")
    os.environ["SIGCLOCK_CACHE"] = "0"
    yield
    if before is None:
        del os.environ["SIGCLOCK_CACHE"]
    else:
        os.environ["SIGCLOCK_CACHE"] = before


class Team(Repo):
    """A repository in which people and forges work; `told` is what happened, for a failure."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        super().__init__(path)
        self._chance = chance
        self._reader = CommitReader(self)
        self._hooked: set[str] = set()
        self.told: list[str] = []

    def start(self) -> None:
        Repo.init(self.path)
        self.write("models.py", MODELS)
        self.write("fit.py", FIT)
        self.write("part/flow.py", TASK.format(name="Part", task="use"))
        self.git("add", ".")
        self.hooked([])

    def step(self) -> None:
        moves = (
            self.change, self.change, self.change, self.unhooked, self.switch, self.switch,
            self.reverted, self.reset, self.stashed, self.split, self.moved, self.moved_project,
            self.merged, self.squashed, self.picked, self.merged_here, self.cloned,
        )  # fmt: skip
        move = self._chance.choice(moves)
        self.told.append(move.__name__)
        move()
        self.settled()

    # -- what people do --------------------------------------------------------------------------

    def edit(self) -> None:
        """Add a field to a class, or take one from it."""
        path = self._chance.choice([path for path in self.sources() if MEAN in self.text(path)])
        field, text = self._chance.choice(FIELDS), self.text(path)
        self.write(
            path, text.replace(field, "") if field in text else text.replace(MEAN, MEAN + field)
        )
        self.git("add", "--all")

    def change(self) -> None:
        self.edit()
        self.hooked([])

    def unhooked(self) -> None:
        """A colleague has no hook, and may write a version by hand."""
        self.edit()
        if self._chance.random() < 0.5:
            versioned = [path for path in self.sources() if "cache_version" in self.text(path)]
            path = self._chance.choice(versioned)
            text = self.text(path)
            version = text.partition('cache_version="')[2].partition('"')[0]
            self.write(path, text.replace(f'"{version}"', f'"1.{self._chance.randint(0, 3)}"'))
        self.plain()

    def switch(self) -> None:
        branch = self._chance.choice(BRANCHES)
        known = self.git("branch", "--list", branch)
        self.git("switch", "-q", *([] if known else ["-c"]), branch)

    def reverted(self) -> None:
        """The button of a forge, which runs no hook."""
        if (back := self.back()) + 1 < int(self.git("rev-list", "--count", "HEAD")):
            self.or_nothing("revert", "--no-edit", f"HEAD~{back}")

    def reset(self) -> None:
        self.git("reset", "-q", "--hard", f"HEAD~{self.back()}")

    def stashed(self) -> None:
        self.edit()
        update.run(str(self.path), Overrides(), stage=True)
        self.git("stash", "-q", fails=True)

    def split(self) -> None:
        """The folder becomes a project of its own, or is one no longer."""
        own = self.path / "part/pyproject.toml"
        if own.exists():
            own.unlink()
            (self.path / "part" / LOCK).unlink(missing_ok=True)
        else:
            self.write("part/pyproject.toml", TABLE)
        self.edit()
        self.hooked([])

    def moved(self) -> None:
        """A file gets another name, and so do its tasks."""
        self.rename("fit.py", "train.py")
        self.edit()
        self.hooked([])

    def moved_project(self) -> None:
        """A project gets another folder, which is no part of its tasks' names."""
        if not self.rename("lab", "rig"):
            self.write("lab/pyproject.toml", f'{TABLE}source-roots = ["."]\n')
            self.write("lab/run.py", TASK.format(name="Run", task="run"))
            self.write("pyproject.toml", TABLE)
        self.edit()
        self.hooked([])

    def merged(self) -> None:
        """A forge merges the text, or nothing where that conflicts."""
        if branch := self.other():
            self.or_nothing("merge", "--no-ff", "--no-verify", "-m", "merge", branch)

    def squashed(self) -> None:
        if branch := self.other():
            self.git("merge", "--squash", branch, fails=True)
            if self.git("ls-files", "--unmerged"):
                self.git("reset", "-q", "--hard")
            else:
                self.plain()

    def picked(self) -> None:
        if branch := self.other():
            self.or_nothing("cherry-pick", branch)

    def merged_here(self) -> None:
        """A merge under the hook; sources from one side, the lock is sigclock's to settle."""
        branch = self.other()
        if branch is None:
            return
        theirs = self.git("rev-parse", branch)
        self.git("merge", "--no-commit", "--no-ff", branch, fails=True)
        for path in self.git("diff", "--name-only", "--diff-filter=U").splitlines():
            if not path.endswith(LOCK):
                self.git("checkout", "--ours", "--", path, fails=True)
                self.git("add", path)
        update.run(str(self.path), Overrides(), stage=True)
        self.git("add", "--all")
        self.hooked([theirs])

    def cloned(self) -> None:
        """Go on in a clone that lacks a part of the history."""
        if self._chance.random() < 0.7 or self.is_partial:
            return
        kind = self._chance.choice([["--depth=2"], ["--filter=blob:none"]])
        self.git("config", "uploadpack.allowFilter", "true")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")
        place = self.path.with_name(f"{self.path.name}x")
        self.git("clone", "-q", *kind, f"file://{self.path}", str(place))
        self.told[-1] += kind[0]
        self.path = place
        self._reader = CommitReader(self)

    # -- how commits are made --------------------------------------------------------------------

    def hooked(self, arriving: list[str]) -> None:
        """Commit what is staged as the hook does, and hold what it let pass."""
        before = [self.git("rev-parse", "HEAD")] if self.told else []
        self.judged()
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "hooked")
        self.git("reset", "-q", "--hard")
        self._hooked.add(self.git("rev-parse", "HEAD"))
        self.hold([*before, *arriving])

    def judged(self) -> None:
        """Run the hook, which says and stages what it would with nothing remembered."""
        place = self.path.with_name("copy")
        shutil.copytree(self.path, place, symlinks=True)
        with cold():
            there = hook.run(str(place), Overrides())
        here = hook.run(str(self.path), Overrides(), brief=True)
        copy = Repo(place)
        assert self.git("write-tree") == copy.git("write-tree"), self.told
        assert (here is None) == (there is None), self.told
        if here and there:
            said = [
                (each.report.findings, each.report.bumps, each.stopped) for each in (here, there)
            ]
            assert said[0] == said[1], self.told
        shutil.rmtree(place)

    def plain(self) -> None:
        self.git("add", "--all")
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "plain")

    def or_nothing(self, verb: str, *arguments: str) -> None:
        before = self.git("rev-parse", "HEAD")
        self.git(verb, *arguments, fails=True)
        if self.git("rev-parse", "HEAD") == before:
            self.git("reset", "-q", "--hard")
            self.git(verb, "--quit", fails=True)

    def back(self) -> int:
        return self._chance.randrange(
            min(3, int(self.git("rev-list", "--count", "--first-parent", "HEAD")))
        )

    def other(self) -> str | None:
        here = self.git("branch", "--show-current")
        known = [name for name in BRANCHES if name != here and self.git("branch", "--list", name)]
        return self._chance.choice(known) if known else None

    @property
    def is_partial(self) -> bool:
        return bool(self.git("config", "--get", "remote.origin.promisor", fails=True))

    def sources(self) -> list[str]:
        return self.git("ls-files", "*.py").splitlines()

    def text(self, path: str) -> str:
        return (self.path / path).read_text()

    def rename(self, one: str, other: str) -> bool:
        """Move what is there to the other name; false if there is neither."""
        for old, new in ((one, other), (other, one)):
            if self.git("ls-files", old):
                self.git("mv", old, new)
                return True
        return False

    # -- what is held ----------------------------------------------------------------------------

    def settled(self) -> None:
        """What is remembered changes no judgement."""
        warm = check.run(str(self.path), Overrides()).report
        with cold():
            assert check.run(str(self.path), Overrides()).report == warm, self.told

    def hold(self, grown_from: list[str]) -> None:
        reader, head = self._reader, self.git("rev-parse", "HEAD")
        earlier = [reader.pairs(commit) for commit in grown_from]
        beside = [reader.pairs(commit) for commit in reader.tips()]
        own, seen = reader.issued([head]), reader.issued(reader.visible())
        for name, pair in reader.pairs(head).items():
            if any(pairs.get(name) == pair for pairs in earlier):
                # It stood before: whoever made it so is told by `check` and `audit`.
                continue
            known = {hashes()[pair.structure]}
            assert own[name][pair.version] == known, (self.told, name, pair)
            assert seen[name][pair.version] <= known, (self.told, name, pair)
            others = {pairs[name] for pairs in [*earlier, *beside] if name in pairs} - {pair}
            assert pair.version not in {other.version for other in others}, (self.told, name, pair)

    def audited(self) -> None:
        """`audit` lists the versions that have two meanings, each by a commit without the hook."""
        if self.is_partial:
            self.git("fetch", "-q", "--refetch", "--no-filter")
        found = audit.run(str(self.path), Overrides()).audit.breaches
        told = {(breach.root, breach.version) for breach in found}
        assert told == self.breaches(), self.told

    def breaches(self) -> set[tuple[str, str]]:
        """Each version of a task that has several structures in HEAD's history."""
        reader, structures = CommitReader(self), {found: name for name, found in hashes().items()}
        commits = self.git("rev-list", "--reverse", "HEAD").split()
        meanings: dict[tuple[str, str], set[str]] = defaultdict(set)
        for commit in commits:
            for name, pair in reader.pairs(commit).items():
                meanings[name, pair.version].add(pair.structure)
        for name, versions in reader.issued(commits).items():
            for version, issued in versions.items():
                meanings[name, version].update(structures[each] for each in issued)
        return {key for key, several in meanings.items() if len(several) > 1}


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_no_version_has_two_meanings(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        team = Team(Path(folder) / "repo", random.Random(seed))  # noqa: S311 - no secret
        team.start()
        for _ in range(STEPS):
            team.step()
        team.audited()
