"""A walk over a repository's commits: each project's tasks at each of them, as one timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing

import msgspec

from sigclock.audit.timeline import CommitNode, Stretch, Timeline
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


def walk(
    repository: Repository, plan: Walk, projects: Mapping[str, Options], watch: Watch
) -> tuple[dict[str, list[Stretch]], frozenset[str]]:
    """The stretches of each project over the commits of a plan; the unread files at its tip."""
    store = Store.of(repository)
    with ExitStack() as stack:
        states = {
            key: Growing(
                options,
                repository.objects.read,
                stack.enter_context(closing(Readings(store, options))),
            )
            for key, options in projects.items()
        }
        timelines = {key: Timeline() for key in projects}
        tips = _run(repository, plan, states, timelines, watch)
    unread = frozenset[str]().union(*(state.unread for state in states.values()))
    return {key: timelines[key].close(tips.get(key)) for key in projects}, unread


def _run(
    repository: Repository,
    plan: Walk,
    states: Mapping[str, Growing],
    timelines: Mapping[str, Timeline],
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
            here = nodes[commit.oid] = {
                key: timelines[key].add(
                    number,
                    [nodes[parent][key] for parent in parents],
                    state.move(changed),
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
