"""The per-blob cache: what files of a tree were found to declare, kept in the Git directory.

It is keyed by what bytes Git has for a file, and by all else on which a summary rests: this
sigclock, this Python, the configuration. One that is damaged, foreign or being written is as good
as none, and so is a Git directory that cannot be written; no verdict ever depends on it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from sigclock import __version__
from sigclock.extract import Options, extract
from sigclock.memory import Memory, State
from sigclock.model.snapshot import Extraction
from sigclock.model.source import SourceTree
from sigclock.repository import Repository

#: States of so many configurations are kept, and none that is larger than this.
_KEPT, _LARGEST = 6, 200_000_000
_PYTHON = (".py", ".pyi")
_DIGEST = hashlib.sha256().digest_size


def read(
    repository: Repository, tree: SourceTree, options: Options, settings: str, *, keep: bool = True
) -> Extraction:
    """The extraction of a tree; `settings` spells what `options` were made of."""
    ids = getattr(tree, "ids", None)
    blobs = ids and ids(path for path in tree.paths() if path.endswith(_PYTHON))
    if blobs is None:
        return extract(tree, options)
    file = _folder(repository) / f"summaries-{_name(settings)}"
    memory = Memory(blobs, _load(file))
    extraction = extract(tree, options, memory)
    if keep and memory.learnt is not None:
        _store(file, memory.learnt)
    return extraction


def _folder(repository: Repository) -> Path:
    return repository.common_dir / "sigclock"


def _load(file: Path) -> State | None:
    with suppress(OSError, ValueError, msgspec.MsgspecError, RecursionError):
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        content = file.read_bytes()
        digest, body = content[:_DIGEST], content[_DIGEST:]
        if hashlib.sha256(body).digest() == digest:
            return msgspec.msgpack.decode(body, type=State)
    return None


def _store(file: Path, state: State) -> None:
    """Put a state in the place of the last one, in one step."""
    with suppress(OSError, UnicodeError):
        body = msgspec.msgpack.encode(state)
        if len(body) > _LARGEST:
            return
        file.parent.mkdir(exist_ok=True)
        draft = file.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            draft.write_bytes(hashlib.sha256(body).digest() + body)
            draft.replace(file)
        except OSError:
            draft.unlink(missing_ok=True)
            return
        _prune(file.parent)


def _prune(folder: Path) -> None:
    states = sorted(folder.glob("summaries-*"), key=lambda one: one.lstat().st_mtime_ns)
    for old in states[:-_KEPT]:
        old.unlink()


@cache
def _name(settings: str) -> str:
    facts = [
        __version__,
        _own_source(),
        sys.implementation.name,
        *map(str, sys.version_info[:3]),
        settings,
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


@cache
def _own_source() -> str:
    """What this sigclock is made of: a checkout changes without its version."""
    root = Path(__file__).parent
    sizes = [(str(path), path.stat().st_mtime_ns) for path in sorted(root.rglob("*.py"))]
    return hashlib.sha256(repr(sizes).encode()).hexdigest()
