"""Which files can hold tasks: a byte filter first, then those that use a team's own decorators."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from sigclock.source import LARGEST, in_bytes

#: The names under which a file offers something that makes tasks.
Offered = Callable[[str], Iterable[str]]

#: The names that an import statement brings, in parentheses or not.
_IMPORT = re.compile(rb"\bimport\s*(?:\((?:[^)#]+|#[^\n]*)*|(?:[^\n\\]|\\\r?\n)*)")

#: An attribute of anything but a method's own object.
_ATTRIBUTE = re.compile(rb"(?<!\bself)(?<!\bcls)\.\s*(\w+)")
_WORD = re.compile(rb"\w+")
#: More words than these are searched for by one pattern.
_FEW = 30
#: From so many words on, a file's own words are looked up among them.
_SEVERAL = 12


class Round(msgspec.Struct, frozen=True):
    """A search among the files that earlier rounds left: for which markers, and which have one.

    The markers of the first round are words of the SDKs, those of later rounds names.
    """

    markers: frozenset[str] = msgspec.field(name="sought")
    paths: frozenset[str] = msgspec.field(name="found")


#: The files that have a marker, and those of which that is not known.
Searched = tuple[set[str], set[str]]


def rounds(
    paths: Iterable[str],
    first: Iterable[bytes],
    offered: Offered,
    read: Callable[[str], bytes],
    known: Callable[[int, frozenset[str], set[str]], Searched],
) -> list[Round]:
    """The files that can hold tasks, by the searches that find them.

    A file counts if it holds one of the `first` markers, or takes from elsewhere the name of a
    decorator or environment that a counting file offers; the latter is repeated until nothing new
    appears. `known` may tell which of the paths of a round have a marker and which are to be
    searched.
    """
    remaining = {path for path in paths if path.endswith(".py")}
    markers = frozenset(marker.decode() for marker in first)
    done: list[Round] = []
    while True:
        known_paths, unknown = known(len(done), markers, remaining)
        counts = search(len(done), markers)
        new = known_paths.union(path for path in sorted(unknown) if may(counts, read(path)))
        done.append(Round(markers, frozenset(new)))
        remaining -= new
        names = {name for path in sorted(new) for name in offered(path)}
        markers = next_markers(names, [round_.markers for round_ in done])
        if not markers or not remaining:
            return done


def next_markers(offered: Iterable[str], markers: Sequence[frozenset[str]]) -> frozenset[str]:
    """The markers of the next round: the names that only files of the last round offer.

    `markers` are those of all rounds so far; the first round's are no names.
    """
    return frozenset(offered).difference(*markers[1:])


def search(number: int, markers: Iterable[str]) -> Callable[[bytes], object]:
    """What tells whether a file has one of the markers of a round."""
    return taking(markers) if number else having(in_bytes(marker) for marker in markers)


def may(counts: Callable[[bytes], object], data: bytes) -> bool:
    """Whether a file counts; the rest of one that was cut off may have a marker."""
    return len(data) > LARGEST or bool(counts(data))


def having(words: Iterable[bytes]) -> Callable[[bytes], bool]:
    """What tells whether one of the words stands in a file, alone or in a longer word.

    Every file of a tree is asked: up to a few words, plain searches take a tenth of a pattern's
    time.
    """
    every = sorted(set(words), key=len)
    if len(every) > _FEW:
        pattern = re.compile(b"|".join(map(re.escape, every)))
        return lambda data: pattern.search(data) is not None
    least = [data for at, data in enumerate(every) if not any(part in data for part in every[:at])]

    def has(data: bytes) -> bool:
        for word in least:  # noqa: SIM110 - twice as fast as `any`
            if word in data:
                return True
        return False

    return has


def taking(names: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether a file may take one of these names from another: by an import or as an attribute."""
    encoded = sorted(in_bytes(name) for name in names)
    has, words = having(encoded), b"|".join(map(re.escape, encoded))
    anywhere = re.compile(rb"(?<!\w)(?:" + words + rb")(?!\w)")
    attribute = re.compile(rb"(?<!\bself)(?<!\bcls)\.\s*(?:" + words + rb")(?!\w)")

    def brought(statement: re.Match[bytes]) -> bool:
        return b"*" in statement[0] or anywhere.search(statement[0]) is not None

    def takes(data: bytes) -> bool:
        if not has(data) or anywhere.search(data) is None:
            return False
        return attribute.search(data) is not None or any(map(brought, _IMPORT.finditer(data)))

    return takes


def mentioning(names: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether one of the names stands in a file as a word; of many, all its words are looked up."""
    words = {in_bytes(name) for name in names}
    if len(words) > _SEVERAL and all(map(bytes.isascii, words)):
        return lambda data: not words.isdisjoint(_WORD.findall(data))
    has = having(words)
    pattern = re.compile(rb"\b(?:" + b"|".join(map(re.escape, sorted(words))) + rb")\b")
    return lambda data: has(data) and pattern.search(data) is not None


def imported_names(data: bytes) -> set[bytes] | None:
    """Every name that a file may take from another in either way; None where it may be any."""
    names = set(_ATTRIBUTE.findall(data))
    for statement in _IMPORT.finditer(data):
        if b"*" in statement[0]:
            return None
        names.update(_WORD.findall(statement[0]))
    return names
