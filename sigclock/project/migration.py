"""A lock of an older sigclock, as this one would have written it then.

A better reader sees other structures in the same source. So the source for which the lock was
written is read anew: what differs from the lock there is the reader's doing, and makes no bump due;
what differs from there to the tree is the user's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from sigclock.errors import GitError, LockError
from sigclock.git.repository import Repository
from sigclock.interface.hash_schemes import signature
from sigclock.interface.snapshot import CacheSetting, Definition, Extraction, Task
from sigclock.lock import ledger, reader, retention
from sigclock.lock.lock import Lock
from sigclock.lock.rehash import rehashed, renamed
from sigclock.project import baseline as baselines
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Project
from sigclock.source import SourceTree
from sigclock.verdict.decision import tracked_signature

_Reread = tuple[Task, Mapping[str, Definition]]


def migrated(
    repository: Repository, project: Project, tree: SourceTree, baseline: Baseline
) -> Baseline:
    """The baseline, in which an older lock says what this sigclock reads in its source."""
    if baseline.data is None or not baseline.lock.is_older:
        return baseline
    lock = rehashed(baseline.lock)
    try:
        there = _written_at(repository, project, tree)
        committed = baselines.read(there, project.lock_path) if there else None
        if there is not None and committed is not None:
            known = lock
            if committed != baseline.data:
                known = rehashed(reader.loads(committed, project.lock_path))
            extraction = project.extraction(repository, there, keep=False)
            inputs = "inputs" in project.config.track
            lock = _settled(lock, dict(_reread(lock, known, extraction)), inputs=inputs)
    except (GitError, LockError):
        # It is compared as it stands: at worst, a bump is made that nothing needs.
        pass
    visible = ledger.join([baseline.visible, lock.ledger])
    return msgspec.structs.replace(baseline, lock=lock, visible=visible)


def _written_at(repository: Repository, project: Project, tree: SourceTree) -> SourceTree | None:
    """The tree of the commit that wrote the lock last; a shallow clone cannot tell which it is.

    Not HEAD's: a commit without the hook may have changed a source since.
    """
    head = repository.head()
    if head is None or repository.shallow:
        return None
    tip = head if tree.label in ("worktree", "index") else repository.commit_id(tree.label)
    commit = repository.last_change(tip, project.lock_path)
    return repository.revision(commit) if commit else None


def _reread(lock: Lock, committed: Lock, extraction: Extraction) -> Iterator[tuple[str, _Reread]]:
    """The tasks that were read otherwise when the lock was written, as they are read now."""
    known = retention.as_far_as_known(lock, extraction).snapshot.tasks
    for name, task in lock.snapshot.tasks.items():
        before, now = committed.snapshot.tasks.get(name), known.get(name)
        if before is None or now is None or now.own_definitions:
            continue
        if not (_pair(before) == _pair(task) and now.cache == task.cache):
            # Somebody moved it without the lock, or the lock without it.
            continue
        # Else its classes are newer than its signature, as a merge of the lock's text may leave it.
        if signature(task, lock.snapshot.definitions_of(task)) == task.signature:
            yield name, (now, extraction.snapshot.definitions)


def _pair(task: Task) -> tuple[CacheSetting, str]:
    return task.cache, task.signature


def _settled(lock: Lock, reread: Mapping[str, _Reread], *, inputs: bool) -> Lock:
    """The lock with these tasks as they are read now, under both signatures in the ledger."""
    known, accounts = lock.snapshot, dict(lock.ledger)
    # First the tasks of which the definitions are shared: most are read as before.
    tasks = [(name, *pair) for name, pair in sorted(reread.items())]
    tasks += [
        (name, task, known.definitions_of(task))
        for name, task in known.tasks.items()
        if name not in reread
    ]
    for name, (now, definitions) in reread.items():
        before = known.tasks[name]
        then, after = (
            tracked_signature(task, visible, inputs=inputs)
            for task, visible in ((before, known.definitions_of(before)), (now, definitions))
        )
        if then != after and name in accounts:
            names = {then: after, before.signature: now.signature}
            accounts[name] = renamed(accounts[name], names)
    return msgspec.structs.replace(lock, snapshot=retention.snapshot(tasks), ledger=accounts)
