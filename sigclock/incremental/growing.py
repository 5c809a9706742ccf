"""The tasks of a tree that changes file by file: only what a change can reach is read again.

The tasks of a file follow from the files that were parsed for it and from where the tree had the
modules that were looked up for it. Both are remembered, so a result is used wherever they are the
same again, in any tree; so is what another process wrote down.
"""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec

from sigclock.python.names.modules import Module, Modules, concerned
from sigclock.python.names.syntax import SourceFile, UnreadableSource, parse_source
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.byte_search import may, taking
from sigclock.tasks.extract import Options, markers
from sigclock.tasks.file_reader import Declared, Reader, declared
from sigclock.tasks.namesakes import distinguish

#: A method of `Modules` that answers from the layout of the tree, and its arguments.
Question = tuple[str, ...]
Answer = str | bool | None

_PYTHON = (".py", ".pyi")
#: Bytes of source that are kept parsed; a syntax tree takes some thirty times as much.
_KEPT = 4_000_000


class FileReading(msgspec.Struct, frozen=True):
    """What one file declares, and all that this rests on: `blobs` by path, answers by question.

    `unread` tells that it does not parse, so that nothing is known of its tasks.
    """

    tasks: tuple[Declared, ...]
    factories: tuple[str, ...]
    blobs: dict[str, str]
    answers: dict[Question, Answer]
    unread: bool = False


class Readings:
    """Readings by file and blob, in memory; another kind may keep them elsewhere."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[FileReading]] = defaultdict(list)

    def of(self, path: str, blob: str) -> Iterable[FileReading]:
        return self._known.get((path, blob), ())

    def add(self, path: str, blob: str, reading: FileReading) -> None:
        self._known[path, blob].append(reading)


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


class _Parsed:
    """Parsed modules by path and blob, the least recently used dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], SourceFile | UnreadableSource] = OrderedDict()
        self._modules: dict[tuple[str, str], Module] = {}
        self._size = 0

    def source(self, key: tuple[str, str], data: bytes) -> SourceFile | UnreadableSource:
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = _parse(key[0], data)
            self._size += _weight(found)
        self._kept.move_to_end(key)
        while self._size > _KEPT and len(self._kept) > 1:
            old, dropped = self._kept.popitem(last=False)
            self._modules.pop(old, None)
            self._size -= _weight(dropped)
        return found

    def module(self, key: tuple[str, str], name: str, source: SourceFile) -> Module:
        """The module of a source; its import name is in it, which may change with the layout."""
        found = self._modules.get(key)
        if found is None or found.name != name or found.source is not source:
            found = Module(name, source)
            if key in self._kept:
                self._modules[key] = found
        return found


def _parse(path: str, data: bytes) -> SourceFile | UnreadableSource:
    try:
        return parse_source(path, data)
    except UnreadableSource as problem:
        return problem


def _weight(source: SourceFile | UnreadableSource) -> int:
    return len(source.data) if isinstance(source, SourceFile) else 0


class Watched(Modules):
    """The modules of a tree as the analysis of one file sees them: remembers what it asked.

    Every question about a file or the layout that `Modules` can be asked has its method here.
    """

    def __init__(self, whole: Modules, files: Files, parsed: _Parsed) -> None:
        # What `Modules` knows of paths is shared; contents are this one's own.
        vars(self).update(vars(whole.over(files)))
        self._files = files
        self._parsed = parsed
        self.blobs: dict[str, str] = {}
        self.answers: dict[Question, Answer] = {}
        self._own: dict[str, Module] = {}

    def read(self, path: str) -> bytes:
        self.blobs[path] = self._files.blobs[path]
        return self._files.read(path)

    def source(self, path: str) -> SourceFile | UnreadableSource:
        if path not in self._sources:
            data = self.read(path)
            self._sources[path] = self._parsed.source((path, self.blobs[path]), data)
        return self._sources[path]

    def module(self, path: str) -> Module | None:
        if path in self._own:
            return self._own[path]
        source = self.source(path)
        if isinstance(source, UnreadableSource):
            return None
        key = (path, self._files.blobs[path])
        self._own[path] = self._parsed.module(key, self.import_name(path), source)
        return self._own[path]

    def find(self, dotted: str, importer: str) -> str | None:
        found = super().find(dotted, importer)
        self.answers["find", dotted, importer] = found
        return found

    def is_namespace(self, dotted: str, importer: str) -> bool:
        found = super().is_namespace(dotted, importer)
        self.answers["is_namespace", dotted, importer] = found
        return found

    def is_guess(self, dotted: str, importer: str) -> bool:
        found = super().is_guess(dotted, importer)
        self.answers["is_guess", dotted, importer] = found
        return found

    def import_name(self, path: str) -> str:
        name = super().import_name(path)
        self.answers["import_name", path] = name
        return name

    def is_ambiguous(self, path: str) -> bool:
        found = super().is_ambiguous(path)
        self.answers["is_ambiguous", path] = found
        return found


class Growing:
    """One project's tasks over a tree that changes; `load` gives the bytes of a blob.

    `unread` are the files that may hold tasks and do not parse.
    """

    def __init__(self, options: Options, load: Callable[[str], bytes], readings: Readings) -> None:
        self.unread: frozenset[str] = frozenset()
        self._options = options
        self._files = Files(load)
        self._modules = Modules(self._files, EXTERNAL_NAMES, options.layout)
        self._parsed = _Parsed()
        self._readings = readings
        self._candidates = _Candidates(options, self._files)
        self._asked: dict[Question, Answer] = {}
        self._units: dict[str, FileReading] = {}
        self._readers: dict[str, set[str]] = defaultdict(set)
        self._askers: dict[Question, set[str]] = defaultdict(set)
        self._namesakes: dict[str, dict[str, list[Declared]]] = defaultdict(dict)
        self._keys: dict[str, list[str]] = {}
        self._tasks: dict[str, Declared] = {}

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
        wanted = self._candidates.among(self._factories)
        for path in self._units.keys() - wanted:
            self._forget(path)
        return self._named(before)

    def _settle(self, touched: Mapping[str, str | None]) -> set[str]:
        """Take the new blobs over; the files for which a module is somewhere else now."""
        blobs = self._files.blobs
        moved = [path for path, blob in touched.items() if (path in blobs) != (blob is not None)]
        for path, blob in touched.items():
            if blob is None:
                blobs.pop(path, None)
            else:
                blobs[path] = blob
        if not moved:
            return set()
        self._modules = Modules(self._files, EXTERNAL_NAMES, self._options.layout)
        old, self._asked = self._asked, {}
        concerns = concerned(moved)
        stale: set[str] = set()
        for question, askers in self._askers.items():
            if not askers:
                continue
            if not concerns(question[1]):
                self._asked[question] = old[question]
            elif self._ask(question) != old[question]:
                stale |= askers
        return stale

    def _ask(self, question: Question) -> Answer:
        if question not in self._asked:
            answer: Answer = getattr(self._modules, question[0])(*question[1:])
            self._asked[question] = answer
        return self._asked[question]

    # -- single files ------------------------------------------------------------------------

    def _factories(self, path: str) -> tuple[str, ...]:
        return self._unit(path).factories

    def _unit(self, path: str) -> FileReading:
        if path not in self._units:
            self._remember(path, self._known(path) or self._read(path))
        return self._units[path]

    def _known(self, path: str) -> FileReading | None:
        known = self._readings.of(path, self._files.blobs[path])
        return next(filter(self._holds, known), None)

    def _holds(self, reading: FileReading) -> bool:
        blobs = self._files.blobs
        return all(blobs.get(path) == blob for path, blob in reading.blobs.items()) and all(
            self._ask(question) == answer for question, answer in reading.answers.items()
        )

    def _read(self, path: str) -> FileReading:
        watched = Watched(self._modules, self._files, self._parsed)
        found = Reader(watched, self._options).summary(path)
        unread = watched.module(path) is None or path in watched.unread
        reading = FileReading(declared(found), found.offers, watched.blobs, watched.answers, unread)
        self._readings.add(path, self._files.blobs[path], reading)
        return reading

    def _remember(self, path: str, reading: FileReading) -> None:
        self._units[path] = reading
        if reading.unread:
            self.unread |= {path}
        for read in reading.blobs:
            self._readers[read].add(path)
        for question, answer in reading.answers.items():
            self._askers[question].add(path)
            self._asked[question] = answer

    def _forget(self, path: str) -> None:
        reading = self._units.pop(path)
        self.unread -= {path}
        for read in reading.blobs:
            self._readers[read].discard(path)
        for question in reading.answers:
            self._askers[question].discard(path)

    # -- the whole ---------------------------------------------------------------------------

    def _named(self, before: Mapping[str, FileReading]) -> Mapping[str, Declared]:
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


def _tasks(reading: FileReading | None) -> tuple[Declared, ...]:
    return reading.tasks if reading else ()


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
            names = {name for path in new for name in factories(path)} - known
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
