"""The files of a tree that a change can make a difference to: they are judged without the rest.

These are the files whose summaries changed, and every file that has a name, a class or a constant
in common with one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from sigclock.incremental.store import note
from sigclock.interface.snapshot import Definition, Extraction
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.byte_search import Round, next_markers, rounds
from sigclock.python.values.constant_uses import ALIASES, Usage, last, may_take, occurrences
from sigclock.source import SourceTree
from sigclock.tasks.assembly import assemble
from sigclock.tasks.extract import Files, Options, markers, settle, uses_of
from sigclock.tasks.file_reader import FileSummary
from sigclock.tasks.memory import Memory
from sigclock.tasks.reading import KnownReadings
from sigclock.tasks.tree_state import TreeState, identity, import_name

_Summaries = Mapping[str, FileSummary]
#: Import name → the classes of that name, with how many files reach each.
_Identities = dict[str, Counter[str]]


class AffectsAllError(Exception):
    """What changed may make a difference to any file of the tree."""


class Move(msgspec.Struct, frozen=True):
    """A tree that was read before, and another one.

    `blobs` are the ids of the Python files of `tree`, `load` gives the bytes of a blob of either.
    `touched` are the files that differ, and `modules` knows where the modules of `tree` stand, if
    somebody found that out already.
    """

    state: TreeState
    tree: SourceTree
    blobs: Mapping[str, str]
    load: Callable[[str], bytes]
    touched: Collection[str] | None = None
    modules: Modules | None = None


class AffectedFiles:
    """The files that a move concerns: `old` has their summaries before it, `new` after it.

    Where these are equal, files are left out. Those that are `open` are taken in all the same.
    """

    def __init__(
        self,
        move: Move,
        options: Options,
        *,
        open_: Iterable[str] = (),
        readings: KnownReadings | None = None,
    ) -> None:
        self._move = move
        self._options = options
        self._looked = dict(move.state.looked)
        self.memory = Memory(move.blobs, move.state, readings, move.touched)
        self.modules = move.modules or Modules(
            move.tree, EXTERNAL_NAMES, options.layout, frozenset(move.blobs)
        )
        self.memory.settle(self.modules)
        self.old: dict[str, FileSummary] = {}
        self.new: dict[str, FileSummary] = {}
        self._replaced = self._read()
        #: What the tree is found to be, as far as it is indexed.
        self._after = move.state.replaced(self._replaced)
        if self._after.uses_flyte is not move.state.uses_flyte:
            raise AffectsAllError("the tree came to use Flyte, or no longer does")
        self.extend(sorted({*open_, *self._bound_by_constants()}))

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.old.keys() | self.new.keys())

    def extend(self, paths: Iterable[str]) -> bool:
        """Take more files in, which did not change; whether there was any."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self.paths]
        found = [(path, self._after.summary(path)) for path in sorted(wanted)]
        added = {path: summary for path, summary in found if summary is not None}
        self.old.update(added)
        self.new.update(added)
        vars(self).pop("_reached", None)
        return bool(added)

    def extraction(self) -> Extraction:
        """What the files declare now, with all of one name among them."""
        while self.extend(self._namesakes()):
            pass
        if any(len(one) > 1 for side in self._classes() for one in side.values()):
            raise AffectsAllError("several classes share one import name")
        if any(map(self._is_numbered, {*self._reached[0], *self._reached[1]})):
            raise AffectsAllError("a class may be called as one of several of one name")
        uses = [use for summary in self.new.values() for use in uses_of(summary)]
        published = self._options.published
        usage = Usage(Names(self.modules), uses, self._holders, self._version_reads, published)
        settled = [settle(summary, usage) for _, summary in sorted(self.new.items())]
        for path, summary in self.new.items():
            self._looked[path] = frozenset(usage.looked_into(uses_of(summary)))
        if self.modules.unread:
            raise AffectsAllError("a file does not parse")
        self.modules.forget()
        return assemble(settled, {}, uses_flyte=self._after.uses_flyte)

    def before(self) -> Extraction:
        """What they declared before the change, but for what else uses their constants."""
        summaries = [summary for _, summary in sorted(self.old.items())]
        return assemble(summaries, {}, uses_flyte=self._after.uses_flyte)

    def beside(self) -> dict[str, Definition]:
        """The classes that other files reach and these do on one side of the change."""
        before, after = (side.keys() for side in self._reached)
        found = ((name, one) for name in sorted(before ^ after) for one in self._outside(name))
        return {name: self._after.held(one).definition for name, one in found}

    def holds_alone(self, key: str) -> bool:
        """Whether no other file reaches the class of that import name."""
        return not self._outside(key)

    def sharing(self, sites: Iterable[str]) -> Iterator[str]:
        """The files in which versions stand, and those that have a version there."""
        for site in sites:
            yield from (site, *self._after.members("site", site))

    def state(self) -> TreeState:
        """What the tree was found to be; call nothing after this."""
        self._holders(())
        looked = {path: files for path, files in self._looked.items() if files}
        for path in self._move.state.looked.keys() - self._after.files.keys():
            looked.pop(path, None)
        self.memory.learn(self._rounds, self._replaced, looked)
        found = self.memory.state
        if found is None:
            raise AffectsAllError("it cannot be kept")
        return found

    # -- what changed ----------------------------------------------------------------------------

    def _read(self) -> dict[str, FileSummary | None]:
        """Read what no longer holds; the summaries that take the place of the state's."""
        state, memory = self._move.state, self.memory
        files = Files(self.modules, self._options, memory)

        def offers(path: str) -> tuple[str, ...]:
            known = path in state.files and path not in memory.stale
            return state.offers.get(path, ()) if known else files[path].offers

        self._rounds = self._found(offers)
        found = {path for round_ in self._rounds for path in round_.paths}
        again = {path for path in found if path in memory.stale or path not in state.files}
        replaced: dict[str, FileSummary | None] = {path: files[path] for path in sorted(again)}
        if files.given_up or self.modules.unread:
            raise AffectsAllError("a file does not parse, or leads on too far")
        files.close()
        note("files", 0, len(again))
        replaced.update(dict.fromkeys(state.files.keys() - found))
        for path, new in replaced.items():
            old = state.summary(path)
            if old != new:
                self.old.update({path: old} if old else {})
                self.new.update({path: new} if new else {})
        return replaced

    def _found(self, offers: Callable[[str], tuple[str, ...]]) -> list[Round]:
        """The searches of all files; those that did not change need none if the same is sought."""
        then = self._move.state.rounds
        first, read = markers(self._options), self.modules.read
        few = (self._move.state.files.keys() | self.memory.touched) & self.modules.paths
        found = rounds(filter(self._options.selects, few), first, offers, read, self.memory.search)
        sought = [round_.markers for round_ in found]
        left = next_markers((n for p in found[-1].paths for n in offers(p)), sought)
        last_round = [Round(left, frozenset())] if left else []
        if [round_.markers for round_ in then] == [*sought, *filter(None, [left])]:
            return [*found, *last_round]
        everything = filter(self._options.selects, self.modules.paths)
        return rounds(everything, first, offers, read, self.memory.search)

    def _bound_by_constants(self) -> Iterator[str]:
        """The files with versions that may no longer be read by nothing else, or are now."""
        for path in self.memory.touched:
            yield from self._readers_of_names(path)
        sides = (self.old, self.new)
        before, after = (
            {
                (use.path, use.line, use.column)
                for summary in side.values()
                for use in uses_of(summary)
            }
            for side in sides
        )
        moved = {path for path, _, _ in before ^ after} | self.memory.stale
        for path, files in self._move.state.looked.items():
            if not moved.isdisjoint(files):
                yield path

    def _readers_of_names(self, path: str) -> Iterator[str]:
        """The files with versions that go through a name of which a changed file makes use."""
        names, contents = self._move.state.mentions.keys(), self._sides(path)
        for name in {name for data in contents for name in occurrences(data, names)}:
            taken = any(may_take(name, data) for data in contents)
            members = self._after.members("trail", name)
            if not members and name not in self._led_through:
                raise AffectsAllError("a file makes use of another name of a constant")
            for member in members:
                holder, _, dotted = member.rpartition("\0")
                if taken or dotted == "1":
                    yield holder

    def _sides(self, path: str) -> list[bytes]:
        """The contents of a file before and after the change."""
        if not self._move.state.mentions:
            return []
        blobs = (self._move.state.blobs.get(path), self._move.blobs.get(path))
        return [self._move.load(blob) for blob in blobs if blob is not None]

    @cached_property
    def _led_through(self) -> set[str]:
        """The names through which versions of the changed files were reached before."""
        return {last(use.holder) for summary in self.old.values() for use in uses_of(summary)}

    def _holders(self, names: Collection[str]) -> Mapping[str, Collection[str]]:
        known = self._move.state.mentions.keys()
        if not known >= set(names):
            raise AffectsAllError("a version goes through a name that was not looked for")
        aliases = (name for name in known if not self._after.members("trail", name))
        if len(known) >= ALIASES and sum(1 for _ in aliases) >= ALIASES:
            raise AffectsAllError("not all names that stand for a constant are followed")
        return self.memory.holders(known)

    def _version_reads(self, path: str) -> Collection[tuple[int, int]]:
        """Where a file reads a constant on the way to a version."""
        found = (member.partition(":") for member in self._after.members("use", path))
        return {(int(line), int(column)) for line, _, column in found}

    # -- names -----------------------------------------------------------------------------------

    def _namesakes(self) -> Iterator[str]:
        """The files that declare a task, or apply what is not recognized, of the same name."""
        both = (*self.old.values(), *self.new.values())
        for name in {entry.name for summary in both for entry in summary.entries}:
            yield from self._after.members("task", name)
        for maker in {site.maker for summary in both for site in summary.unrecognized}:
            yield from self._after.members("maker", maker)

    def _classes(self) -> Iterator[dict[str, set[str]]]:
        """The classes of each import name, in the whole tree before and after."""
        sides = self._reached
        for side in sides:
            yield {
                name: {*side.get(name, ()), *self._outside(name)}
                for name in sides[0].keys() | sides[1].keys()
            }

    @cached_property
    def _reached(self) -> tuple[_Identities, _Identities]:
        """What the files reach before and after, until there are more of them."""
        return _identities(self.old), _identities(self.new)

    def _is_numbered(self, name: str) -> bool:
        """Whether a class is called as another one would be that has namesakes."""
        stem, _, number = name.rpartition("_")
        return number.isdigit() and len(self._after.members("class", stem)) > 1

    def _outside(self, name: str) -> list[str]:
        """The classes of an import name that files beside these reach."""
        inside = self._reached[1].get(name, Counter())
        members = self._after.members("class", name)
        return [member for member, number in members.items() if number > inside[member]]


def _identities(summaries: _Summaries) -> _Identities:
    """The classes that files reach by import name, with how many files reach each."""
    found: _Identities = {}
    for summary in summaries.values():
        for key, class_ in summary.classes.items():
            identified = identity(key, class_)
            found.setdefault(import_name(identified), Counter())[identified] += 1
    return found
