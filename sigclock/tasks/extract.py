"""Source tree → Extraction: the story of the analysis, in order.

Candidates are found by their bytes, every decorator and call in them is evaluated, an SDK says
which of them declare tasks, annotations are resolved, and every class that they reach is read.
What is remembered of the tree as it was before is used as far as it still holds.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sigclock.interface.snapshot import Extraction
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.byte_search import rounds
from sigclock.python.values.constant_uses import Usage
from sigclock.python.values.values import Use
from sigclock.source import SourceTree
from sigclock.tasks.assembly import assemble
from sigclock.tasks.cache_arguments import WORDS
from sigclock.tasks.file_reader import EFFORT, FileSummary, Options, Reader, given_up
from sigclock.tasks.foreign import PRESETS, word_of
from sigclock.tasks.memory import Memory
from sigclock.tasks.notebooks import notebooks
from sigclock.tasks.sdks import SDKS
from sigclock.tasks.version_sites import settled

__all__ = ["Files", "Options", "extract", "markers", "settle", "uses_of"]

#: Bytes of source whose syntax trees are held at a time.
_HELD = 300_000
#: Each file that is given up makes the effort for those after it less, down to this.
_LEAST = 5_000


def extract(
    tree: SourceTree, options: Options | None = None, memory: Memory | None = None
) -> Extraction:
    """Everything that one tree declares. Never raises for what is in the files.

    `memory` is asked for what it knows of the same tree, and learns what it did not.
    """
    options, memory = options or Options(), memory or Memory()
    modules = Modules(tree, EXTERNAL_NAMES, options.source_roots)
    memory.settle(modules)
    files = Files(modules, options, memory)
    selected = filter(options.selects, modules.paths)
    searched = rounds(
        selected, markers(options), lambda path: files[path].offers, modules.read, memory.search
    )
    summaries = [files[path] for path in sorted(path for one in searched for path in one.found)]
    files.close()
    uses = [use for summary in summaries for use in uses_of(summary)]
    usage = Usage(Names(modules), uses, memory.holders)
    told = [settle(summary, usage) for summary in summaries]
    looked = {summary.path: usage.looked_into(uses_of(summary)) for summary in summaries}
    modules.close()
    unread = modules.unread
    if unread and not memory.is_empty:
        # Who depends on a file that does not parse is told by all that follow it; some did not now.
        return extract(tree, options)
    if not unread:
        found = {path: frozenset(paths) for path, paths in looked.items() if paths}
        memory.learn(searched, summaries, found)
    parsed = (summary.path for summary in summaries if summary.path not in unread) if unread else ()
    unsettled = frozenset(path for path in parsed if modules.leads_to(path, unread))
    extraction = assemble(told, unread, unsettled)
    return msgspec.structs.replace(extraction, notebooks=notebooks(tree, options.selects))


def uses_of(summary: FileSummary) -> Iterator[Use]:
    """The reads of variables on the way to the versions of a file's tasks."""
    return (use for entry in summary.entries for use in entry.trail)


def settle(summary: FileSummary, usage: Usage) -> FileSummary:
    """A summary whose versions are refused where something else reads them as well."""
    if not any(entry.trail for entry in summary.entries):
        return summary
    entries = [
        msgspec.structs.replace(
            entry, version=entry.version and settled(entry.version, entry.trail, usage)
        )
        for entry in summary.entries
    ]
    return msgspec.structs.replace(summary, entries=tuple(entries))


class Files:
    """The summaries of files, each made once; syntax trees are dropped now and then."""

    def __init__(self, modules: Modules, options: Options, memory: Memory) -> None:
        self._modules = modules
        self._options = options
        self._memory = memory
        self._reader = Reader(modules, options, EFFORT)
        self._known: dict[str, FileSummary] = {}
        self._given_up = 0

    def __getitem__(self, path: str) -> FileSummary:
        if path not in self._known:
            self._known[path] = self._memory.summary(path) or self._read(path)
        return self._known[path]

    def close(self) -> None:
        """Drop all syntax trees."""
        self._modules.forget()
        self._reader.close()

    def _read(self, path: str) -> FileSummary:
        if self._modules.parsed > _HELD:
            self._start_again()
        alone = self._reader.is_new
        found = self._reader.attempt(path)
        if not alone and not isinstance(found, FileSummary):
            # So it does not matter what was read before it, or was known already.
            self._start_again()
            found = self._reader.attempt(path)
        if not isinstance(found, FileSummary):
            self._given_up += 1
            self._start_again()
            found = given_up(self._modules, path, found)
        return found

    def _start_again(self) -> None:
        self.close()
        effort = max(EFFORT // (1 + self._given_up), _LEAST)
        self._reader = Reader(self._modules, self._options, effort)


def markers(options: Options) -> frozenset[bytes]:
    """A file that holds none of these declares no task by itself, and carries no cache version."""
    own = {word_of(name).encode() for name in options.task_decorators | PRESETS}
    return frozenset(own.union(WORDS, *(sdk.MARKERS for sdk in SDKS)))
