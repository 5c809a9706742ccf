"""The one door to Git: trees of files, revisions, and every lock that history holds."""

from __future__ import annotations

import os
import re
import weakref
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING, NamedTuple

from sigclock.errors import GitError
from sigclock.refusals import NotFetchedError, missing, refusal, speaks_of_age
from sigclock.trees import Disk, ObjectTree, WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from git.cmd import Git

OLDEST_GIT = "2.25"

#: Nothing is locked, fetched, asked or replaced: what is read is what this clone has.
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_OPTIONS = ("-c", "core.fsmonitor=false", "--literal-pathspecs")

#: Names that Git itself never checks out; only a forged tree or index has them.
_FORGED = re.compile(r"(?:^|/)(?:\.{0,2}|\.git)(?:/|$)", re.IGNORECASE)
_FOUND = re.compile(rb"([0-9a-f]{40,64}) (\w+) (\d+)\n")
_REGULAR = "100"
_INDEX_WITHOUT_FLAGS = b"DIRC\0\0\0\2"


class Found(NamedTuple):
    """An object of Git's: `kind` is blob, tree, commit or tag."""

    oid: str
    kind: str
    content: bytes


class _Plumbing:
    """Runs Git commands in one repository and translates what they refuse.

    No text from outside may come here as it is: revisions are resolved to ids first, by
    `_Objects.find`, and paths stand behind `--`.
    """

    def __init__(self, *options: str) -> None:
        self._git = _gitpython()
        self._options = options

    def start(self, *arguments: str) -> Git.AutoInterrupt:
        from git.exc import GitCommandNotFound  # noqa: PLC0415 - loaded by _gitpython

        program = self._git.GIT_PYTHON_GIT_EXECUTABLE or "git"
        command = [program, *_OPTIONS, *self._options, *arguments]
        try:
            return self._git.execute(command, istream=PIPE, as_process=True, env=_ENVIRONMENT)
        except (GitCommandNotFound, OSError) as error:
            raise _no_git() from error

    def ask(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        """Give the command's output, None where its answer is "none" (exit status 1)."""
        process = self.start(*arguments)
        output, stderr = process.communicate(stdin)
        if process.returncode not in (0, 1):
            raise self.refusal(stderr, process.returncode)
        return output if process.returncode == 0 else None

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        output = self.ask(*arguments, stdin=stdin)
        if output is None:
            raise refusal(b"", 1)
        return output

    def refusal(self, stderr: bytes, status: int) -> GitError:
        if not speaks_of_age(stderr):
            return refusal(stderr, status)
        version = ".".join(map(str, self._git.version_info))
        advice = f"install Git {OLDEST_GIT} or newer"
        return GitError(f"Git {version} is too old for sigclock", advice=advice)


class _Objects:
    """Finds and reads objects through one `git cat-file --batch`; not for two threads at once."""

    def __init__(self, plumbing: _Plumbing) -> None:
        self._plumbing = plumbing
        self._process: Git.AutoInterrupt | None = None

    def find(self, name: str) -> Found | None:
        """Give what `name` means, None where nothing has that name.

        `name` reaches Git as a line of input, so it is never taken for an option.
        """
        if not name or "\n" in name or "\0" in name:
            return None
        process = self._process or self._start()
        try:
            process.stdin.write(os.fsencode(name) + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise self._plumbing.refusal(*self._stop()) from error
        header: bytes = process.stdout.readline()
        found = _FOUND.fullmatch(header)
        if not found:
            self._raise_unless_missing(header, name)
            return None
        size = int(found[3])
        content: bytes = process.stdout.read(size + 1)
        if len(content) <= size:
            raise self._plumbing.refusal(*self._stop())
        return Found(found[1].decode(), found[2].decode(), content[:-1])

    def read(self, oid: str) -> bytes:
        found = self.find(oid)
        if found is None:
            raise missing(oid)
        return found.content

    def read_if_fetched(self, oid: str) -> bytes | None:
        try:
            return self.read(oid)
        except NotFetchedError:
            return None

    def _start(self) -> Git.AutoInterrupt:
        """Start the process; the finalizer ends it in good order, also as garbage of a cycle."""
        self._process = process = self._plumbing.start("cat-file", "--batch")
        self._end = weakref.finalize(self, _finish, process)
        return process

    def _raise_unless_missing(self, header: bytes, name: str) -> None:
        stderr, status = self._stop()
        if header.endswith(b" ambiguous\n"):
            raise GitError(f"{name!r} names several objects", advice="give more digits of the id")
        if not header or b"error: " in stderr:
            raise self._plumbing.refusal(stderr, status)

    def _stop(self) -> tuple[bytes, int]:
        """End the process after each failure: what it says must not pile up in the pipe."""
        self._process = None
        return self._end() or (b"", 0)


class Repository:
    """A repository as far as this clone goes; `root` is None where there is no work tree."""

    def __init__(self, plumbing: _Plumbing, root: Path | None, git_dir: Path) -> None:
        self._git = plumbing
        self._objects = _Objects(plumbing)
        self.root = root
        self.git_dir = git_dir
        self.common_dir = git_dir
        self.bare = False
        self.shallow = False

    @classmethod
    def open(cls, directory: str | os.PathLike[str]) -> Repository:
        """Find the repository that holds `directory`, as Git does (GIT_DIR is honoured)."""
        here = Path(directory).absolute()
        question = ("--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir")
        answer = _Plumbing("-C", os.fspath(here)).run(
            "rev-parse", *question, "--git-common-dir", "--show-cdup"
        )
        bare, shallow, git_dir, common_dir, *up = os.fsdecode(answer).split("\n")[:-1]
        here = here.resolve()
        root = (here / up[0]).resolve() if up else None
        pinned = [f"--git-dir={git_dir}", *([f"--work-tree={root}"] if root else [])]
        plumbing = _Plumbing("-C", os.fspath(root or git_dir), *pinned)
        repository = cls(plumbing, root, Path(git_dir))
        repository.common_dir = (here / common_dir).resolve()
        repository.bare = bare == "true"
        repository.shallow = shallow == "true"
        return repository

    def head(self) -> str | None:
        """Give HEAD's commit id, None where there is no commit yet."""
        if found := self._objects.find("HEAD^{commit}"):
            return found.oid
        if oid := self._git.ask("rev-parse", "-q", "--verify", "HEAD"):
            raise missing(oid.decode().strip())
        return None

    def commit_id(self, revision: str) -> str:
        """Give the full id of the commit that `revision` names, through tags."""
        found = self._objects.find(revision)
        if found and found.kind == "tag":
            found = self._objects.find(f"{found.oid}^{{commit}}")
        if found and found.kind == "commit":
            return found.oid
        if found:
            advice = "name a commit, branch or tag"
            raise GitError(f"{revision!r} names a {found.kind}, not a commit", advice=advice)
        if self.shallow:
            advice = "this clone is shallow; fetch more of it, as with: git fetch --unshallow"
        else:
            advice = "check its spelling (git branch -a, git tag), or fetch it: git fetch --all"
        raise GitError(f"unknown revision {revision!r}", advice=advice)

    def merge_base(self, a: str, b: str) -> str | None:
        """Give the best common ancestor; None where there is none, or beyond a shallow clone."""
        found = self._git.ask("merge-base", self.commit_id(a), self.commit_id(b))
        return found.decode().strip() if found else None

    def worktree(self) -> WorkTree:
        """Give tracked files, and untracked ones that are not ignored, as they lie on disk."""
        return self._on_disk("--others", "--exclude-standard")

    def tracked(self) -> WorkTree:
        """Give tracked files as they lie on disk."""
        return self._on_disk()

    def index(self) -> ObjectTree:
        """Give what is staged, in the index that GIT_INDEX_FILE names; not intent-to-add files."""
        entries = self._entries()
        announced = self._announced()
        oids: dict[str, str] = {}
        unmerged: set[str] = set()
        for entry in entries:
            if entry.stage != "0":
                unmerged.add(entry.path)
            if entry.regular and entry.stage in "02" and entry.path not in announced:
                oids[entry.path] = entry.oid
        return ObjectTree("index", oids, self._objects.read, unmerged)

    def revision(self, revision: str) -> ObjectTree:
        """Give the tree of a commit; needs no checkout and no other commit."""
        commit = self.commit_id(revision)
        oids: dict[str, str] = {}
        for record in _records(self._git.run("ls-tree", "-r", "-z", "--full-tree", commit)):
            facts, _, path = record.partition("\t")
            mode, _, oid = facts.split(" ")
            if mode.startswith(_REGULAR) and not _FORGED.search(path):
                oids[path] = oid
        return ObjectTree(commit, oids, self._objects.read)

    def lock_history(self, path: str, revisions: Sequence[str] = ("HEAD",)) -> list[bytes]:
        """Give every distinct content that `path` had in the history of `revisions`, oldest first.

        Side branches count, also those whose merge threw their side away. A partial clone gives
        what it has.
        """
        tips = [self.head() if name == "HEAD" else self.commit_id(name) for name in revisions]
        known = [tip for tip in tips if tip]
        if not known:
            return []
        commits = self._git.run(
            "rev-list", "--full-history", "--topo-order", "--reverse", *known, "--", path
        )
        compare = ("diff-tree", "--stdin", "--root", "-m", "-r", "--no-renames", "--no-commit-id")
        shown = ("--raw", "-z", "--no-abbrev")
        listing = self._git.run(*compare, *shown, "--", path, stdin=commits)
        facts = [record.split(" ") for record in _records(listing)[::2]]
        oids = dict.fromkeys(new for _, mode, _, new, _ in facts if mode.startswith(_REGULAR))
        contents = map(self._objects.read_if_fetched, oids)
        return [content for content in contents if content is not None]

    def default_branch(self) -> str | None:
        """Give the full ref of the remote's default branch, as far as this clone knows it.

        The current branch's remote is asked first, then `origin`, then an only remote.
        """
        remotes = os.fsdecode(self._git.run("remote")).splitlines()
        asked = [self._upstream_remote(), "origin", *(remotes if len(remotes) == 1 else [])]
        names = ("HEAD", "main", "master")
        refs = [f"refs/remotes/{remote}/{name}" for remote in asked if remote for name in names]
        listing = self._git.run("for-each-ref", "--format=%(refname) %(symref)", "--", *refs)
        known = dict(line.split(" ", 1) for line in os.fsdecode(listing).splitlines())
        return next((known[ref] or ref for ref in refs if ref in known), None)

    def visible(self, path: str) -> list[bytes]:
        """Give every distinct content of `path` that this clone shows.

        Work tree, index (all sides of a conflict), then the history of HEAD and of the remote's
        default branch.
        """
        contents: list[bytes] = []
        if self.root:
            disk = Disk(self.root)
            contents += [disk.read(path)] if disk.holds(path) else []
            staged = [entry.oid for entry in self._entries("--", path) if entry.regular]
            contents += map(self._objects.read, staged)
        tips = [tip for tip in (self.head(), self.default_branch()) if tip]
        return list(dict.fromkeys([*contents, *self.lock_history(path, tips)]))

    def _entries(self, *options: str) -> Iterator[_Entry]:
        if not self.root:
            advice = "name a revision instead"
            raise GitError("there is no work tree and no index here", advice=advice)
        listing = self._git.run("ls-files", "-z", "-t", "--stage", *options)
        return filter(None, map(_entry, _records(listing)))

    def _on_disk(self, *options: str) -> WorkTree:
        listed: dict[str, str | None] = {}
        for entry in self._entries(*options):
            listed[entry.path] = entry.oid if entry.regular and entry.left_out else None
        return WorkTree(Disk(self.root or Path()), listed, self._objects.read)

    def _announced(self) -> frozenset[str]:
        """Give files that `git add --intent-to-add` named: staged as empty, but in no commit.

        Telling them apart costs a look at every file, so it is left out where the index has a
        format without flags, as nearly all have.
        """
        place = Path(os.environ.get("GIT_INDEX_FILE") or self.git_dir / "index")
        file = (self.root or self.git_dir) / place
        start = file.read_bytes()[:8] if file.is_file() else b""
        if start == _INDEX_WITHOUT_FLAGS and not any(self.git_dir.glob("sharedindex.*")):
            return frozenset()
        new = ("diff-files", "--ita-invisible-in-index", "--diff-filter=A", "--no-renames")
        return frozenset(
            _records(self._git.run(*new, "--name-only", "-z", "--ignore-submodules=all"))
        )

    def _upstream_remote(self) -> str | None:
        branch = self._git.ask("symbolic-ref", "-q", "HEAD")
        if not branch:
            return None
        ref = os.fsdecode(branch).strip()
        remote = self._git.run("for-each-ref", "--format=%(upstream:remotename)", "--", ref)
        return os.fsdecode(remote).strip() or None


def _finish(process: Git.AutoInterrupt) -> tuple[bytes, int]:
    stderr: bytes = process.communicate()[1]
    return stderr, process.returncode


class _Entry(NamedTuple):
    """One record of `git ls-files -t --stage`; an untracked file has its path only."""

    path: str
    tag: str = ""
    mode: str = ""
    oid: str = ""
    stage: str = ""

    @property
    def regular(self) -> bool:
        return self.mode.startswith(_REGULAR)

    @property
    def left_out(self) -> bool:
        """Whether a sparse checkout leaves it out."""
        return self.tag == "S"


def _entry(record: str) -> _Entry | None:
    tag, rest = record[0], record[2:]
    facts, _, path = ("", "", rest) if tag == "?" else rest.partition("\t")
    return None if _FORGED.search(path) else _Entry(path, tag, *facts.split())


def _records(listing: bytes) -> list[str]:
    """Split NUL-ended records; names that are not UTF-8 survive as surrogates."""
    return os.fsdecode(listing).split("\0")[:-1]


def _gitpython() -> Git:
    """GitPython costs more to import than most commands cost to run: only when Git is needed."""
    try:
        from git.cmd import Git  # noqa: PLC0415 - see above
    except ImportError as error:
        raise _no_git() from error
    return Git()


def _no_git() -> GitError:
    advice = f"install Git {OLDEST_GIT} or newer and put it on PATH"
    return GitError("Git cannot be run", advice=advice)
