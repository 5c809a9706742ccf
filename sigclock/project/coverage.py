"""What configuration and lock expect of a tree, and the tree does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sigclock.interface.snapshot import Extraction
from sigclock.lock.lock import Lock
from sigclock.project.projects import Project
from sigclock.source import Location, SourceTree, in_bytes
from sigclock.verdict.finding import Finding
from sigclock.verdict.rules.nothing_to_judge import nothing
from sigclock.verdict.wording import count

#: Of more files nobody asks whether they have a name: that would cost more than all the rest.
_MOST_FILES = 2_000


def missing(
    project: Project, extraction: Extraction, lock: Lock, tree: SourceTree
) -> list[Finding]:
    """A finding for each thing that is named or locked and not there."""
    paths = [path for path in tree.paths() if path.endswith(".py")]
    where = Location(project.configuration_path, 1)
    expected = bool(lock.snapshot.tasks)
    found: list[Finding] = []
    for root in _empty_roots(project, paths):
        message = f"source-roots: there is no Python file below {root!r}"
        found.append(nothing(where, message, root, expected=expected))
    if project.is_selective and not any(map(project.selects, paths)):
        message = "include and exclude leave no Python file to look at"
        found.append(nothing(where, message, "files", expected=expected))
    elif not (extraction.snapshot.tasks or extraction.unrecognized or extraction.unparsed):
        found += _no_task(project, lock)
    found += [
        nothing(where, f"{key}: nothing here is called {name!r}", name, expected=expected)
        for key, name in _unknown_names(project, extraction, paths, tree)
    ]
    return found


def _no_task(project: Project, lock: Lock) -> Iterator[Finding]:
    locked = len(lock.snapshot.tasks)
    if locked:
        message = f"no task is left, and the lock has {count(locked, 'task')}"
        yield nothing(Location(project.lock_path, 1), message, "tasks", expected=True)
    elif project.is_configured:
        message = "there is no task here"
        yield nothing(Location(project.configuration_path, 1), message, "tasks", expected=False)


def _empty_roots(project: Project, paths: Sequence[str]) -> Iterator[str]:
    for name, root in zip(project.config.source_roots, project.options().source_roots, strict=True):
        if root not in {"", "."} and not any(path.startswith(f"{root}/") for path in paths):
            yield name


def _unknown_names(
    project: Project, extraction: Extraction, paths: Sequence[str], tree: SourceTree
) -> Iterator[tuple[str, str]]:
    """The configured names of makers of which a part stands in no file, with their keys.

    Files that have tasks are looked at first, and seldom is another one needed.
    """
    config = project.config
    named = [
        *(("task-decorators", name) for name in config.task_decorators),
        *(("not-tasks", name) for name in config.not_tasks),
    ]
    if not named:
        return
    first = {task.path for task in extraction.snapshot.tasks.values()}
    ordered = sorted(paths, key=lambda path: (path not in first, path))
    wanted = {part for _, name in named for part in _parts(name)}
    absent = _absent(wanted, ordered[:_MOST_FILES], tree)
    if len(ordered) <= _MOST_FILES:
        yield from (pair for pair in named if not absent.isdisjoint(_parts(pair[1])))


def _parts(name: str) -> set[str]:
    """The package and the last part of a dotted name: where it is used, files have both."""
    parts = name.split(".")
    return {part for part in (parts[0], parts[-1]) if "*" not in part}


def _absent(words: set[str], paths: Iterable[str], tree: SourceTree) -> set[str]:
    left = set(words)
    for path in paths:
        if not left:
            break
        data = tree.read(path)
        left = {word for word in left if in_bytes(word) not in data and word not in path}
    return left
