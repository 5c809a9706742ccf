"""Values that outlive a run, each in a file of its own in the Git directory, beside its digest.

One that is damaged, foreign, too large or just being written is as good as none, and so is a
Git directory that cannot be written. Nobody may depend on more than speed.
"""

from __future__ import annotations

import hashlib
import secrets
import stat
import sys
import time
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sigclock import __version__

Kept = TypeVar("Kept")

_LARGEST = 200_000_000
_ABANDONED = 3600
_DIGEST = hashlib.sha256().digest_size


class Cabinet:
    """The values of one kind, by key; all but the newest `most` are thrown away."""

    def __init__(self, git_dir: Path, kind: str, most: int) -> None:
        self._folder = git_dir / "sigclock"
        self._kind = kind
        self._most = most

    def load(self, key: str, type_: type[Kept]) -> Kept | None:
        """The value under a key, as it was stored by the same sigclock and Python."""
        file = self._file(key)
        with suppress(OSError, ValueError, msgspec.MsgspecError, RecursionError):
            value: Kept | None = _decoded(file, _stamp(file), type_)  # type: ignore[arg-type] # hashable
            return value
        return None

    def all(self, type_: type[Kept]) -> list[Kept]:
        """Every value that is kept, under whatever key."""
        found = []
        for file in self._folder.glob(f"{self._kind}-*"):
            with suppress(OSError, ValueError, msgspec.MsgspecError, RecursionError):
                value: Kept | None = _decoded(file, _stamp(file), type_)  # type: ignore[arg-type] # hashable
                found += [] if value is None else [value]
        return found

    def store(self, key: str, value: object) -> None:
        """Put a value in the place of the last one, in one step.

        Some cannot be: half of a letter, a number of thousands of digits.
        """
        with suppress(OSError, UnicodeError, OverflowError):
            body = msgspec.msgpack.encode(value)
            if len(body) > _LARGEST:
                return
            put(self._file(key), hashlib.sha256(body).digest(), body)
            self._prune()

    def _file(self, key: str) -> Path:
        name = hashlib.sha256(f"{maker()}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{self._kind}-{name[:16]}"

    def _prune(self) -> None:
        files = self._folder.glob(f"{self._kind}-*")
        newest = sorted(files, key=lambda file: file.lstat().st_mtime_ns, reverse=True)
        for old in newest[self._most :]:
            old.unlink()
        for draft in self._folder.glob(".*.tmp"):
            # A killed run left it.
            if time.time() - draft.lstat().st_mtime > _ABANDONED:
                draft.unlink()


def put(file: Path, *parts: bytes) -> None:
    """Put a file in the place of the last one in one step; its folder is made, not those above it.

    `OSError` if that cannot be done; nothing is left of the attempt.
    """
    file.parent.mkdir(exist_ok=True)
    draft = file.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("wb") as opened:
            opened.writelines(parts)
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _stamp(file: Path) -> tuple[int, ...]:
    """What tells a file from what may take its place; `ValueError` if it is not to be read."""
    found = file.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
        raise ValueError(file.name)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _decoded(file: Path, _stamp: tuple[int, ...], type_: Any) -> Any:  # noqa: ANN401 - for a cache
    """The value in a file that is told from others by its stamp: one run may ask twice for it."""
    content = memoryview(file.read_bytes())
    digest, body = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        return None
    return msgspec.msgpack.decode(body, type=type_)


def let_go() -> None:
    """Drop what this process has loaded: it will not ask again."""
    _decoded.cache_clear()


@cache
def maker() -> str:
    """What made a value: sigclock to its last line, for a checkout has no version, and Python."""
    root = Path(__file__).parent.parent
    sizes = [(str(path), path.stat().st_mtime_ns) for path in sorted(root.rglob("*.py"))]
    facts = [__version__, sys.implementation.name, *map(str, sys.version_info[:3]), repr(sizes)]
    return "\0".join(facts)
