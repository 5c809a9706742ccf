"""The tasks of a tree that changes file by file: only what a change can reach is read again.

A file's reading is used wherever all that it rests on is the same again, in any tree; so is what
another process kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec

from sigclock.python.names.modules import Answer, Modules, Question, concerned
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.byte_search import may, taking
from sigclock.tasks import extract
from sigclock.tasks.extract import Options, markers
from sigclock.tasks.file_reader import Declared, declared
from sigclock.tasks.memory import Memory
from sigclock.tasks.namesakes import distinguish
from sigclock.tasks.reading import KnownReadings, Reading, questions, texts, trace

#: A file and what it asks of the tree's layout.
_Asked = tuple[str, Question]

_PYTHON = (".py", ".pyi")


class Unit(msgspec.Struct, frozen=True):
    """One file of the tree as it stands: its reading, and the tasks that follow from it."""

    reading: Reading
    tasks: tuple[Declared, ...]


class Files:
    """The Python files of the tree as it stands now, read from Git's objects."""

    label = "history"

    def __init__(self, load: Callable[[str], bytes]) -> None:
        self.blobs: dict[str, str] = {}
        self.load = load

    def paths(self) -> list[str]:
        return sorted(self.blobs)

    def read(self, path: str) -> bytes:
        return self.load(self.blobs[path])


class Growing:
    """One project's tasks over a tree that changes; `load` gives the bytes of a blob.

    `unread` are the files that may hold tasks and do not parse.
    """

    def __init__(
        self, options: Options, load: Callable[[str], bytes], readings: KnownReadings
    ) -> None:
        self.unread: frozenset[str] = frozenset()
        self._options = options
        self._tree = Files(load)
        self._modules = Modules(self._tree, EXTERNAL_NAMES, options.layout)
        self._readings = readings
        self._candidates = _Candidates(options, self._tree)
        self._units: dict[str, Unit] = {}
        self._readers: dict[str, set[str]] = defaultdict(set)
        self._askers: dict[_Asked, set[str]] = defaultdict(set)
        self._answers: dict[_Asked, Answer] = {}
        self._namesakes: dict[str, dict[str, list[Declared]]] = defaultdict(dict)
        self._keys: dict[str, list[str]] = {}
        self._tasks: dict[str, Declared] = {}
        self._session: _Session | None = None

    def move(self, changed: Mapping[str, str | None]) -> Mapping[str, Declared]:
        """The tasks by name after files got other blobs or went; the same object if none did."""
        touched = {path: blob for path, blob in changed.items() if path.endswith(_PYTHON)}
        if not touched:
            return self._tasks
        before = dict(self._units)
        stale = {reader for path in touched for reader in self._readers.get(path, ())}
        stale |= self._settle(touched)
        for path in stale:
            self._forget(path)
        self._candidates.note(touched)
        wanted = self._candidates.among(self._offers)
        for path in self._units.keys() - wanted:
            self._forget(path)
        if self._session is not None:
            self._session.close()
            self._session = None
        return self._named(before)

    def _settle(self, touched: Mapping[str, str | None]) -> set[str]:
        """Take the new blobs over; the files for which a module is somewhere else now."""
        blobs = self._tree.blobs
        moved = [path for path, blob in touched.items() if (path in blobs) != (blob is not None)]
        for path, blob in touched.items():
            if blob is None:
                blobs.pop(path, None)
            else:
                blobs[path] = blob
        if not moved:
            return set()
        self._modules = Modules(self._tree, EXTERNAL_NAMES, self._options.layout)
        concerns = concerned(moved)
        stale: set[str] = set()
        for (path, question), askers in self._askers.items():
            # Those of a file that went are stale already.
            asked = askers and path in self._modules.paths and concerns(question[1])
            if asked and self._modules.ask(path, question) != self._answers[path, question]:
                stale |= askers
        return stale

    # -- single files ------------------------------------------------------------------------

    def _offers(self, path: str) -> tuple[str, ...]:
        return self._unit(path).reading.summary.offers

    def _unit(self, path: str) -> Unit:
        if path not in self._units:
            reading = self._known(path) or self._read(path)
            self._units[path] = Unit(reading, declared(reading.summary))
            self._remember(path, reading)
        return self._units[path]

    def _known(self, path: str) -> Reading | None:
        blobs, ask = self._tree.blobs, self._modules.ask
        known = self._readings.of(path, blobs[path])
        return next((reading for reading in known if reading.holds(blobs, ask)), None)

    def _read(self, path: str) -> Reading:
        if self._session is None:
            self._session = _Session(self._modules, self._tree, self._options)
        reading = self._session.read(path)
        if not self._session.given_up:
            # Where files are given up, how far the next ones are followed depends on them.
            self._readings.add(path, self._tree.blobs[path], reading)
        return reading

    def _remember(self, path: str, reading: Reading) -> None:
        if path in reading.unread:
            self.unread |= {path}
        for read, (_, answers) in reading.trace.items():
            self._readers[read].add(path)
            for question, answer in questions(answers):
                self._askers[read, question].add(path)
                self._answers[read, question] = answer

    def _forget(self, path: str) -> None:
        reading = self._units.pop(path).reading
        self.unread -= {path}
        for read, (_, answers) in reading.trace.items():
            self._readers[read].discard(path)
            for question, _ in questions(answers):
                self._askers[read, question].discard(path)

    # -- the whole ---------------------------------------------------------------------------

    def _named(self, before: Mapping[str, Unit]) -> Mapping[str, Declared]:
        """The tasks by name, told apart anew where a file has other ones than before."""
        units = self._units
        changed = [
            path
            for path in before.keys() | units.keys()
            if before.get(path) is not units.get(path)
            and _tasks(before.get(path)) != _tasks(units.get(path))
        ]
        if not changed:
            return self._tasks
        names: set[str] = set()
        for path in changed:
            for task in _tasks(before.get(path)):
                names.add(task.name)
                self._namesakes[task.name].pop(path, None)
        for path in changed:
            for task in _tasks(units.get(path)):
                names.add(task.name)
                self._namesakes[task.name].setdefault(path, []).append(task)
        self._tasks = self._renamed(names)
        return self._tasks

    def _renamed(self, names: Iterable[str]) -> dict[str, Declared]:
        tasks = dict(self._tasks)
        for name in names:
            for key in self._keys.pop(name, ()):
                del tasks[key]
        for name in sorted(names):
            files = self._namesakes[name]
            group = [file for path in sorted(files) for file in files[path]]
            keyed = dict(distinguish(name, group)) if group else {}
            self._keys[name] = list(keyed)
            tasks.update(keyed)
        return tasks


def _tasks(unit: Unit | None) -> tuple[Declared, ...]:
    return unit.tasks if unit else ()


class _Session:
    """Reads files of one tree, which lead to each other."""

    def __init__(self, modules: Modules, tree: Files, options: Options) -> None:
        # What is asked to see whether a reading holds is no part of another one.
        self._modules = modules.apart()
        self._blobs = tree.blobs
        self._files = extract.Files(self._modules, options, Memory())

    @property
    def given_up(self) -> bool:
        return self._files.given_up

    def read(self, path: str) -> Reading:
        summary = self._files[path]
        asked = self._modules.questions
        found = trace(path, lambda file: texts(asked.get(file, {})), self._blobs)
        return Reading(summary, found, tuple(sorted(self._modules.unread.keys() & found.keys())))

    def close(self) -> None:
        self._files.close()
        self._modules.close()


class _Candidates:
    """Which files can hold tasks, as `byte_search` tells it; each blob is searched once."""

    def __init__(self, options: Options, files: Files) -> None:
        self._files = files
        self._selects = options.selects
        self._pattern = re.compile(b"|".join(map(re.escape, sorted(markers(options)))))
        self._marked: dict[str, bool] = {}
        self._mentions: dict[tuple[str, str], bool] = {}
        self._open: set[str] = set()
        self._rest: set[str] = set()

    def note(self, touched: Mapping[str, str | None]) -> None:
        for path, blob in touched.items():
            self._open.discard(path)
            self._rest.discard(path)
            if blob is not None and path.endswith(".py") and self._selects(path):
                (self._open if self._is_marked(blob) else self._rest).add(path)

    def among(self, factories: Callable[[str], tuple[str, ...]]) -> set[str]:
        """Every file that holds a marker, or takes what such a file offers to make tasks."""
        found, new = set(self._open), set(self._open)
        rest, known = set(self._rest), set[str]()
        while new:
            # Neighbours lead to the same files.
            names = {name for path in sorted(new) for name in factories(path)} - known
            known |= names
            new = {path for path in rest if names and self._mentions_any(path, names)}
            found |= new
            rest -= new
        return found

    def _is_marked(self, blob: str) -> bool:
        if blob not in self._marked:
            self._marked[blob] = may(self._pattern.search, self._files.load(blob))
        return self._marked[blob]

    def _mentions_any(self, path: str, names: Iterable[str]) -> bool:
        blob = self._files.blobs[path]
        asked = [name for name in names if (blob, name) not in self._mentions]
        if asked:
            data = self._files.load(blob)
            for name in asked:
                self._mentions[blob, name] = taking((name,))(data)
        return any(self._mentions[blob, name] for name in names)
