"""What commits say of tasks, read without sigclock: sources by their syntax, locks as JSON."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from support.git import Repo

LOCK = ".sigclock.lock"


class Pair(NamedTuple):
    """A version, and the structure of what is returned under it."""

    version: str
    structure: str


#: Name of a task → version → hashes.
Issued = dict[str, dict[str, set[str]]]


class CommitReader:
    """Reads commits of one repository, each once; what a partial clone lacks is not there."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._files: dict[str, dict[str, str]] = {}

    def pairs(self, commit: str) -> dict[str, Pair]:
        """Each task in the sources of a commit, by Flyte's name."""
        classes: dict[str, str] = {}
        tasks: dict[str, tuple[str, str]] = {}
        for path, text in self._of(commit).items():
            for node in ast.parse(text).body if path.endswith(".py") else ():
                if isinstance(node, ast.ClassDef):
                    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
                    classes[node.name] = " ".join(sorted(map(ast.unparse, fields)))
                elif isinstance(node, ast.FunctionDef):
                    name = f"{path.removesuffix('.py').replace('/', '.')}.{node.name}"
                    decorator = node.decorator_list[0]
                    assert isinstance(decorator, ast.Call)
                    version = ast.literal_eval(decorator.keywords[-1].value)
                    tasks[name] = (version, ast.unparse(node.returns or ast.Constant(None)))
        return {name: Pair(version, classes[type_]) for name, (version, type_) in tasks.items()}

    def issued(self, commits: Iterable[str]) -> Issued:
        """What the locks of commits say, wherever they lie."""
        found: Issued = defaultdict(lambda: defaultdict(set))
        for commit in commits:
            for path, text in self._of(commit).items():
                if path.endswith(LOCK):
                    for name, versions in _accounts(text).items():
                        for version, hashes in versions.items():
                            found[name][version].update(hashes)
        return found

    def visible(self) -> list[str]:
        """The commits of HEAD's history, and those at any ref, in HEAD's reflog or in the stash."""
        tips = [
            self._repo.git("rev-list", "HEAD"),
            self._repo.git("for-each-ref", "--format=%(objectname)"),
            self._repo.git("reflog", "--format=%H", "HEAD"),
            self._repo.git("stash", "list", "--format=%H"),
        ]
        return list(dict.fromkeys(" ".join(tips).split()))

    def _of(self, commit: str) -> dict[str, str]:
        if commit not in self._files:
            listed = self._repo.git("ls-tree", "-r", "--name-only", commit).splitlines()
            paths = [path for path in listed if path.endswith((".py", LOCK))]
            shown = {path: self._repo.git("show", f"{commit}:{path}", fails=True) for path in paths}
            self._files[commit] = {path: text for path, text in shown.items() if text}
        return self._files[commit]


def _accounts(lock: str) -> Mapping[str, Mapping[str, Iterable[str]]]:
    tasks = json.loads(lock)["tasks"]
    return {name: block.get("issued", {}) for name, block in tasks.items()}
