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
_SETTINGS = "pyproject.toml"
_READ = (".py", LOCK, _SETTINGS)
#: What this clone lacks is not fetched to be looked at.
_OFFLINE = ("-c", "protocol.file.allow=never")


class Pair(NamedTuple):
    """A version, and the structure of what is returned under it."""

    version: str
    structure: str


#: Name of a task → version → hashes.
Issued = dict[str, dict[str, set[str]]]


class CommitReader:
    """Reads commits, each file once; what a partial clone lacks is not there."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._files: dict[str, dict[str, str]] = {}
        self._texts: dict[str, str] = {}

    def pairs(self, commit: str) -> dict[str, Pair]:
        """Each task in the sources of a commit, by Flyte's name."""
        files = self._of(commit)
        roots = {path[: -len(_SETTINGS)] for path, text in files.items() if "source-roots" in text}
        classes: dict[str, str] = {}
        tasks: dict[str, tuple[str, str]] = {}
        for path, text in files.items():
            for node in ast.parse(text).body if path.endswith(".py") else ():
                if isinstance(node, ast.ClassDef):
                    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
                    classes[node.name] = " ".join(sorted(map(ast.unparse, fields)))
                elif isinstance(node, ast.FunctionDef):
                    decorator = node.decorator_list[0]
                    assert isinstance(decorator, ast.Call)
                    version = ast.literal_eval(decorator.keywords[-1].value)
                    returns = ast.unparse(node.returns or ast.Constant(None))
                    tasks[f"{_module(path, roots)}.{node.name}"] = (version, returns)
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

    def tips(self) -> list[str]:
        """The commits at refs, and what is stashed."""
        listed = [
            self._repo.git("for-each-ref", "--format=%(objectname)"),
            self._repo.git("stash", "list", "--format=%H"),
        ]
        return list(dict.fromkeys(" ".join(listed).split()))

    def visible(self) -> list[str]:
        """The same, HEAD's history and its reflog."""
        listed = [
            self._repo.git("rev-list", "HEAD"),
            self._repo.git("reflog", "--format=%H", "HEAD"),
        ]
        return list(dict.fromkeys([*" ".join(listed).split(), *self.tips()]))

    def _of(self, commit: str) -> dict[str, str]:
        if commit in self._files:
            return self._files[commit]
        found: dict[str, str] = {}
        listed = [line.split("\t") for line in self._repo.git("ls-tree", "-r", commit).splitlines()]
        blobs = {path: facts.split()[2] for facts, path in listed if path.endswith(_READ)}
        for path, blob in blobs.items():
            if blob not in self._texts:
                text = self._repo.git(*_OFFLINE, "cat-file", "blob", blob, fails=True)
                if not text:
                    continue
                self._texts[blob] = text
            found[path] = self._texts[blob]
        if found.keys() == blobs.keys():
            self._files[commit] = found
        return found


def _module(path: str, roots: Iterable[str]) -> str:
    """The name under which Python imports a file."""
    root = max((root for root in roots if path.startswith(root)), key=len, default="")
    return path[len(root) :].removesuffix(".py").replace("/", ".")


def _accounts(lock: str) -> Mapping[str, Mapping[str, Iterable[str]]]:
    tasks = json.loads(lock)["tasks"]
    return {name: block.get("issued", {}) for name, block in tasks.items()}
