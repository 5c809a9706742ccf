"""The per-blob cache: what files of a tree were found to declare, kept in the Git directory.

It is keyed by what bytes Git has for a file, and by all else on which a summary rests: this
sigclock, this Python, the configuration. No verdict ever depends on it.
"""

from __future__ import annotations

from contextlib import closing

import msgspec

from sigclock.git.repository import Repository
from sigclock.incremental.readings import Readings
from sigclock.incremental.store import Store, note
from sigclock.interface.snapshot import Extraction
from sigclock.source import SourceTree
from sigclock.tasks.extract import Options, extract
from sigclock.tasks.memory import Memory
from sigclock.tasks.tree_state import TreeState

#: Of so many configurations the last tree is remembered.
_KEPT = 6
_PYTHON = (".py", ".pyi")


class TreeReading(msgspec.Struct, frozen=True):
    """A tree as it was read; `state` is all that was found out, None where it cannot be kept."""

    extraction: Extraction
    state: TreeState | None = None


def read(
    repository: Repository,
    tree: SourceTree,
    options: Options,
    settings: str,
    *,
    keep: bool = True,
) -> TreeReading:
    """A tree as far as it declares anything; `settings` spells what `options` were made of.

    Without `keep` it is only stored where nothing is yet: the next tree is moved on from it.
    """
    ids = getattr(tree, "ids", None)
    blobs = ids and ids(path for path in tree.paths() if path.endswith(_PYTHON))
    if blobs is None:
        return TreeReading(extract(tree, options))
    store = Store.of(repository)
    before = store.load("summaries", settings, TreeState)
    with closing(Readings(store, options)) as readings:
        memory = Memory(blobs, before, readings)
        extraction = extract(tree, options, memory)
    note("files", memory.reused, memory.read)
    if (keep or before is None) and memory.learnt is not None:
        store.keep("summaries", settings, memory.learnt, _KEPT)
    return TreeReading(extraction, memory.state)
