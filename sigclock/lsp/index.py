"""What the files of a tree share that was read whole: names, versions, classes, constants."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sigclock.python.values.constant_uses import last
from sigclock.tasks.extract import uses_of
from sigclock.tasks.file_reader import Class, FileSummary
from sigclock.tasks.reading import next_files
from sigclock.tasks.tree_state import TreeState

#: Where a class stands, which tells it from another one of its name.
Place = tuple[str, int]


class Constant(NamedTuple):
    """A constant behind a version of the file `user`; it may be one of a class."""

    user: str
    holder: str
    of_class: bool


class Index:
    """Which files share something, of all that can hold tasks."""

    def __init__(self, state: TreeState) -> None:
        self.readers: dict[str, list[str]] = defaultdict(list)
        #: The files by name of a task, file of a version, maker that was not recognized.
        self.tasks: dict[str, set[str]] = defaultdict(set)
        self.sites: dict[str, set[str]] = defaultdict(set)
        self.makers: dict[str, set[str]] = defaultdict(set)
        #: How many files reach each class of an import name.
        self.classes: dict[str, Counter[Place]] = defaultdict(Counter)
        #: The reads on the way to a version, by their file, with the file of the version.
        self.reads: dict[str, set[tuple[int, int, str]]] = defaultdict(set)
        #: The constants behind versions by name, and the files that were asked what else reads one.
        self.constants: dict[str, set[Constant]] = defaultdict(set)
        self.lookers: dict[str, set[str]] = defaultdict(set)
        self.rounds = {
            path: number for number, round_ in enumerate(state.rounds) for path in round_.paths
        }
        for path, answers in state.asked.items():
            for found in next_files(answers):
                self.readers[found].append(path)
        for path, looked in state.looked.items():
            for found in looked:
                self.lookers[found].add(path)
        for path in state.files:
            self._note(path, state)

    def _note(self, path: str, state: TreeState) -> None:
        summary = state.summary(path)
        assert summary is not None
        for entry in summary.entries:
            self.tasks[entry.name].add(path)
            if entry.site.version is not None:
                self.sites[entry.site.version.location.path].add(path)
        for site in summary.unrecognized:
            self.makers[site.maker].add(path)
        for name, place in classes_of(summary):
            self.classes[name][place] += 1
        for use in uses_of(summary):
            self.reads[use.path].add((use.line, use.column, path))
            held = Constant(path, use.holder_path, "." in use.holder)
            self.constants[last(use.holder)].add(held)

    def reaching(self, paths: Collection[str]) -> set[str]:
        """The files that lead to one of these, and these."""
        reached, queue = set(paths), list(paths)
        while queue:
            for reader in self.readers.get(queue.pop(), ()):
                if reader not in reached:
                    reached.add(reader)
                    queue.append(reader)
        return reached


def classes_of(summary: FileSummary) -> Iterator[tuple[str, Place]]:
    """The import name and the place of each class that a file's tasks reach."""
    for key, found in summary.classes.items():
        yield found.definition.import_name or key, _place(found)


def _place(found: Class) -> Place:
    location = found.location.location
    return location.path, location.line
