"""What one file was found to declare, in every tree where all that this rests on is the same.

What a file declares follows from the files to which its names lead: from their bytes, and from
where the tree has the modules that each of them looks up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from sigclock.python.names.modules import Answer, Question
from sigclock.tasks.file_reader import FileSummary

#: The questions of a file, each as method and argument in one text, with their answers.
Answers = dict[str, Answer]
#: File → its blob and its answers.
Trace = dict[str, tuple[str, Answers]]


class Reading(msgspec.Struct, frozen=True):
    """A file's summary; `unread` are the files of the trace that could not be read."""

    summary: FileSummary
    trace: Trace
    unread: tuple[str, ...] = ()

    def holds(self, blobs: Mapping[str, str], ask: Callable[[str, Question], Answer]) -> bool:
        """Whether a tree with these blobs, and these answers, has the same summary."""
        return all(blobs.get(path) == blob for path, (blob, _) in self.trace.items()) and all(
            ask(path, question) == answer
            for path, (_, answers) in self.trace.items()
            for question, answer in questions(answers)
        )


class KnownReadings(Protocol):
    """Readings of earlier trees, by path and blob."""

    def of(self, path: str, blob: str) -> Iterable[Reading]:
        """Those that are known of a file."""
        ...

    def add(self, path: str, blob: str, reading: Reading) -> None:
        """Keep one more."""
        ...


def trace(path: str, asked: Callable[[str], Answers], blobs: Mapping[str, str]) -> Trace:
    """All that the summary of a file rests on; `asked` gives what another file asked."""
    found: Trace = {}
    queue = [path]
    while queue:
        reached = queue.pop()
        if reached not in found and reached in blobs:
            answers = asked(reached)
            found[reached] = (blobs[reached], answers)
            queue += next_files(answers)
    return found


def questions(answers: Mapping[str, Answer]) -> Iterator[tuple[Question, Answer]]:
    """Each question with its answer; they are kept as one text, method and argument."""
    for text, answer in answers.items():
        method, _, argument = text.partition(" ")
        yield (method, argument), answer


def texts(answers: Mapping[Question, Answer]) -> Answers:
    """The answers with their questions as one text each."""
    return {" ".join(question): answer for question, answer in answers.items()}


def next_files(answers: Mapping[str, Answer]) -> list[str]:
    """The files that a file leads to."""
    return [
        answer
        for question, answer in answers.items()
        if isinstance(answer, str) and question.startswith("find ")
    ]


def readers_of(asked: Mapping[str, Mapping[str, Answer]]) -> Mapping[str, Sequence[str]]:
    """The files that lead to each file, by the questions of all of them."""
    readers: dict[str, list[str]] = defaultdict(list)
    for path, answers in asked.items():
        for found in next_files(answers):
            readers[found].append(path)
    return readers
