"""What is known of a tree's files from a tree that was read before, as far as it still holds.

What a file declares follows from the files to which its names lead. Each of these is remembered
with the questions that it asked of the tree's layout: where a module is found, and what is not
found. A file is read again where one of them has other bytes, or a question another answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache

import msgspec

from sigclock.python.names.modules import Answer, Modules, Question, concerned
from sigclock.python.values.byte_search import Round, Searched
from sigclock.python.values.constant_uses import occurrences
from sigclock.tasks.file_reader import FileSummary
from sigclock.tasks.reading import (
    Answers,
    KnownReadings,
    Reading,
    next_files,
    questions,
    readers_of,
    texts,
    trace,
)
from sigclock.tasks.tree_state import DamagedStateError, TreeState


class Memory:
    """A state, held against the tree that is read now; `blobs` are the ids of its Python files.

    It has no summary of a file that does not parse, nor of one that leads to such a file. `known`
    are readings of other trees. `touched` are the files with other bytes than the state's, among
    them those that came or went, if that is known.
    """

    def __init__(
        self,
        blobs: Mapping[str, str] | None = None,
        state: TreeState | None = None,
        known: KnownReadings | None = None,
        touched: Collection[str] | None = None,
    ) -> None:
        self._blobs = dict(blobs or {})
        self._known = known
        self._start(state or TreeState(), touched)

    def _start(self, state: TreeState, touched: Collection[str] | None = None) -> None:
        self._state = state
        self._held = cache(self._state.held)
        known = self._state.blobs
        if touched is None:
            touched = {path for path, blob in self._blobs.items() if known.get(path) != blob}
            touched |= known.keys() - self._blobs.keys()
        self.touched = set(touched)
        self.moved = {p for p in self.touched if (p in self._blobs) != (p in known)}
        #: Files of which the answers and the summary no longer hold.
        self.stale: set[str] = set()
        #: Files of which the state's own summary is the one of this tree.
        self._same: set[str] = set()
        self._alike = True
        self._mentions: dict[str, frozenset[str]] = {}
        self._modules: Modules | None = None
        #: The same, asked only whether a reading holds.
        self._layout: Modules | None = None
        #: Files whose reading of another tree holds, and all that these rest on.
        self._adopted: set[str] = set()
        self.learnt: TreeState | None = None
        #: How many summaries were known, and which files must be read for theirs.
        self.reused = 0
        self._anew: set[str] = set()

    def forget(self) -> None:
        """Know nothing of earlier trees."""
        self._known = None
        self._start(TreeState())

    @property
    def believed(self) -> set[str]:
        """The files of which earlier answers count."""
        return (self._state.asked.keys() - self.stale) | self._adopted

    def leading_to(self, paths: Collection[str]) -> frozenset[str]:
        """The files that lead to one of these as far as they were followed, and these."""
        if not paths or self._modules is None:
            return frozenset()
        asked = {path: self._still_asked(path) for path in self.believed}
        now = {
            path: {**asked.get(path, {}), **texts(answers)}
            for path, answers in self._modules.questions.items()
        }
        return frozenset(_reaching(paths, readers_of({**asked, **now})))

    @property
    def is_empty(self) -> bool:
        return not (self._state.files or self._state.asked)

    @property
    def state(self) -> TreeState | None:
        """What the tree was found to be; None where that cannot be remembered."""
        if self.learnt or self.touched or self.is_empty:
            return self.learnt
        # The ids are the same, but these the caller has already.
        return msgspec.structs.replace(self._state, blobs=self._blobs)

    def settle(self, modules: Modules) -> None:
        """Find out what still holds; to be called before anything is asked."""
        self._modules = modules
        asked = self._state.asked
        changed = self.touched & asked.keys()
        if self.moved:
            concerns = concerned(self.moved)
            changed |= {
                path
                for path, answers in asked.items()
                if path in modules.paths
                and any(
                    concerns(question[1]) and modules.ask(path, question) != answer
                    for question, answer in questions(answers)
                )
            }
        self.stale = _reaching(changed, self._state.readers) if changed else set()

    def summary(self, path: str) -> FileSummary | None:
        """The summary of a file, where nothing that it rests on has changed."""
        found = self._remembered(path)
        if found is not None:
            self._same.add(path)
        found = found or self._adopt(path)
        if found is None:
            self._anew.add(path)
        self.reused += found is not None
        return found

    @property
    def read(self) -> int:
        """How many files must be read for their summaries."""
        return len(self._anew)

    def _remembered(self, path: str) -> FileSummary | None:
        return None if path in self.stale else self._of_state(path)

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
        alike = self._alike or not number
        self._alike = alike and number < len(then) and then[number].markers == sought
        if not self._alike:
            return set(), paths
        return (paths & then[number].paths) - self.touched, paths & self.touched

    def holders(self, names: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The files in which each of the names occurs; all are looked for in one pass."""
        known = {name: self._state.mentions[name] for name in names if name in self._state.mentions}
        found: dict[str, set[str]] = {name: set(known[name] - self.touched) for name in known}
        new = set(names).difference(known)
        read = self._content
        for path in self._paths if new else self.touched.intersection(self._paths):
            sought = names if path in self.touched else new
            for name in occurrences(read(path), sought):
                found.setdefault(name, set()).add(path)
        held = {name: frozenset(found.get(name, ())) for name in names}
        self._mentions.update(held)
        return held

    def learn(
        self,
        rounds: Sequence[Round],
        summaries: Mapping[str, FileSummary | None],
        looked: Mapping[str, frozenset[str]],
    ) -> None:
        """Remember what the tree was found to be, in `learnt`; nothing if it was all known.

        `summaries` are those that are not remembered, None for a file that has none any more.
        """
        if self.touched or self.is_empty:
            # Half of a letter, or a number of thousands of digits, cannot be kept.
            with suppress(UnicodeError, OverflowError, DamagedStateError):
                self.learnt = self._learnt(rounds, summaries, looked)
        if self._known is not None and not self.is_empty and self.learnt is not None:
            self._keep_old(self._known)
            self._keep_new(self._known, self.learnt, summaries)
        self._held.cache_clear()
        # What was read need not stay in memory as long as what was learnt from it.
        self._modules = self._layout = None

    def news(self, summaries: Iterable[FileSummary]) -> dict[str, FileSummary | None]:
        """What is not remembered of a tree that has these summaries and no others."""
        every = {summary.path: summary for summary in summaries}
        new = {path: found for path, found in every.items() if path not in self._same}
        return {**new, **dict.fromkeys(self._state.files.keys() - every.keys())}

    def _keep_old(self, known: KnownReadings) -> None:
        """Keep the readings that count no longer: the tree before may come back."""
        state = self._state
        for path in (self.stale | self.touched) & state.files.keys():
            found = self._of_state(path)
            if found is not None and path in state.blobs:
                rests_on = trace(path, lambda file: state.asked.get(file, {}), state.blobs)
                known.add(path, state.blobs[path], Reading(found, rests_on))

    def _keep_new(
        self,
        known: KnownReadings,
        learnt: TreeState,
        summaries: Mapping[str, FileSummary | None],
    ) -> None:
        """Keep what was read anew, for this tree may be that of another branch."""
        for path, summary in summaries.items():
            if summary is not None and path in self._anew:
                rests_on = trace(path, lambda file: learnt.asked.get(file, {}), self._blobs)
                known.add(path, self._blobs[path], Reading(summary, rests_on))

    def _learnt(
        self,
        rounds: Sequence[Round],
        summaries: Mapping[str, FileSummary | None],
        looked: Mapping[str, frozenset[str]],
    ) -> TreeState:
        state = self._state.replaced(summaries)
        return msgspec.structs.replace(
            state,
            blobs=self._blobs,
            rounds=tuple(rounds),
            asked=self._asked([*state.files, *(p for paths in looked.values() for p in paths)]),
            mentions=self._mentions,
            looked=dict(looked),
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
        return {} if path in self.stale else self._state.asked.get(path, {})

    @property
    def _paths(self) -> frozenset[str]:
        return self._modules.paths if self._modules else frozenset()

    @property
    def _content(self) -> Callable[[str], bytes]:
        assert self._modules is not None
        return self._modules.read


def _reaching(changed: Iterable[str], readers: Mapping[str, Sequence[str]]) -> set[str]:
    """The files that lead to a changed one, and these."""
    reached = set(changed)
    queue = list(reached)
    while queue:
        for path in readers.get(queue.pop(), ()):
            if path not in reached:
                reached.add(path)
                queue.append(path)
    return reached
