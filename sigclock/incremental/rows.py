"""What a tree was found to be, a row a file, and by what each file has to do with others.

A change of one file asks for the rows of that file, of those that lead to it, and of those that
share a name with it: nothing else is read or written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sigclock.incremental.shelf import LostPageError, Shelf
from sigclock.interface.snapshot import IgnoredCache, Waiver
from sigclock.interface.unrecognized import Unrecognized
from sigclock.lock.lock import Account
from sigclock.python.names.modules import Answer
from sigclock.python.values.constant_uses import last
from sigclock.tasks.file_reader import Class, Entry, FileSummary
from sigclock.tasks.memory import State
from sigclock.tasks.reading import next_files, questions

#: Before a file's name: not what it declares leads there, only the use of its constants does.
USES = "\0"

_Answers = dict[str, Answer]
_Members = dict[str, int]
#: Key of an index, and what the file is found as there.
_Share = tuple[str, str]


class Row(msgspec.Struct, frozen=True):
    """A file's summary with its classes by their ids; `number` is the round that found the file.

    `looked` are the files that were read to tell what else uses the constants of its versions.
    """

    number: int
    entries: tuple[Entry, ...] = ()
    classes: dict[str, str] = {}
    offers: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    looked: tuple[str, ...] = ()
    unrecognized: tuple[Unrecognized, ...] = ()
    ignored: tuple[IgnoredCache, ...] = ()


class Rows:
    """The rows of one tree, and indexes: `members` has what one says of a subject, and how often.

    `leads` the files that lead to a file, `asks` those that ask about a name with that part, `task`
    those that declare a Flyte name, `site` those whose versions stand in a file, `trail` those
    whose versions go through a variable of that name (after it, whether it is of a class), `use`
    the positions at which a file reads one, `class` the ids of the classes of one import name,
    `offer` what the files of a round offer, `maker` the files that apply what is not recognized,
    `mention` the files in which a name occurs.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._opened: dict[str, _Members] = {}
        self._changed: set[str] = set()

    def row(self, path: str) -> Row | None:
        return self._shelf.get(_key("file", path), Row)

    def answers(self, path: str) -> _Answers | None:
        """What a file that was followed asked of the tree's layout."""
        return self._shelf.get(_key("asked", path), _Answers)

    def account(self, name: str) -> Account | None:
        """What the lock's ledger says of a task."""
        return self._shelf.get(_key("issued", name), Account)

    def members(self, kind: str, subject: str) -> Mapping[str, int]:
        return self._open(_key(kind, subject))

    def summary(self, path: str) -> FileSummary | None:
        """The summary of a file that can hold tasks."""
        row = self.row(path)
        if row is None:
            return None
        classes = {key: self.held(identity) for key, identity in row.classes.items()}
        rest = (row.waivers, row.unrecognized, row.ignored)
        return FileSummary(path, row.entries, classes, row.offers, *rest)

    def replace(
        self,
        path: str,
        row: Row | None,
        answers: _Answers | None,
        classes: Mapping[str, Class] | None = None,
    ) -> None:
        """Put what is known of a file now in the place of what was; `classes` are new, by ids."""
        old = Counter(_shares(path, self.row(path), self.answers(path)))
        new = Counter(_shares(path, row, answers))
        for one, held in (classes or {}).items():
            self._shelf.put(_key("held", one), held)
        for share, number in (new - old).items():
            self._count(share, number)
        for share, number in (old - new).items():
            self._count(share, -number)
        self._shelf.put(_key("file", path), row)
        self._shelf.put(_key("asked", path), answers)

    def mention(self, name: str, path: str, *, occurs: bool) -> None:
        """Note whether a name occurs in a file."""
        if occurs is not (path in self.members("mention", name)):
            self._count((_key("mention", name), path), 1 if occurs else -1)

    def issue(self, name: str, account: Account | None) -> None:
        """Note what the lock's ledger says of a task from now on."""
        self._shelf.put(_key("issued", name), account)

    def save(self) -> tuple[str, ...]:
        """The names of the pages on which all of it is kept."""
        for key in sorted(self._changed):
            self._shelf.put(key, self._opened[key] or None)
        self._changed.clear()
        return self._shelf.save()

    def _open(self, key: str) -> _Members:
        """The members under a key, decoded once: some are asked for with every file."""
        if key not in self._opened:
            self._opened[key] = self._shelf.get(key, _Members) or {}
        return self._opened[key]

    def _count(self, share: _Share, number: int) -> None:
        key, member = share
        members = self._open(key)
        self._changed.add(key)
        members[member] = members.get(member, 0) + number
        if members[member] <= 0:
            del members[member]
            if key.startswith("class\0"):
                self._shelf.put(_key("held", member), None)

    def held(self, identity: str) -> Class:
        """A class that a task reaches, by its id."""
        found = self._shelf.get(_key("held", identity), Class)
        if found is None:
            raise LostPageError(identity)
        return found


def values(state: State, issued: Mapping[str, Account]) -> dict[str, object]:
    """All rows of a tree, by the keys under which `Rows` finds them.

    What is large is encoded: all rows at once would be as large as all that they are made of.
    """
    rounds = {path: number for number, round_ in enumerate(state.rounds) for path in round_.paths}
    ids: dict[tuple[int, str], str] = {}
    found: dict[str, Any] = {}
    index: dict[str, _Members] = {}
    for path in state.files.keys() | state.asked.keys():
        kept, answers = state.kept(path), state.asked.get(path)
        row = None
        if kept is not None:
            classes = {}
            for key, number in kept.classes.items():
                if (number, key) not in ids:
                    ids[number, key] = identity(key, state.held(number))
                classes[key] = ids[number, key]
                found[_key("held", classes[key])] = state.classes[number]
            looked = tuple(sorted(state.looked.get(path, ())))
            row = Row(
                rounds[path],
                kept.entries,
                classes,
                kept.offers,
                kept.waivers,
                looked,
                kept.unrecognized,
                kept.ignored,
            )
            found[_key("file", path)] = msgspec.Raw(msgspec.msgpack.encode(row))
        if answers is not None:
            found[_key("asked", path)] = answers
        for key, member in _shares(path, row, answers):
            members = index.setdefault(key, {})
            members[member] = members.get(member, 0) + 1
    for name, paths in state.mentions.items():
        index[_key("mention", name)] = dict.fromkeys(sorted(paths), 1)
    found.update(index)
    found.update((_key("issued", name), account) for name, account in issued.items())
    return found


def identity(key: str, one: Class) -> str:
    """What tells a class from all others of a tree: where it stands, and its import name."""
    place = one.location.location
    return f"{place.path}\0{place.line}\0{one.definition.import_name or key}"


def _key(kind: str, subject: str) -> str:
    return f"{kind}\0{subject}"


def _shares(path: str, row: Row | None, answers: _Answers | None) -> Iterator[_Share]:
    """Where a file is found, and as what."""
    for (_, name), _ in questions(answers or {}):
        for part in {*name.split(".")} - {""}:
            yield _key("asks", part), path
    for other in next_files(answers or {}):
        yield _key("leads", other), path
    if row is None:
        return
    for entry in row.entries:
        yield _key("task", entry.name), path
        if entry.site.version is not None:
            yield _key("site", entry.site.version.location.path), path
        for use in entry.trail:
            dotted = "." in use.holder
            yield _key("trail", last(use.holder)), f"{path}\0{int(dotted)}"
            yield _key("use", use.path), f"{use.line}:{use.column}"
    for class_ in row.classes.values():
        yield _key("class", class_.rpartition("\0")[2]), class_
    for site in row.unrecognized:
        yield _key("maker", site.maker), path
    for name in row.offers:
        yield _key("offer", str(row.number)), name
    for other in row.looked:
        yield _key("leads", other), f"{USES}{path}"
