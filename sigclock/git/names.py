"""Names of files as Git stores them: as text and back, and those that no checkout makes."""

from __future__ import annotations

import re
import sys

from sigclock.git.windows import WINDOWS

_ENCODING = sys.getfilesystemencoding()
_FORGED = r"(?:^|{before})(?:\.{{0,2}}|\.git)(?:/|{after})"
#: There a backslash parts folders, a colon parts a drive or a stream, and `git~1`, `.git ` and
#: `.git.` are `.git`. Git for Windows checks none of them out either.
_FORGED_THERE = r"|\\|:|(?:^|{before})git~\d+(?:/|{after})|[. ](?:/|{after})"


def _pattern(before: str, after: str, *, windows: bool) -> re.Pattern[str]:
    text = _FORGED + (_FORGED_THERE if windows else "")
    return re.compile(text.format(before=before, after=after), re.IGNORECASE)


_ONE = {windows: _pattern("/", "$", windows=windows) for windows in (False, True)}
_ANY = {windows: _pattern(r"[\0\t /]", r"[\0]|$", windows=windows) for windows in (False, True)}


def decoded(data: bytes) -> str:
    """Bytes of Git's as text, which `encoded` gives back; `os.fsdecode` cannot on Windows."""
    return data.decode(_ENCODING, "surrogateescape")


def encoded(text: str) -> bytes:
    """Text as the bytes that Git knows; `UnicodeEncodeError` where there are none."""
    return text.encode(_ENCODING, "surrogateescape")


def is_forged(path: str, *, windows: bool = WINDOWS) -> bool:
    """Tell whether Git itself would never check out a file of that name."""
    return _ONE[windows].search(path) is not None


def may_have_forged(listing: str, *, windows: bool = WINDOWS) -> bool:
    """Tell whether a name in a listing may be forged; never no where one is."""
    return _ANY[windows].search(listing) is not None
