"""Two readers of a commit, which share no code with sigclock: its sources, and its lock as JSON."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soak import Repository

LOCK = ".sigclock.lock"
#: A version and what it names, of one task of one commit.
Pairs = Mapping[str, tuple[str, str]]


def told_by_sources(blobs: Mapping[str, bytes]) -> Pairs:
    """Name → version and structure, for sources of the shape that this file writes."""
    classes: dict[str, dict[str, str]] = {}
    tasks: dict[str, tuple[str, str]] = {}
    for path, data in blobs.items():
        for node in ast.parse(data).body if path.endswith(".py") else ():
            if isinstance(node, ast.ClassDef):
                fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
                classes[node.name] = {
                    ast.unparse(field.target): ast.unparse(field.annotation) for field in fields
                }
            elif isinstance(node, ast.FunctionDef) and node.returns:
                version = re.search(r"cache_version='(.*?)'", ast.unparse(node.decorator_list[0]))
                assert version, path
                name = f"{path.removesuffix('.py')}.{node.name}"
                tasks[name] = (version[1], ast.unparse(node.returns))
    return {name: (one[0], _structure(one[1], classes)) for name, one in tasks.items()}


def _structure(spelled: str, classes: Mapping[str, Mapping[str, str]]) -> str:
    def opened(match: re.Match[str]) -> str:
        fields = classes[match[0]]
        return str({name: _structure(fields[name], classes) for name in sorted(fields)})

    return re.sub(r"\bC\d+\b", opened, spelled)


def told_by_lock(blobs: Mapping[str, bytes]) -> Pairs:
    """Name → version and signature of a lock; what it does not say is the one that was issued."""
    lock = json.loads(blobs.get(LOCK, b'{"tasks": {}}'))
    found = {}
    for name, task in lock["tasks"].items():
        if "cache" not in task:  # removed: only its versions stay
            continue
        version = task["cache"]["version"]
        issued = task["issued"][version]
        signature = task.get("signature", issued[0])
        assert signature in issued, name
        assert "signature" in task or len(issued) == 1, name
        found[name] = (version, signature)
    return found


class Reader:
    """What every version named in all commits that HEAD reaches, counted as HEAD moves."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._head = ""
        self._commits: dict[str, tuple[Pairs, ...]] = {}
        self._named: dict[tuple[int, str, str], Counter[str]] = defaultdict(Counter)

    def broken(self) -> list[str]:
        """Tasks at HEAD whose version named something else as well; what was left is forgotten."""
        head = self._repository.git("rev-parse", "HEAD")
        new, gone = (self._between(*pair) for pair in ((self._head, head), (head, self._head)))
        for commit in new:
            if commit not in self._commits:
                blobs = self._repository.blobs(commit)
                self._commits[commit] = (told_by_sources(blobs), told_by_lock(blobs))
            self._count(commit, 1)
        for commit in gone:
            self._count(commit, -1)
        self._head = head
        return [
            name
            for way, pairs in enumerate(self._commits[head])
            for name, (version, _) in pairs.items()
            if len(+self._named[way, name, version]) > 1
        ]

    def forget(self) -> None:
        """HEAD does not count: nobody was asked, and `check` refuses it, so no lock knows of it."""
        self._count(self._head, -1)
        self._commits[self._head] = ({}, {})

    def _between(self, before: str, after: str) -> list[str]:
        without = [f"^{before}"] if before else []
        return self._repository.git("rev-list", after, *without).split() if after else []

    def _count(self, commit: str, step: int) -> None:
        for way, pairs in enumerate(self._commits[commit]):
            for name, (version, meaning) in pairs.items():
                self._named[way, name, version][meaning] += step
