"""A walk over a repository's commits: each project's tasks at each of them, as one timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing

import msgspec

from sigclock.audit.timeline import CommitNode, Stretch, TasksByName, Timeline, moved_along
from sigclock.errors import UsageError
from sigclock.git import log
from sigclock.git.log import Commit
from sigclock.git.repository import Repository
from sigclock.incremental.growing import Growing
from sigclock.incremental.readings import Readings
from sigclock.incremental.store import Store
from sigclock.tasks.extract import Options

#: Shows progress while its commits are iterated.
Watch = Callable[[Sequence[Commit]], AbstractContextManager[Iterable[Commit]]]

#: How many commits are compared in one question to Git, so that its answer stays small.
_CHUNK = 500
_NONE: TasksByName = {}


class Walk(msgspec.Struct, frozen=True):
    """What to walk, parents first. The first `starts` commits only show the state before a range.

    `parents` maps a commit to its walked parents.
    """

    commits: tuple[Commit, ...]
    starts: int
    parents: dict[str, tuple[str, ...]]
    first_parent: bool
    shallow: bool

    @property
    def tip(self) -> str | None:
        return self.commits[-1].oid if self.commits else None


def plan(repository: Repository, range_: str | None, *, first_parent: bool = False) -> Walk:
    """The commits of a range (`A..B`, `A..`, or `B` for all up to it), by default HEAD's.

    The parents of a range are walked too, for they show the state at its start.
    """
    base, tip = _ends(range_)
    end = repository.commit_id(tip) if tip else repository.head()
    if end is None:
        return Walk((), 0, {}, first_parent, repository.shallow)
    without = [repository.commit_id(base)] if base else []
    commits = log.commits(repository, end, without, first_parent=first_parent)
    walked_oids = {commit.oid for commit in commits}
    parents = {
        commit.oid: commit.parents[:1] if first_parent else commit.parents for commit in commits
    }
    missing = dict.fromkeys(
        oid for oids in parents.values() for oid in oids if oid not in walked_oids
    )
    starts = [log.commit(repository, oid) for oid in missing]
    parents.update({commit.oid: () for commit in starts})
    if not commits:
        # An empty range: its end is the only commit.
        starts = [log.commit(repository, end)]
        parents[end] = ()
    walked = (*starts, *commits)
    return Walk(walked, len(starts), parents, first_parent, repository.shallow)


def _ends(range_: str | None) -> tuple[str | None, str | None]:
    if range_ is None:
        return None, None
    if "..." in range_:
        advice = "name two commits with two dots between them: A..B"
        raise UsageError(f"{range_!r} is a symmetric difference, not a range", advice=advice)
    base, dots, tip = range_.rpartition("..")
    return (base or None) if dots else None, tip or None


class View(msgspec.Struct, frozen=True):
    """What is walked as one project; `tables` has the blobs of its configuration if it is past."""

    options: Options
    tables: frozenset[str] = frozenset()


def walk(
    repository: Repository, plan: Walk, views: Mapping[str, View], watch: Watch
) -> tuple[dict[str, list[Stretch]], frozenset[str]]:
    """The stretches of each project over the commits of a plan; the unread files at its tip.

    Projects are given by directory. One that is past counts where its folder had its table.
    """
    store = Store.of(repository)
    with ExitStack() as stack:
        states = {
            key: Growing(
                view.options,
                repository.objects.read,
                stack.enter_context(closing(Readings(store, view.options))),
            )
            for key, view in views.items()
        }
        seen = {key: _Seen(key, state) for key, state in states.items()}
        timelines = {key: Timeline() for key in views}
        past = {key: view.tables for key, view in views.items() if view.tables}
        tips = _run(repository, plan, seen, timelines, _Standing(past), watch)
    unread = frozenset[str]().union(*(state.unread for state in states.values()))
    found = {key: timelines[key].close(tips.get(key)) for key in views}
    moved_along(found)
    return found, unread


class _Standing:
    """Which of the past projects stand at the commit that is looked at."""

    def __init__(self, tables: Mapping[str, frozenset[str]]) -> None:
        self._tables = tables
        self._here: frozenset[str] = frozenset()

    def move(self, changed: Mapping[str, str | None]) -> tuple[frozenset[str], frozenset[str]]:
        """Those that stand, and those that do not."""
        for directory, blobs in self._tables.items():
            path = f"{directory}/pyproject.toml".lstrip("/")
            if path in changed:
                stands = changed[path] in blobs
                self._here = self._here - {directory} | ({directory} if stands else set())
        return self._here, frozenset(self._tables) - self._here


class _Seen:
    """The tasks of one project; the same object for the same tasks."""

    def __init__(self, directory: str, state: Growing) -> None:
        self._directory = directory
        self._state = state
        self._known: tuple[TasksByName, tuple[str, ...]] = (_NONE, ())
        self._tasks: TasksByName = _NONE

    @property
    def unread(self) -> frozenset[str]:
        return self._state.unread

    def move(
        self, changed: Mapping[str, str | None], here: frozenset[str], gone: frozenset[str]
    ) -> TasksByName:
        """The tasks, less those of the past projects `here`; none of one that is `gone`."""
        tasks = self._state.move(changed)
        if self._directory in gone:
            return _NONE
        inner = tuple(f"{other}/" for other in sorted(here) if self._is_around(other))
        if not inner:
            return tasks
        if self._known[0] is not tasks or self._known[1] != inner:
            self._known = (tasks, inner)
            self._tasks = {
                name: declared
                for name, declared in tasks.items()
                if not declared.task.path.startswith(inner)
            }
        return self._tasks

    def _is_around(self, other: str) -> bool:
        prefix = f"{self._directory}/" if self._directory else ""
        return other != self._directory and other.startswith(prefix)


def _run(
    repository: Repository,
    plan: Walk,
    states: Mapping[str, _Seen],
    timelines: Mapping[str, Timeline],
    standing: _Standing,
    watch: Watch,
) -> dict[str, CommitNode]:
    """The last commit's node of each project; a commit's nodes are dropped after its last child."""
    waiting = Counter(parent for parents in plan.parents.values() for parent in parents)
    nodes: dict[str, dict[str, CommitNode]] = {}
    here: dict[str, CommitNode] = {}
    changes = _changes(repository, plan)
    with watch(plan.commits) as watched:
        for number, commit in enumerate(watched):
            parents = plan.parents[commit.oid]
            changed = next(changes)
            stand = standing.move(changed)
            here = nodes[commit.oid] = {
                key: timelines[key].add(
                    number,
                    [nodes[parent][key] for parent in parents],
                    state.move(changed, *stand),
                    state.unread,
                )
                for key, state in states.items()
            }
            waiting.subtract(parents)
            for parent in parents:
                if not waiting[parent]:
                    nodes.pop(parent, None)
    return here


def _changes(repository: Repository, plan: Walk) -> Iterator[Mapping[str, str | None]]:
    """How each commit differs from the commit walked before it; the first has all its files."""
    if not plan.commits:
        return
    first = repository.revision(plan.commits[0].oid)
    yield {path: first.oid(path) for path in first.paths()}
    pairs = [
        (after.oid, before.oid)
        for before, after in zip(plan.commits, plan.commits[1:], strict=False)
    ]
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        changes = log.changes(repository, chunk)
        for current, _ in chunk:
            yield changes.get(current, {})
