"""What Git lists of its index, and of the files of a work tree: a record for each path."""

from __future__ import annotations

from typing import NamedTuple

#: How the modes of regular files begin, and the mode of symbolic links.
REGULAR, LINK = "100", "120000"


class Entry(NamedTuple):
    """One record of `git ls-files -v --stage`; an untracked file has its path only."""

    path: str
    tag: str = ""
    mode: str = ""
    oid: str = ""
    stage: str = ""

    @property
    def regular(self) -> bool:
        return self.mode.startswith(REGULAR)

    @property
    def is_plain(self) -> bool:
        """Whether it is a staged Python file, and Git looks at its copy on disk."""
        return self.regular and (self.tag, self.stage) == ("H", "0") and is_python(self.path)

    @property
    def left_out(self) -> bool:
        """Whether a sparse checkout leaves it out."""
        return self.tag in {"S", "s"}


def entry_of(record: str) -> Entry:
    """Take a record apart."""
    if record[0] == "?":
        return Entry(record[2:], "?")
    facts, _, path = record.partition("\t")
    return Entry(path, *facts.split(" "))


def is_python(path: str) -> bool:
    """Tell whether it is a source."""
    return path.endswith((".py", ".pyi"))
