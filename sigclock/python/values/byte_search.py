"""Which files can hold tasks: a byte filter first, then those that use a team's own decorators."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from sigclock.source import LARGEST

#: The names under which a file offers something that makes tasks.
Offered = Callable[[str], Iterable[str]]

#: The names that an import statement brings, in parentheses or not.
_IMPORT = re.compile(rb"\bimport\s*(?:\((?:[^)#]+|#[^\n]*)*|(?:[^\n\\]|\\\r?\n)*)")

#: A name that is asked of anything but a method's own object.
_ASKED = re.compile(rb"(?<!\bself)(?<!\bcls)\.\s*(\w+)")
_WORD = re.compile(rb"\w+")
#: More words than these are sought by one pattern.
_FEW = 30


class Round(msgspec.Struct, frozen=True):
    """A search among the files that earlier rounds left: what for, and where it was found."""

    sought: frozenset[str]
    found: frozenset[str]


#: The files that have what is sought, and those of which that is not known.
Searched = tuple[set[str], set[str]]


def rounds(
    paths: Iterable[str],
    markers: Iterable[bytes],
    offered: Offered,
    read: Callable[[str], bytes],
    known: Callable[[int, frozenset[str], set[str]], Searched],
) -> list[Round]:
    """The files that can hold tasks, by the searches that find them.

    A file counts if it holds a marker, or takes from elsewhere the name of a decorator or
    environment that a counting file offers; the latter is repeated until nothing new appears.
    `known` may tell, of the paths that a round is to search for something, which have it and which
    are to be searched.
    """
    remaining = {path for path in paths if path.endswith(".py")}
    sought = frozenset(marker.decode() for marker in markers)
    done: list[Round] = []
    while True:
        found, open_ = known(len(done), sought, remaining)
        counts = search(len(done), sought)
        new = found.union(path for path in sorted(open_) if may(counts, read(path)))
        done.append(Round(sought, frozenset(new)))
        remaining -= new
        names = {name for path in sorted(new) for name in offered(path)}
        sought = following(names, [one.sought for one in done])
        if not sought or not remaining:
            return done


def following(offered: Iterable[str], sought: Sequence[frozenset[str]]) -> frozenset[str]:
    """What the round after these seeks: what the files that the last one found are first to offer.

    The first round seeks no names.
    """
    return frozenset(offered).difference(*sought[1:])


def search(number: int, sought: Iterable[str]) -> Callable[[bytes], object]:
    """What tells whether a file has what a round seeks."""
    return taking(sought) if number else having(marker.encode() for marker in sought)


def may(counts: Callable[[bytes], object], data: bytes) -> bool:
    """Whether a file counts; one that was cut off may have in the rest what was looked for."""
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
    sought = sorted(name.encode() for name in names)
    has, words = having(sought), b"|".join(map(re.escape, sought))
    anywhere = re.compile(rb"(?<!\w)(?:" + words + rb")(?!\w)")
    asked = re.compile(rb"(?<!\bself)(?<!\bcls)\.\s*(?:" + words + rb")(?!\w)")

    def brought(statement: re.Match[bytes]) -> bool:
        return b"*" in statement[0] or anywhere.search(statement[0]) is not None

    def takes(data: bytes) -> bool:
        if not has(data) or anywhere.search(data) is None:
            return False
        return asked.search(data) is not None or any(map(brought, _IMPORT.finditer(data)))

    return takes


def taken(data: bytes) -> set[bytes] | None:
    """Every name that a file may take from another, likewise; None where it may be any."""
    names = set(_ASKED.findall(data))
    for statement in _IMPORT.finditer(data):
        if b"*" in statement[0]:
            return None
        names.update(_WORD.findall(statement[0]))
    return names
