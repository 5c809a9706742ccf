"""What is known of a tree's files from a tree that was read before, as far as it still holds.

What a file declares follows from the files to which its names lead. Each of these is remembered
with the questions that it asked of the tree's layout: where a module is found, and what is not
found. A file is read again where one of them has other bytes, or a question another answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TypeVar

import msgspec

from sigclock.interface.snapshot import IgnoredCache, Waiver
from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.modules import Answer, Modules, Question, concerned
from sigclock.python.values.byte_search import Round, Searched
from sigclock.python.values.constant_uses import occurrences
from sigclock.tasks.file_reader import Class, Entry, FileSummary
from sigclock.tasks.reading import (
    Answers,
    KnownReadings,
    Reading,
    next_files,
    questions,
    texts,
    trace,
)

Decoded = TypeVar("Decoded")


class Kept(msgspec.Struct, frozen=True):
    """A summary whose classes stand elsewhere, by their number: files share most of them."""

    entries: tuple[Entry, ...]
    classes: dict[str, int]
    offers: tuple[str, ...]
    waivers: tuple[Waiver, ...]
    unrecognized: tuple[Unrecognized, ...] = ()
    ignored: tuple[IgnoredCache, ...] = ()


class DamagedStateError(Exception):
    """A part of a state is not what it should be: somebody forged it."""


class State(msgspec.Struct, frozen=True):
    """Everything that one tree was found to be: its Python files by object id, and what follows.

    `files` and `classes` are as large as all the rest of a run, so each stays encoded until it is
    asked for (`kept`, `held`). `asked` has the questions of every file that was followed, each as
    method and argument in one text. `mentions` tells in which files a name occurs; `looked` which
    of them were read to tell what else uses the constants behind a file's versions.
    """

    blobs: dict[str, str] = {}
    rounds: tuple[Round, ...] = ()
    asked: dict[str, dict[str, Answer]] = {}
    files: dict[str, msgspec.Raw] = {}
    classes: tuple[msgspec.Raw, ...] = ()
    mentions: dict[str, frozenset[str]] = {}
    looked: dict[str, frozenset[str]] = {}

    def kept(self, path: str) -> Kept | None:
        """The summary of a file; None where there is none, `DamagedStateError` for any other."""
        found = self.files.get(path)
        return None if found is None else _decoded(found, Kept)

    def held(self, number: int) -> Class:
        """A class by its number; `DamagedStateError` where that is none."""
        if number not in range(len(self.classes)):
            raise DamagedStateError(number)
        return _decoded(self.classes[number], Class)

    def summary(self, path: str, held: Callable[[int], Class] | None = None) -> FileSummary | None:
        """The same as `kept`, with its classes; `held` may give these instead of `State.held`."""
        kept = self.kept(path)
        if kept is None:
            return None
        classes = {key: (held or self.held)(number) for key, number in kept.classes.items()}
        return FileSummary(
            path,
            kept.entries,
            classes,
            kept.offers,
            kept.waivers,
            kept.unrecognized,
            kept.ignored,
        )


class Memory:
    """A state, held against the tree that is read now; `blobs` are the ids of its Python files.

    It has no summary of a file that does not parse, nor of one that leads to such a file. `known`
    are readings of other trees.
    """

    def __init__(
        self,
        blobs: Mapping[str, str] | None = None,
        state: State | None = None,
        known: KnownReadings | None = None,
    ) -> None:
        self._blobs = dict(blobs or {})
        self._known = known
        self._start(state or State())

    def _start(self, state: State) -> None:
        self._state = state
        self._held = cache(self._state.held)
        known = self._state.blobs
        self._touched = {path for path, blob in self._blobs.items() if known.get(path) != blob}
        self._touched |= known.keys() - self._blobs.keys()
        self._stale: set[str] = set()
        self._alike = True
        self._mentions: dict[str, frozenset[str]] = {}
        self._modules: Modules | None = None
        #: The same, asked only whether a reading holds.
        self._layout: Modules | None = None
        #: Files whose reading of another tree holds, and all that these rest on.
        self._adopted: set[str] = set()
        self.learnt: State | None = None
        #: How many summaries were known, and which files must be read for theirs.
        self.reused = 0
        self._anew: set[str] = set()

    def forget(self) -> None:
        """Know nothing of earlier trees."""
        self._known = None
        self._start(State())

    @property
    def believed(self) -> set[str]:
        """The files of which earlier answers count."""
        return (self._state.asked.keys() - self._stale) | self._adopted

    def leading_to(self, paths: Collection[str]) -> frozenset[str]:
        """The files that lead to one of these as far as they were followed, and these."""
        if not paths or self._modules is None:
            return frozenset()
        asked = {path: self._still_asked(path) for path in self.believed}
        now = {
            path: {**asked.get(path, {}), **texts(answers)}
            for path, answers in self._modules.questions.items()
        }
        return frozenset(_reaching(paths, {**asked, **now}))

    @property
    def is_empty(self) -> bool:
        return not (self._state.files or self._state.asked)

    @property
    def state(self) -> State | None:
        """What the tree was found to be; None where that cannot be remembered."""
        if self.learnt or self._touched or self.is_empty:
            return self.learnt
        # The ids are the same, but these the caller has already.
        return msgspec.structs.replace(self._state, blobs=self._blobs)

    def settle(self, modules: Modules) -> None:
        """Find out what still holds; to be called before anything is asked."""
        self._modules = modules
        asked = self._state.asked
        changed = self._touched & asked.keys()
        moved = {p for p in self._touched if (p in self._blobs) != (p in self._state.blobs)}
        if moved:
            concerns = concerned(moved)
            changed |= {
                path
                for path, answers in asked.items()
                if path in modules.paths
                and any(
                    concerns(question[1]) and modules.ask(path, question) != answer
                    for question, answer in questions(answers)
                )
            }
        self._stale = _reaching(changed, asked) if changed else set()

    def summary(self, path: str) -> FileSummary | None:
        """The summary of a file, where nothing that it rests on has changed."""
        found = self._remembered(path) or self._adopt(path)
        if found is None:
            self._anew.add(path)
        self.reused += found is not None
        return found

    @property
    def read(self) -> int:
        """How many files must be read for their summaries."""
        return len(self._anew)

    def _remembered(self, path: str) -> FileSummary | None:
        return None if path in self._stale else self._of_state(path)

    def _of_state(self, path: str) -> FileSummary | None:
        with suppress(DamagedStateError):
            return self._state.summary(path, self._held)
        return None

    def _adopt(self, path: str) -> FileSummary | None:
        """The summary of a file in another tree, if all that it rests on is the same here."""
        blob, modules = self._blobs.get(path), self._modules
        if self._known is None or blob is None or modules is None:
            return None
        for reading in self._known.of(path, blob):
            if not reading.unread and reading.holds(self._blobs, self._ask):
                for file, (_, answers) in reading.trace.items():
                    for question, answer in questions(answers):
                        modules.questions.setdefault(file, {})[question] = answer
                self._adopted.update(reading.trace)
                return reading.summary
        return None

    def _ask(self, path: str, question: Question) -> Answer:
        assert self._modules is not None
        if self._layout is None:
            self._layout = self._modules.apart()
        return self._layout.ask(path, question)

    def search(self, number: int, sought: frozenset[str], paths: set[str]) -> Searched:
        """Which of the files have what a round seeks, and which must be looked at.

        It is known of those that had the same bytes when the same was sought, as long as every
        round before sought the same as well.
        """
        then = self._state.rounds
        self._alike = self._alike and number < len(then) and then[number].markers == sought
        if not self._alike:
            return set(), paths
        return (paths & then[number].paths) - self._touched, paths & self._touched

    def holders(self, names: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The files in which each of the names occurs; all are looked for in one pass."""
        known = {name: self._state.mentions[name] for name in names if name in self._state.mentions}
        found: dict[str, set[str]] = {name: set(known[name] - self._touched) for name in known}
        new = set(names).difference(known)
        read = self._content
        for path in self._paths if new else self._touched.intersection(self._paths):
            sought = names if path in self._touched else new
            for name in occurrences(read(path), sought):
                found.setdefault(name, set()).add(path)
        held = {name: frozenset(found.get(name, ())) for name in names}
        self._mentions.update(held)
        return held

    def learn(
        self,
        rounds: Sequence[Round],
        summaries: Iterable[FileSummary],
        looked: Mapping[str, frozenset[str]],
    ) -> None:
        """Remember what the tree was found to be, in `learnt`; nothing if it was all known."""
        summaries = list(summaries)
        if self._touched or self.is_empty:
            # Half of a letter, or a number of thousands of digits, cannot be kept.
            with suppress(UnicodeError, OverflowError):
                self.learnt = self._learnt(rounds, summaries, looked)
        if self._known is not None and not self.is_empty and self.learnt is not None:
            self._keep_old(self._known)
            self._keep_new(self._known, self.learnt, summaries)
        self._held.cache_clear()
        # What was read need not stay in memory as long as what was learnt from it.
        self._modules = self._layout = None

    def _keep_old(self, known: KnownReadings) -> None:
        """Keep the readings that count no longer: the tree before may come back."""
        state = self._state
        for path in (self._stale | self._touched) & state.files.keys():
            found = self._of_state(path)
            if found is not None and path in state.blobs:
                rests_on = trace(path, lambda file: state.asked.get(file, {}), state.blobs)
                known.add(path, state.blobs[path], Reading(found, rests_on))

    def _keep_new(
        self, known: KnownReadings, learnt: State, summaries: Iterable[FileSummary]
    ) -> None:
        """Keep what was read anew, for this tree may be that of another branch."""
        for summary in summaries:
            if summary.path in self._anew:
                rests_on = trace(summary.path, lambda file: learnt.asked.get(file, {}), self._blobs)
                known.add(summary.path, self._blobs[summary.path], Reading(summary, rests_on))

    def _learnt(
        self,
        rounds: Sequence[Round],
        summaries: Iterable[FileSummary],
        looked: Mapping[str, frozenset[str]],
    ) -> State:
        numbers: dict[tuple[str, str, int], int] = {}
        classes: list[msgspec.Raw] = []
        files: dict[str, msgspec.Raw] = {}
        for one in summaries:
            places = {}
            for key, found in one.classes.items():
                location = found.location.location
                identity = (key, location.path, location.line)
                if identity not in numbers:
                    numbers[identity] = len(classes)
                    classes.append(_encoded(found))
                places[key] = numbers[identity]
            rest = (one.waivers, one.unrecognized, one.ignored)
            kept = Kept(one.entries, places, one.offers, *rest)
            files[one.path] = _encoded(kept)
        asked = self._asked([*files, *(path for paths in looked.values() for path in paths)])
        return State(
            self._blobs, tuple(rounds), asked, files, tuple(classes), self._mentions, dict(looked)
        )

    def _asked(self, roots: Iterable[str]) -> dict[str, dict[str, Answer]]:
        """The questions of all files to which the roots lead: those that hold, and new ones."""
        asked: dict[str, dict[str, Answer]] = {}
        queue = list(roots)
        now = self._modules.questions if self._modules else {}
        while queue:
            path = queue.pop()
            if path in asked:
                continue
            asked[path] = {**self._still_asked(path), **texts(now.get(path, {}))}
            queue.extend(next_files(asked[path]))
        return asked

    def _still_asked(self, path: str) -> Answers:
        return {} if path in self._stale else self._state.asked.get(path, {})

    @property
    def _paths(self) -> frozenset[str]:
        return self._modules.paths if self._modules else frozenset()

    @property
    def _content(self) -> Callable[[str], bytes]:
        assert self._modules is not None
        return self._modules.read


def _encoded(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(value))


def _decoded(raw: msgspec.Raw, type_: type[Decoded]) -> Decoded:
    try:
        return msgspec.msgpack.decode(raw, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DamagedStateError from error


def _reaching(changed: Iterable[str], asked: Mapping[str, Mapping[str, Answer]]) -> set[str]:
    """The files that lead to a changed one, and these."""
    readers: dict[str, list[str]] = defaultdict(list)
    for path, answers in asked.items():
        for found in next_files(answers):
            readers[found].append(path)
    reached = set(changed)
    queue = list(reached)
    while queue:
        for path in readers[queue.pop()]:
            if path not in reached:
                reached.add(path)
                queue.append(path)
    return reached
