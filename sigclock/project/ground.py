"""The last tree that was found settled: its lock says what its sources say, and nothing is due.

What is judged next differs from it in a few files. Kept in the Git directory, and as good as none
where it is damaged, foreign, or of another sigclock or Python.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sigclock.git.names import is_forged
from sigclock.git.repository import Repository
from sigclock.git.staging import Differences
from sigclock.incremental.rows import Rows, values
from sigclock.incremental.section import Facts, OutOfFocusError
from sigclock.incremental.shelf import LostPageError, Pages, Shelf
from sigclock.incremental.store import Store
from sigclock.interface.reachability import Sameness
from sigclock.lock.ledger import join
from sigclock.lock.lock import REVISION, Account
from sigclock.project.analysis import Analysis
from sigclock.project.projects import Overrides, Project
from sigclock.python.values.byte_search import next_markers
from sigclock.tasks.memory import State
from sigclock.verdict.decision import Decision
from sigclock.verdict.finding import Finding
from sigclock.verdict.report import Counts

_KIND, _MOST = "ground", 8
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Footing(msgspec.Struct, frozen=True):
    """One project of a settled tree.

    `lock` is the blob of its lock. `elsewhere` has what other locks of the history issued beyond
    those of the tree. `pages` are those of its rows.
    """

    project: Project
    lock: str
    elsewhere: dict[str, Account]
    facts: Facts
    findings: tuple[Finding, ...]
    counts: Counts
    pages: tuple[str, ...]


class Ground(msgspec.Struct, frozen=True):
    """A settled tree: that of commit `base`, but for `over`, with path → blob there and here.

    `tips` are the commits whose history was seen, `layout` the page of all Python files' paths,
    `lock_paths` all places at which there ever was a lock.
    """

    base: str
    over: Differences
    tips: tuple[str, ...]
    layout: str
    footings: tuple[Footing, ...]
    lock_paths: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing in it can reach Git as an option, or a file beside the tree's."""
        ids = (self.base, *self.tips, *(one.lock for one in self.footings))
        paths = [*self.lock_paths, *(one.project.lock_path for one in self.footings)]
        outside = any(path.startswith("/") or is_forged(path) for path in paths)
        return all(map(_ID.fullmatch, ids)) and not outside


class Grounds:
    """Where grounds are kept, one for each way in which the command line overrides settings."""

    def __init__(self, repository: Repository, overrides: Overrides) -> None:
        self._store = Store.of(repository)
        # Each linked work tree has an index of its own.
        own = os.path.relpath(repository.git_dir, repository.common_dir)
        self._keys = [repr((own, overrides, age)) for age in ("new", "old")]
        self.pages = Pages(self._store)

    def load(self) -> list[Ground]:
        """The newest ground, and before it the one of the tree from which that was changed."""
        found = (self._store.load(_KIND, key, Ground) for key in self._keys)
        return [ground for ground in found if ground is not None and ground.is_sound]

    def rows(self, footing: Footing) -> Rows:
        return Rows(Shelf(self.pages, footing.pages))

    def layout(self, ground: Ground) -> list[str]:
        """The paths of all Python files; `LostPageError` if that is not known."""
        try:
            text = self.pages.read(ground.layout).decode()
        except UnicodeDecodeError as error:
            raise LostPageError(ground.layout) from error
        return text.split("\0") if text else []

    def write_layout(self, paths: Sequence[str]) -> str:
        """Keep the paths of all Python files; the name of their page."""
        text = "\0".join(paths)
        if "\n" in text:
            raise OutOfFocusError("Git takes no such name on a line")
        (name,) = self.pages.write(text.encode())
        return name

    def keep(self, ground: Ground, before: Ground | None = None) -> None:
        """Keep a ground in the place of the last one; `before` is that of HEAD, if it is known."""
        with self._store.together():
            for key, one in zip(self._keys, (ground, before), strict=True):
                if one is not None:
                    self._store.keep(_KIND, key, one, _MOST)
            needed: set[str] = set()
            for one in self._store.all(_KIND, Ground):
                needed.update([one.layout], *(footing.pages for footing in one.footings))
            self.pages.prune(needed)


def footing(
    grounds: Grounds, analysis: Analysis, state: State, lock: str, elsewhere: dict[str, Account]
) -> Footing:
    """What is to be kept of a project that is settled once `lock` says what was found.

    `lock` is the id of its blob.
    """
    ledger = analysis.plan.lock.ledger
    found = values(state, ledger)
    return Footing(
        analysis.project,
        lock,
        elsewhere,
        Facts(tuple(_sought(state)), frozenset(state.mentions)),
        tuple(analysis.findings),
        analysis.counts,
        Shelf.of(grounds.pages, found).save(),
    )


def beyond(ledger: Mapping[str, Account], visible: Mapping[str, Account]) -> dict[str, Account]:
    """What was issued that a lock does not know, with what it knows of the same tasks."""
    joined = join(
        [ledger, {n: account for n, account in visible.items() if ledger.get(n) != account}]
    )
    return {name: account for name, account in joined.items() if ledger.get(name) != account}


def is_plain(analysis: Analysis) -> bool:
    """Whether the lock has all that was found once it is written, and nothing is unusual."""
    decided = analysis.plan
    return not (
        analysis.lock_notes
        or analysis.lock.revision != REVISION
        or analysis.extraction.unparsed
        or analysis.extraction.unseen
        or (not analysis.outdated and b"\r" in (analysis.lock_data or b""))
        or is_refused(analysis)
        or any(task.own_definitions for task in decided.lock.snapshot.tasks.values())
    )


def is_refused(analysis: Analysis) -> bool:
    """Whether a version is due and not bumped."""
    decisions = analysis.plan.decisions.values()
    return any(decision.due and decision.next_version is None for decision in decisions)


def changed_tasks(analysis: Analysis) -> Iterator[str]:
    """The tasks of which the lock had something else before."""
    same = Sameness(analysis.lock.snapshot, analysis.extraction.snapshot)
    for name, decision in analysis.plan.decisions.items():
        if not _is_as_locked(decision, same):
            yield name


def _is_as_locked(decision: Decision, same: Sameness) -> bool:
    before, after = decision.baseline, decision.task
    if before is None or decision.previous_name or decision.next_version is not None:
        return False
    return (before.cache, before.path) == (after.cache, after.path) and same.of(before, after)


def _sought(state: State) -> Iterator[frozenset[str]]:
    """What each round seeks; the last may not have been made, for no file was left."""
    sought = [round_.markers for round_ in state.rounds]
    yield from sought
    found = state.rounds[-1].paths
    kept = (state.kept(path) for path in found)
    offered = (name for one in kept if one is not None for name in one.offers)
    last = next_markers(offered, sought)
    if last:
        yield last
