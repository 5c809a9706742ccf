"""A part of a tree that can be read and judged without the rest, for nothing joins the two.

It starts with the files that changed, and grows by every file that these can make a difference to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from sigclock.incremental.rows import USES, Row, Rows, identity
from sigclock.incremental.shelf import LostPageError
from sigclock.incremental.store import note
from sigclock.interface.snapshot import Definition, Extraction
from sigclock.python.names.import_roots import folders
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.python.values.byte_search import may, next_markers, search
from sigclock.python.values.constant_uses import ALIASES, Usage, last, may_take, occurrences
from sigclock.source import SourceTree
from sigclock.tasks.assembly import assemble
from sigclock.tasks.extract import Files, Options, settle, uses_of
from sigclock.tasks.file_reader import FileSummary
from sigclock.tasks.memory import Memory
from sigclock.tasks.reading import questions

_INITS = ("__init__.py", "__init__.pyi")

_Summaries = Mapping[str, FileSummary]
#: Import name → the classes of that name, with how many files reach each.
_Identities = dict[str, Counter[str]]


class OutOfFocusError(Exception):
    """What changed may make a difference to any file of the tree."""


class Facts(msgspec.Struct, frozen=True):
    """What all files of a tree have to do with: `sought` by round, and `names` of constants.

    These are the names through which versions are reached; it is known where each occurs.
    """

    sought: tuple[frozenset[str], ...]
    names: frozenset[str]


class Turn(msgspec.Struct, frozen=True):
    """Two trees, and the paths at which they differ."""

    before: SourceTree
    after: SourceTree
    paths: frozenset[str]

    @property
    def sources(self) -> list[str]:
        return sorted(path for path in self.paths if path.endswith((".py", ".pyi")))


class Section:
    """The files that a change concerns: `old` has their summaries before it, `new` after it.

    `rows` are those of the whole tree before the change, and after it once this is made. `modules`
    are those of a tree with the same files.
    """

    def __init__(
        self,
        rows: Rows,
        facts: Facts,
        options: Options,
        turn: Turn,
        modules: Modules | None = None,
        *,
        uses_flyte: bool = True,
    ) -> None:
        self._uses_flyte = uses_flyte
        self.old: dict[str, FileSummary] = {}
        self.new: dict[str, FileSummary] = {}
        self._rows = rows
        self._facts = facts
        self._options = options
        self._turn = turn
        if modules is None:
            after = frozenset(turn.after.paths())
            self.modules = Modules(turn.after, EXTERNAL_NAMES, options.layout, after)
        else:
            self.modules = modules.over(turn.after)
        self._read()

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.old.keys() | self.new.keys())

    def extend(self, paths: Iterable[str]) -> bool:
        """Take more files in, which did not change; whether there was any."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self.paths]
        found = [(path, self._rows.summary(path)) for path in sorted(wanted)]
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
            raise OutOfFocusError("several classes share one import name")
        if any(map(self._is_numbered, {*self._reached[0], *self._reached[1]})):
            raise OutOfFocusError("a class may be called as one of several of one name")
        uses = [use for summary in self.new.values() for use in uses_of(summary)]
        published = self._options.published
        usage = Usage(Names(self.modules), uses, self._holders, self._places, published)
        told = [settle(summary, usage) for _, summary in sorted(self.new.items())]
        for path, summary in self.new.items():
            self._note_looked(path, usage.looked_into(uses_of(summary)))
        self._note_answers()
        if self.modules.unread:
            raise OutOfFocusError("a file does not parse")
        self.modules.forget()
        return assemble(told, {}, uses_flyte=self._uses_flyte)

    def before(self) -> Extraction:
        """What they declared before the change, but for what else uses their constants."""
        return assemble(
            [summary for _, summary in sorted(self.old.items())], {}, uses_flyte=self._uses_flyte
        )

    def beside(self) -> dict[str, Definition]:
        """The classes that other files reach and the section does on one side of the change."""
        before, after = (side.keys() for side in self._reached)
        found = ((name, one) for name in sorted(before ^ after) for one in self._outside(name))
        return {name: self._rows.held(one).definition for name, one in found}

    def holds_alone(self, key: str) -> bool:
        """Whether no other file reaches the class of that import name."""
        return not self._outside(key)

    # -- what a change concerns ------------------------------------------------------------------

    def _read(self) -> None:
        changed = set(self._turn.sources)
        stale, resettled = self._reaching(self._changed(changed))
        again = {path: self._round(path, fresh=path in changed) for path in stale | changed}
        for path in sorted(again):
            old = self._rows.summary(path)
            if old is not None:
                self.old[path] = old
        files = Files(self.modules, self._options, Memory())
        for path in sorted(path for path, number in again.items() if number is not None):
            self.new[path] = files[path]
        files.close()
        note("files", 0, len(self.new))
        if self.modules.unread:
            raise OutOfFocusError("a file does not parse")
        self._remember(again)
        affected = {reader for path in changed for reader in self._readers_of_names(path)}
        for path in self._places_moved():
            affected |= self._users(path)
        self.extend(sorted(affected | resettled))

    def _changed(self, touched: Collection[str]) -> set[str]:
        """The files of which bytes or answers changed, as far as any task follows them."""
        changed = {path for path in touched if self._rows.answers(path) is not None}
        moved = [path for path in touched if self._moved(path)]
        if any(path.rpartition("/")[2] in _INITS for path in moved):
            raise OutOfFocusError("a package came or went")
        words = self._words(moved)
        asking = {path for word in words for path in self._rows.members("asks", word)}
        for path in asking - changed:
            answers = self._rows.answers(path) or {}
            if path in self.modules.paths and any(
                words.intersection(question[1].split("."))
                and self.modules.ask(path, question) != answer
                for question, answer in questions(answers)
            ):
                changed.add(path)
        return changed

    def _moved(self, path: str) -> bool:
        return (path in self._before) != (path in self.modules.paths)

    @cached_property
    def _before(self) -> frozenset[str]:
        return frozenset(self._turn.before.paths())

    def _words(self, moved: Collection[str]) -> set[str]:
        """The parts of names of which the meaning can change where these files came or went."""
        if not moved:
            return set()
        other = folders(self._before) ^ folders(self.modules.paths)
        stems = {path.rpartition("/")[2].rpartition(".")[0] for path in moved}
        return stems | {folder.rpartition("/")[2] for folder in other}

    def _reaching(self, changed: set[str]) -> tuple[set[str], set[str]]:
        """The files that lead to a changed one, and those whose constants are used in these."""
        reached, users = set(changed), set()
        queue = list(changed)
        while queue:
            for found in self._rows.members("leads", queue.pop()):
                if found.startswith(USES):
                    users.add(found.removeprefix(USES))
                elif found not in reached:
                    reached.add(found)
                    queue.append(found)
        return reached, users - reached

    def _round(self, path: str, *, fresh: bool) -> int | None:
        """The round that finds a file among those that can hold tasks."""
        if not fresh:
            row = self._rows.row(path)
            return None if row is None or path not in self.modules.paths else row.number
        wanted = path in self.modules.paths and path.endswith(".py")
        if not (wanted and self._options.selects(path)):
            return None
        data = self.modules.read(path)
        for number, counts in enumerate(self._searches):
            if may(counts, data):
                return number
        return None

    @cached_property
    def _searches(self) -> list[Callable[[bytes], object]]:
        return [search(number, sought) for number, sought in enumerate(self._facts.sought)]

    # -- rows ------------------------------------------------------------------------------------

    def _remember(self, again: Mapping[str, int | None]) -> None:
        """Put the new rows in the place of the old ones, whose answers no longer count."""
        for path, number in sorted(again.items()):
            summary = self.new.get(path)
            row, held = None, {}
            if summary is not None and number is not None:
                held = {identity(key, found): found for key, found in summary.classes.items()}
                classes = dict(zip(summary.classes, held, strict=True))
                row = Row(
                    number,
                    summary.entries,
                    classes,
                    summary.offers,
                    summary.waivers,
                    unrecognized=summary.unrecognized,
                    ignored=summary.ignored,
                )
            self._rows.replace(path, row, None, held)
        for path in self.new:
            self.modules.questions.setdefault(path, {})
        self._note_answers()
        self._verify_rounds()
        for path in self._turn.sources:
            before, after = (self._words_in(tree, path) for tree in self._sides)
            for name in before ^ after:
                self._rows.mention(name, path, occurs=name in after)

    def _note_answers(self) -> None:
        """Keep what was asked of the layout, whichever file that was for."""
        for path, asked in self.modules.questions.items():
            known = self._rows.answers(path)
            new = {" ".join(question): answer for question, answer in asked.items()}
            new = {**(known or {}), **new}
            if new != known:
                self._rows.replace(path, self._rows.row(path), new)

    def _note_looked(self, path: str, looked: Collection[str]) -> None:
        row = self._rows.row(path)
        if row is not None and set(row.looked) != set(looked):
            changed = msgspec.structs.replace(row, looked=tuple(sorted(looked)))
            self._rows.replace(path, changed, self._rows.answers(path))

    def _verify_rounds(self) -> None:
        """Raise if other names would be sought now: then any file may count, or no longer count."""
        sought = self._facts.sought
        for number in range(len(sought)):
            offered = self._rows.members("offer", str(number))
            following_ = sought[number + 1] if number + 1 < len(sought) else frozenset()
            if next_markers(offered, sought[: number + 1]) != following_:
                raise OutOfFocusError("other decorators or environments are offered")

    # -- constants -------------------------------------------------------------------------------

    @property
    def _sides(self) -> tuple[SourceTree, SourceTree]:
        return self._turn.before, self._turn.after

    def _words_in(self, tree: SourceTree, path: str) -> set[str]:
        names = self._facts.names
        return occurrences(_content(tree, path), names) if names else set()

    def _readers_of_names(self, path: str) -> Iterator[str]:
        """The files with versions that go through a name of which a changed file makes use."""
        for name in self._words_in(self._turn.before, path) | self._words_in(
            self._turn.after, path
        ):
            taken = any(may_take(name, _content(tree, path)) for tree in self._sides)
            members = self._rows.members("trail", name)
            if not members and name not in self._led_through:
                raise OutOfFocusError("a file makes use of another name of a constant")
            for member in members:
                holder, _, dotted = member.rpartition("\0")
                if taken or dotted == "1":
                    yield holder

    def _places_moved(self) -> set[str]:
        """The files in which a read came to be, or no longer is, on the way to a version."""
        before, after = (
            {
                (use.path, use.line, use.column)
                for summary in side.values()
                for use in uses_of(summary)
            }
            for side in (self.old, self.new)
        )
        return {path for path, _, _ in before ^ after}

    def _users(self, path: str) -> set[str]:
        """The files with versions of which a file was asked what else uses their constants."""
        found = self._rows.members("leads", path)
        return {one.removeprefix(USES) for one in found if one.startswith(USES)}

    @cached_property
    def _led_through(self) -> set[str]:
        """The names through which versions of the changed files were reached before."""
        return {last(use.holder) for summary in self.old.values() for use in uses_of(summary)}

    def _holders(self, names: Collection[str]) -> Mapping[str, Collection[str]]:
        known = self._facts.names
        if not known.issuperset(names):
            raise OutOfFocusError("a version goes through a name that was not looked for")
        aliases = (name for name in known if not self._rows.members("trail", name))
        if len(known) >= ALIASES and sum(1 for _ in aliases) >= ALIASES:
            raise OutOfFocusError("not all names that stand for a constant are followed")
        found = {name: self._rows.members("mention", name).keys() for name in names}
        if not all(paths <= self.modules.paths for paths in found.values()):
            raise LostPageError("a name is said to occur in no file of the tree")
        return found

    def _places(self, path: str) -> Collection[tuple[int, int]]:
        """Where a file reads a constant on the way to a version."""
        found = (member.partition(":") for member in self._rows.members("use", path))
        return {(int(line), int(column)) for line, _, column in found}

    # -- names -----------------------------------------------------------------------------------

    def _namesakes(self) -> Iterator[str]:
        """The files that declare a task, or apply what is not recognized, of the same name."""
        both = (*self.old.values(), *self.new.values())
        for name in {entry.name for summary in both for entry in summary.entries}:
            yield from self._rows.members("task", name)
        for maker in {site.maker for summary in both for site in summary.unrecognized}:
            yield from self._rows.members("maker", maker)

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
        return number.isdigit() and len(self._rows.members("class", stem)) > 1

    def _outside(self, name: str) -> list[str]:
        """The classes of an import name that files beside these reach."""
        inside = self._reached[1].get(name, Counter())
        members = self._rows.members("class", name)
        return [member for member, number in members.items() if number > inside[member]]


def _identities(summaries: _Summaries) -> _Identities:
    """The classes that files reach by import name, with how many files reach each."""
    found: _Identities = {}
    for summary in summaries.values():
        for key, held in summary.classes.items():
            identified = identity(key, held)
            found.setdefault(identified.rpartition("\0")[2], Counter())[identified] += 1
    return found


def _content(tree: SourceTree, path: str) -> bytes:
    try:
        return tree.read(path)
    except KeyError:
        return b""
