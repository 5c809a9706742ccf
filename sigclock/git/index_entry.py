"""What Git lists of a file: how it is staged, and whether its copy on disk counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self

#: How the modes of regular files begin, and the mode of symbolic links.
REGULAR, LINK = "100", "120000"


class IndexEntry(NamedTuple):
    """One record of `git ls-files -v --stage`; an untracked file has its path only."""

    path: str
    tag: str = ""
    mode: str = ""
    oid: str = ""
    stage: str = ""

    @classmethod
    def of(cls, record: str) -> Self:
        """Read the record."""
        if record[0] == "?":
            return cls(record[2:], "?")
        facts, _, path = record.partition("\t")
        return cls(path, *facts.split(" "))

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


def is_python(path: str) -> bool:
    """Tell whether a file is Python source by its name."""
    return path.endswith((".py", ".pyi"))
