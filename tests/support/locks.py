"""Locks made from source text, as `update` makes them."""

from __future__ import annotations

from collections.abc import Mapping

from sigclock.lock.lock import Lock
from sigclock.tasks.extract import extract
from sigclock.verdict import plan
from sigclock.verdict.plan import Policy

Sources = Mapping[str, str]


class DictTree:
    """A tree as a dict of text."""

    label = "dict"

    def __init__(self, files: Sources) -> None:
        self._files = files

    def paths(self) -> list[str]:
        return sorted(self._files)

    def read(self, path: str) -> bytes:
        return self._files[path].encode()


def lock_of(files: Sources, before: Lock | None = None) -> Lock:
    """The lock after `update` of a tree of these files, whose lock was `before`."""
    return plan.plan(before or Lock(), extract(DictTree(files)), {}, Policy()).lock
