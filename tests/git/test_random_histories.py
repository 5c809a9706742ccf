"""Random histories of a team: no version that sigclock lets pass has two meanings in what is seen.

Some commit without the hook, press a forge's revert button, merge text without a driver, squash,
reset, stash, split a project, move a file, or go on in a shallow or a partial clone. What is held:
a pair of task and version that is new in a commit under the hook has no other signature in a lock
at any ref, in HEAD's history, its reflog or the stash, nor in the sources that it grew from. What
those without the hook broke by themselves is not held against it.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pytest
from support.amount import FULL
from support.commit_reader import CommitReader, Pair
from support.git import Repo

from sigclock.cli.commands import check, update
from sigclock.project import hook
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME

HISTORIES, STEPS = (500, 15) if FULL else (3, 12)
MODELS = "from dataclasses import dataclass\n\n@dataclass\nclass {name}:\n    mean: float\n"
FIT = """\
from flytekit import task
from models import Stats

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
PART = """\
from dataclasses import dataclass
from flytekit import task

@dataclass
class Part:
    mean: float

@task(cache=True, cache_version="1.0")
def use(path: str) -> Part:
    return Part(0.0)
"""
CLASSES = {"models.py": "Stats", "part/flow.py": "Part"}
BRANCHES = ("main", "one", "two")


class Team(Repo):
    """A repository in which people and forges work; `told` is what happened, for a failure."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        super().__init__(path)
        self._chance = chance
        self.told: list[str] = []
        self._hashes: dict[str, str] = {}

    def start(self) -> None:
        Repo.init(self.path)
        self.write("models.py", MODELS.format(name="Stats"))
        self.write("fit.py", FIT)
        self.write("part/flow.py", PART)
        self.git("add", ".")
        self.hooked([])

    def step(self) -> None:
        moves = (
            self.change, self.change, self.change, self.unhooked, self.switch, self.switch,
            self.reverted, self.reset, self.stashed, self.split, self.moved, self.merged,
            self.squashed, self.picked, self.merged_here, self.cloned,
        )  # fmt: skip
        move = self._chance.choice(moves)
        self.told.append(move.__name__)
        move()
        self.settled()

    # -- what people do --------------------------------------------------------------------------

    def edit(self) -> None:
        """Add a field to a class, or take one from it."""
        path = self._chance.choice(sorted(CLASSES))
        field = f"    {self._chance.choice('bcd')}: int = 0\n"
        text = (self.path / path).read_text()
        mean = "    mean: float\n"
        self.write(
            path, text.replace(field, "") if field in text else text.replace(mean, mean + field)
        )
        self.git("add", "--all")

    def change(self) -> None:
        self.edit()
        self.hooked([])

    def unhooked(self) -> None:
        """A colleague has no hook, and may write a version by hand."""
        self.edit()
        if self._chance.random() < 0.5:
            path = self._chance.choice(
                [
                    path
                    for path in self.sources()
                    if "cache_version" in (self.path / path).read_text()
                ]
            )
            text = (self.path / path).read_text()
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
            (self.path / "part" / LOCK_NAME).unlink(missing_ok=True)
        else:
            self.write("part/pyproject.toml", "[tool.sigclock]\n")
        self.edit()
        self.hooked([])

    def moved(self) -> None:
        old, new = (
            ("fit.py", "train.py") if (self.path / "fit.py").exists() else ("train.py", "fit.py")
        )
        if (self.path / old).exists():
            self.git("mv", old, new)
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
            if not path.endswith(LOCK_NAME):
                self.git("checkout", "--ours", "--", path, fails=True)
                self.git("add", path)
        update.run(str(self.path), Overrides(), stage=True)
        self.git("add", "--all")
        self.hooked([theirs])

    def cloned(self) -> None:
        """Go on in a clone that lacks a part of the history."""
        if self._chance.random() < 0.7:
            return
        kind = self._chance.choice([["--depth=2"], ["--filter=blob:none"]])
        self.git("config", "uploadpack.allowFilter", "true")
        place = self.path.with_name(f"{self.path.name}x")
        self.git("clone", "-q", *kind, f"file://{self.path}", str(place))
        self.told[-1] += kind[0]
        self.path = place

    # -- how commits are made --------------------------------------------------------------------

    def hooked(self, arriving: list[str]) -> None:
        """Commit what is staged as the hook does, and hold what it let pass."""
        before = [self.git("rev-parse", "HEAD")] if self.told else []
        hook.run(str(self.path), Overrides())
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "hooked")
        self.git("reset", "-q", "--hard")
        self.hold([*before, *arriving])

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

    def sources(self) -> list[str]:
        return self.git("ls-files", "*.py").splitlines()

    # -- what is held ----------------------------------------------------------------------------

    def settled(self) -> None:
        """What is remembered changes no judgement."""
        if self._chance.random() < 0.2:
            warm = check.run(str(self.path), Overrides()).report
            shutil.rmtree(self.path / ".git/sigclock", ignore_errors=True)
            assert check.run(str(self.path), Overrides()).report == warm, self.told

    def hold(self, grown_from: list[str]) -> None:
        reader = CommitReader(self)
        head = self.git("rev-parse", "HEAD")
        earlier = [reader.pairs(commit) for commit in grown_from]
        own, seen = reader.issued([head]), reader.issued(reader.visible())
        for name, pair in reader.pairs(head).items():
            if any(pairs.get(name) == pair for pairs in earlier):
                # It stood before: whoever made it so is told by `check` and `audit`.
                continue
            known = self._hash(own[name][pair.version], pair)
            assert seen[name][pair.version] <= {known}, (self.told, name, pair)
            others = {pairs[name] for pairs in earlier if name in pairs}
            assert not [o for o in others if o.version == pair.version], (self.told, name, pair)

    def _hash(self, issued: set[str], pair: Pair) -> str:
        """The hash of a structure, which is one everywhere; learnt from what is unambiguous."""
        if pair.structure not in self._hashes:
            assert len(issued) == 1, (self.told, pair, issued)
            (self._hashes[pair.structure],) = issued
        assert len(set(self._hashes.values())) == len(self._hashes)
        assert self._hashes[pair.structure] in issued, (self.told, pair, issued)
        return self._hashes[pair.structure]


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_no_version_has_two_meanings(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        team = Team(Path(folder) / "repo", random.Random(seed))  # noqa: S311 - no secret
        team.start()
        for _ in range(STEPS):
            team.step()
