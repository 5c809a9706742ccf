"""Source tree → Extraction: the story of the analysis, in order.

A search of the bytes finds the candidates. Every decorator and call in them is evaluated, an SDK
says which of these declare tasks, annotations are resolved, and every class that they reach is
read. What is remembered of an earlier state of the tree is used as far as it still holds.
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
from sigclock.tasks.file_reader import EFFORT, Entry, FileSummary, Options, Reader, unread_summary
from sigclock.tasks.memory import Memory
from sigclock.tasks.notebooks import notebooks
from sigclock.tasks.sdks import SDKS
from sigclock.tasks.version_sites import settled
from sigclock.tasks.wrappers import PRESETS, word_of

__all__ = ["Files", "Options", "extract", "markers", "settle", "uses_of"]

#: How many bytes of source may have their syntax trees in memory at a time.
_PARSED_AT_ONCE = 300_000
#: Each file that cannot be followed lowers the effort for the next ones, down to this.
_LEAST_EFFORT = 5_000


def extract(
    tree: SourceTree, options: Options | None = None, memory: Memory | None = None
) -> Extraction:
    """Everything that one tree declares. Never raises for what is in the files.

    `memory` is asked for what it knows of the same tree, and learns what it did not.
    """
    options, memory = options or Options(), memory or Memory()
    modules = Modules(tree, EXTERNAL_NAMES, options.layout)
    memory.settle(modules)
    files = Files(modules, options, memory)
    selected = filter(options.selects, modules.paths)
    searches = rounds(
        selected, markers(options), lambda path: files[path].offers, modules.read, memory.search
    )
    summaries = [
        files[path] for path in sorted(path for round_ in searches for path in round_.paths)
    ]
    files.close()
    uses = [use for summary in summaries for use in uses_of(summary)]
    usage = Usage(Names(modules), uses, memory.holders, published=options.published)
    settled_summaries = [settle(summary, usage) for summary in summaries]
    files_read = {
        summary.path: frozenset(usage.looked_into(uses_of(summary))) for summary in summaries
    }
    modules.close()
    unread = modules.unread
    leading = memory.leading_to(unread)
    believed = memory.believed
    if (files.given_up and believed) or not leading.isdisjoint(believed):
        # How far a file is followed depends on those before it, and what was believed to lead to
        # no file that does not parse may do so now.
        memory.forget()
        return extract(tree, options, memory)
    if not files.given_up:
        sure = [summary for summary in summaries if summary.path not in leading]
        looked_into = {summary.path: files_read[summary.path] - leading for summary in sure}
        looked = {path: paths for path, paths in looked_into.items() if paths}
        memory.learn(searches, memory.news(sure), looked)
    unsettled = leading.intersection(summary.path for summary in summaries) - unread.keys()
    extraction = assemble(settled_summaries, unread, unsettled)
    return msgspec.structs.replace(extraction, notebooks=notebooks(tree, options.selects))


def uses_of(summary: FileSummary) -> Iterator[Use]:
    """The reads of variables on the way to the versions of a file's tasks."""
    return (use for entry in summary.entries for use in entry.trail)


def settle(summary: FileSummary, usage: Usage) -> FileSummary:
    """The summary, with a refusal at each version that something else reads as well."""
    if not any(entry.trail for entry in summary.entries):
        return summary
    entries = tuple(_settled_entry(entry, usage) for entry in summary.entries)
    return msgspec.structs.replace(summary, entries=entries)


def _settled_entry(entry: Entry, usage: Usage) -> Entry:
    site = entry.site
    version = site.version and settled(site.version, entry.trail, usage)
    return msgspec.structs.replace(entry, site=msgspec.structs.replace(site, version=version))


class Files:
    """The summaries of files, each made once; syntax trees are dropped now and then."""

    def __init__(self, modules: Modules, options: Options, memory: Memory) -> None:
        self._modules = modules
        self._options = options
        self._memory = memory
        self._reader = Reader(modules, options, EFFORT)
        self._summaries: dict[str, FileSummary] = {}
        self._failures = 0

    def __getitem__(self, path: str) -> FileSummary:
        if path not in self._summaries:
            self._summaries[path] = self._memory.summary(path) or self._read(path)
        return self._summaries[path]

    @property
    def given_up(self) -> bool:
        """Whether a file leads on too far to be followed."""
        return bool(self._failures)

    def close(self) -> None:
        """Drop all syntax trees."""
        self._modules.forget()
        self._reader.close()

    def _read(self, path: str) -> FileSummary:
        if self._modules.parsed > _PARSED_AT_ONCE:
            self._start_again()
        alone = self._reader.is_new
        summary = self._reader.attempt(path)
        if not alone and not isinstance(summary, FileSummary):
            # A new reader tells the same whatever was read before.
            self._start_again()
            summary = self._reader.attempt(path)
        if not isinstance(summary, FileSummary):
            self._failures += 1
            self._start_again()
            summary = unread_summary(self._modules, path, summary)
        return summary

    def _start_again(self) -> None:
        self.close()
        effort = max(EFFORT // (1 + self._failures), _LEAST_EFFORT)
        self._reader = Reader(self._modules, self._options, effort)


def markers(options: Options) -> frozenset[bytes]:
    """Words: every file that declares a task or carries a cache version has at least one."""
    own = {word_of(name).encode() for name in options.task_decorators | PRESETS}
    return frozenset(own.union(WORDS, *(sdk.MARKERS for sdk in SDKS)))
