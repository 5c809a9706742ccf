"""Bump schemes: the next version after a due version, and how it is written in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator

from sigclock.errors import EditError
from sigclock.python.names.syntax import quiet, same_value

Scheme = Callable[[str, Collection[str], str], str]
"""(version, versions that must not be used, signature hash) → next version, never the old one.

Versions are compared without spaces around them, for Flyte's remote key strips these.
"""

_DIGITS = re.compile(r"[0-9]+")
_SHORT_HASH = 12
_STRING = re.compile(
    r"""(?P<prefix>[uUrR]?)(?P<quote>'{3}|"{3}|'|")(?:\\.|(?!(?P=quote))[^\\])*(?P=quote)""",
    re.DOTALL,
)
_NUMBER = re.compile(r"\.?[0-9][0-9A-Za-z_.]*")


def increment(version: str, reserved: Collection[str], signature: str) -> str:
    """Add one to the last number until the version is not reserved; `abc` becomes `abc.1`."""
    del signature
    used = _used(version, reserved)
    next_version = _next_version(version)
    while next_version.strip(" ") in used:
        next_version = _next_version(next_version)
    return next_version


def signature(version: str, reserved: Collection[str], signature: str) -> str:
    """The first characters of the signature's hash, more of them if those are reserved.

    `reserved` lacks the versions that were issued for this signature alone.
    """
    used = _used(version, reserved)
    for length in range(_SHORT_HASH, len(signature) + 1):
        if signature[:length] not in used:
            return signature[:length]
    return increment(f"{signature}.0", used, signature)


SCHEMES: dict[str, Scheme] = {"increment": increment, "signature": signature}


def literal(before: bytes, old_value: object, new_version: str, encoding: str = "utf-8") -> bytes:
    """`before`, a literal of `old_value`, rewritten to give `new_version`.

    Quotes and prefix stay if they can. A number stays a number if its `str`, which Flyte uses, is
    the new version; else it becomes a string. `encoding` is the file's. `EditError` for anything
    but a single string or number literal of that value.
    """
    try:
        text = before.decode(encoding)
        if same_value(_value(text), old_value):
            return _respelled(text, new_version).encode(encoding)
    except ValueError:
        pass
    raise EditError(
        f"not one string or number literal: {before[:80].decode('ascii', 'backslashreplace')}",
        advice="write the version as one plain literal, or change it by hand",
    )


def _used(version: str, reserved: Collection[str]) -> frozenset[str]:
    return frozenset(used.strip(" ") for used in (version, *reserved))


def _next_version(version: str) -> str:
    core = version.strip(" ")
    if not core:
        return f"{version}1"
    start = version.index(core)
    return version[:start] + _next_core(core) + version[start + len(core) :]


def _next_core(core: str) -> str:
    runs = list(_DIGITS.finditer(core))
    if not runs:
        return f"{core}.1"
    start, end = runs[-1].span()
    return core[:start] + _plus_one(core[start:end]) + core[end:]


def _plus_one(digits: str) -> str:
    """Arithmetic on text: a version may have more digits than `int` takes."""
    head = digits.rstrip("9")
    zeros = "0" * (len(digits) - len(head))
    return f"{head[:-1]}{chr(ord(head[-1]) + 1)}{zeros}" if head else f"1{zeros}"


def _value(text: str) -> str | float:
    """The value of a string or number literal; `ValueError` for anything else."""
    if not (_STRING.fullmatch(text) or _NUMBER.fullmatch(text)):
        raise ValueError(text)
    try:
        with quiet():
            value = ast.literal_eval(text)
    except SyntaxError as error:
        raise ValueError(text) from error
    if isinstance(value, str | int | float):
        return value
    raise ValueError(text)


def _respelled(text: str, version: str) -> str:
    """The first spelling that reads back as `version`."""
    return next(spelling for spelling in _spellings(text, version) if _gives(spelling, version))


def _gives(spelling: str, version: str) -> bool:
    try:
        return str(_value(spelling)) == version
    except ValueError:
        return False


def _spellings(text: str, version: str) -> Iterator[str]:
    """Possible spellings, the most similar to the old literal first; the last always fits."""
    match = _STRING.fullmatch(text)
    if match is None:
        yield version
    prefix, quote = match.group("prefix", "quote") if match else ("", '"')
    raw = prefix in ("r", "R")
    if (raw or "\\" not in version) and (version.isascii() or not text.isascii()):
        yield f"{prefix}{quote}{version}{quote}"
    escaped = version.encode("unicode_escape").decode().replace(quote[0], f"\\{quote[0]}")
    yield f"{'' if raw else prefix}{quote}{escaped}{quote}"
