"""A Git repository: its trees of files, its revisions, and every lock in its history."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sigclock.errors import GitError
from sigclock.git import refs
from sigclock.git.errors import missing, unborn
from sigclock.git.index_entry import LINK, REGULAR, IndexEntry, is_python
from sigclock.git.index_file import IndexFile
from sigclock.git.names import decoded, encoded, is_forged, may_have_forged
from sigclock.git.process import GitRunner, Objects
from sigclock.git.trees import Disk, ObjectTree, WorkTree
from sigclock.source import SourceTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_Blob = tuple[str, str]
#: How a revision begins that is counted from HEAD.
_HEADS = ("HEAD", "@")
_CONVERTING = r"^(core\.autocrlf|filter\..*\.(clean|smudge|process|required))$"
#: Attributes that make a file on disk differ from its blob.
_CHANGING = frozenset({"crlf", "eol", "filter", "ident", "text", "working-tree-encoding"})


class Repository:
    """A repository as this clone has it; `root` is None if there is no work tree."""

    def __init__(self, git: GitRunner, root: Path | None, git_dir: Path) -> None:
        self.git = git
        self.objects = Objects(git)
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
        answer = GitRunner("-C", os.fspath(here)).run(
            "rev-parse", *question, "--git-common-dir", "--show-cdup"
        )
        bare, shallow, git_dir, common_dir, *up = decoded(answer).split("\n")[:-1]
        here = here.resolve()
        root = (here / up[0]).resolve() if up else None
        pinned = [f"--git-dir={git_dir}", *([f"--work-tree={root}"] if root else [])]
        git = GitRunner("-C", os.fspath(root or git_dir), *pinned)
        repository = cls(git, root, Path(git_dir))
        repository.common_dir = (here / common_dir).resolve()
        repository.bare = bare == "true"
        repository.shallow = shallow == "true"
        return repository

    @property
    def own_folder(self) -> Path:
        """Sigclock's own folder for this work tree."""
        return self.git_dir / "sigclock"

    def head(self) -> str | None:
        """Give HEAD's commit id, None where there is no commit yet."""
        if commit := self.objects.find("HEAD^{commit}"):
            return commit.oid
        if oid := self.git.ask("rev-parse", "-q", "--verify", "HEAD"):
            raise missing(oid.decode().strip())
        # A branch without a commit has a name; Git refuses any other HEAD here.
        self.git.run("symbolic-ref", "-q", "HEAD")
        return None

    def commit_id(self, revision: str) -> str:
        """Give the full id of the commit that `revision` names, through tags."""
        git_object = self.objects.find(revision)
        if git_object and git_object.kind == "tag":
            git_object = self.objects.find(f"{git_object.oid}^{{commit}}")
        if git_object and git_object.kind == "commit":
            return git_object.oid
        if git_object:
            advice = "name a commit, branch or tag"
            raise GitError(f"{revision!r} names a {git_object.kind}, not a commit", advice=advice)
        if revision.startswith(_HEADS) and self.head() is None:
            raise unborn()
        if self.shallow:
            advice = "this clone is shallow; fetch more of it, as with: git fetch --unshallow"
        else:
            elsewhere = ", or fetch it: git fetch --all" if refs.remotes(self.git) else ""
            advice = f"check its spelling (git branch -a, git tag){elsewhere}"
        raise GitError(f"unknown revision {revision!r}", advice=advice)

    def parents(self, revision: str) -> list[str]:
        """Give the ids of the commit's parents, even if a shallow clone lacks these."""
        header = self.objects.read(self.commit_id(revision)).partition(b"\n\n")[0]
        lines = header.decode("utf-8", "replace").split("\n")
        return [line.removeprefix("parent ") for line in lines if line.startswith("parent ")]

    def merge_base(self, a: str, b: str) -> str | None:
        """Give the best common ancestor; None where there is none, or beyond a shallow clone."""
        oid = self.git.ask("merge-base", self.commit_id(a), self.commit_id(b))
        return oid.decode().strip() if oid else None

    def worktree(self) -> WorkTree:
        """Give tracked files, and untracked ones that are not ignored, as they lie on disk."""
        return self._on_disk("--others", "--exclude-standard")

    def current_tree(self) -> SourceTree:
        """Give the work tree, or HEAD in a bare repository."""
        return self.worktree() if self.root else self.revision("HEAD")

    def tracked(self) -> WorkTree:
        """Give tracked files as they lie on disk."""
        return self._on_disk()

    def index(self) -> ObjectTree:
        """Give what is staged, in the index that GIT_INDEX_FILE names; not intent-to-add files."""
        entries = self._entries()
        announced = self.announced()
        oids: dict[str, str] = {}
        links: dict[str, str] = {}
        unmerged: set[str] = set()
        for entry in entries:
            if entry.stage != "0":
                unmerged.add(entry.path)
            if entry.regular and entry.stage in "02" and entry.path not in announced:
                oids[entry.path] = entry.oid
            elif entry.mode == LINK and entry.stage in "02":
                links[entry.path] = entry.oid
        return ObjectTree("index", oids, self.objects.read, unmerged, links)

    def revision(self, revision: str) -> ObjectTree:
        """Give the tree of a commit, without a checkout."""
        return self.tree(self.commit_id(revision))

    def tree(self, name: str, *paths: str) -> ObjectTree:
        """Give a tree by its full id or its commit's; only these `paths`, if there are any."""
        oids: dict[str, str] = {}
        links: dict[str, str] = {}
        listing = self.git.run("ls-tree", "-r", "-z", "--full-tree", name, "--", *paths)
        forged = may_have_forged(decoded(listing[:-1]))
        for record in _records(listing):
            facts, _, path = record.partition("\t")
            mode, _, oid = facts.split(" ")
            if mode.startswith(REGULAR) and not (forged and is_forged(path)):
                oids[path] = oid
            elif mode == LINK:
                links[path] = oid
        return ObjectTree(name, oids, self.objects.read, links=links)

    def storing_in(self, folder: Path) -> Repository:
        """Give the same repository; it writes every new object to `folder`."""
        known = decoded(self.git.run("rev-parse", "--git-path", "objects")).removesuffix("\n")
        objects = (self.root or self.git_dir) / known
        (folder / "info").mkdir()
        (folder / "info/alternates").write_bytes(encoded(objects.as_posix()) + b"\n")
        other = copy.copy(self)
        other.git = self.git.storing_in(os.fspath(folder))
        other.objects = Objects(other.git)
        return other

    def lock_history(self, path: str, revisions: Sequence[str] = ("HEAD",)) -> list[bytes]:
        """Give every distinct content that `path` had in the history of `revisions`, oldest first.

        Side branches count, even if their merge dropped what they had. A partial clone gives the
        contents that it has.
        """
        tips = [self.head() if name == "HEAD" else self.commit_id(name) for name in revisions]
        oids = self.lock_oids(path, [tip for tip in tips if tip])
        contents = map(self.objects.read_if_fetched, oids)
        return [content for content in contents if content is not None]

    def lock_oids(self, path: str, tips: Sequence[str]) -> list[str]:
        """Give the blob of every distinct content of `path`, oldest first, by commits' full ids."""
        return list(dict.fromkeys(oid for _, oid in self._changed(tips, (), path)))

    def named(self, name: str, tips: Sequence[str], without: Sequence[str] = ()) -> list[_Blob]:
        """Give path and blob of all files of a name in a history less `without`, oldest first."""
        return self._changed(tips, without, f":(glob)**/{name}", "--no-literal-pathspecs")

    def _changed(
        self, tips: Sequence[str], without: Sequence[str], paths: str, *options: str
    ) -> list[_Blob]:
        """Give path and blob of the regular files that commits of a history changed."""
        if not tips:
            return []
        bounds = "".join(f"{oid}\n" for oid in (*tips, *(f"^{oid}" for oid in without)))
        walk = ("rev-list", "--full-history", "--topo-order", "--reverse", "--stdin")
        commits = self.git.run(*options, *walk, "--", paths, stdin=bounds.encode())
        if not commits:
            return []
        compare = ("diff-tree", "--stdin", "--root", "-m", "-r", "--no-renames", "--no-commit-id")
        shown = ("--raw", "-z", "--no-abbrev", "--", paths)
        records = _records(self.git.run(*options, *compare, *shown, stdin=commits))
        facts = (
            (path, *record.split(" ")) for record, path in zip(*[iter(records)] * 2, strict=True)
        )
        blobs = [(path, oid) for path, _, mode, _, oid, _ in facts if mode.startswith(REGULAR)]
        return list(dict.fromkeys(blobs))

    def last_change(self, tip: str, path: str) -> str | None:
        """Give the commit that gave `path` the content that it has at a commit."""
        return decoded(self.git.run("rev-list", "--max-count=1", tip, "--", path)).strip() or None

    def recent(self, tip: str, count: int) -> list[str]:
        """Give the last commits of a history by full ids, the tip first."""
        return decoded(self.git.run("rev-list", f"--max-count={count}", tip, "--")).split()

    def default_branch(self) -> str | None:
        """Give the full ref of the remote's default branch, if this clone knows it."""
        return refs.default_branch(self.git)

    def uncommitted(self, path: str) -> list[bytes]:
        """Give the contents of `path` in work tree and index, with all sides of a conflict."""
        if not self.root:
            return []
        disk = Disk(self.root)
        return [*([disk.read(path)] if disk.holds(path) else []), *self.sides(path).values()]

    def tips(self, others: Sequence[str] = ()) -> list[str]:
        """Give the tips of the history that a lock has to hold, by their full ids.

        These are HEAD, what is being merged or picked, and `others`.
        """
        known = [self.head(), *self.arriving(), *map(self.commit_id, others)]
        return list(dict.fromkeys(tip for tip in known if tip))

    def differs_from(self, commit: str) -> list[str]:
        """Give the tracked paths that the work tree has otherwise than a commit."""
        options = ("--name-only", "--no-renames", "--ignore-submodules=all", "-z")
        return _records(self._unfiltered()[0].run("diff-index", *options, commit, "--"))

    def sides(self, path: str) -> dict[str, bytes]:
        """Give what is staged at `path` by stage: "0", or "1" base, "2" ours, "3" theirs."""
        entries = self._entries("--", path)
        return {entry.stage: self.objects.read(entry.oid) for entry in entries if entry.regular}

    def arriving(self) -> list[str]:
        """Give the commits that a merge, pick, rebase or revert is bringing in just now."""
        return refs.arriving(self.objects, self.git_dir)

    def hooks(self) -> Path:
        """Give the folder in which Git looks for hooks."""
        answer = decoded(self.git.run("rev-parse", "--git-path", "hooks"))
        return (self.root or self.git_dir) / answer.removesuffix("\n")

    def setting(self, key: str, *, own: bool = False) -> str | None:
        """Give a value of Git's configuration; if `own`, only what this repository itself says."""
        own_file = self.git_dir / "config.worktree"
        scopes = ["--local", *(["--worktree"] if own_file.is_file() else [])]
        for scope in reversed(scopes) if own else ["--includes"]:
            value = self.git.ask("config", scope, "--get", key)
            if value is not None:
                return decoded(value).removesuffix("\n")
        return None

    def ignores(self, path: str) -> bool:
        """Tell whether Git leaves an untracked file out of what it adds."""
        # It knows no literal paths; behind "./" none has magic.
        asked = ("--no-literal-pathspecs", "check-ignore", "--quiet", "--", f"./{path}")
        return self.git.ask(*asked) is not None

    def configure(self, key: str, value: str) -> None:
        """Set a value in this repository's own configuration."""
        self.git.run("config", "--local", key, value)

    def _entries(self, *options: str) -> Iterator[IndexEntry]:
        if not self.root:
            advice = "name a revision instead"
            raise GitError("there is no work tree and no index here", advice=advice)
        self._index_file.verify()
        listing = decoded(self.git.run("ls-files", "-z", "-v", "--stage", *options))
        entries = map(IndexEntry.of, listing.split("\0")[:-1])
        if not may_have_forged(listing[:-1]):
            return entries
        return (entry for entry in entries if not is_forged(entry.path))

    def _on_disk(self, *options: str) -> WorkTree:
        entries = list(self._entries(*options))
        listed: dict[str, str | None] = {}
        links = self._links_as_files(entries)
        for entry in entries:
            if entry.path not in links:
                listed[entry.path] = entry.oid if entry.regular and entry.left_out else None
        clean = self._clean({entry.path: entry.oid for entry in entries if entry.is_plain})
        return WorkTree(Disk(self.root or Path()), listed, self.objects.read, clean)

    def _links_as_files(self, entries: Iterable[IndexEntry]) -> frozenset[str]:
        """Give the links that Git writes as plain files, where a link needs a right (Windows)."""
        links = frozenset(entry.path for entry in entries if entry.mode == LINK)
        asked = ("config", "--type=bool", "--get", "core.symlinks")
        return links if links and self.git.ask(*asked) == b"false\n" else frozenset()

    def _clean(self, staged: Mapping[str, str]) -> dict[str, str]:
        """Give the files whose bytes on disk are those that are staged.

        Give none where Git may change bytes on their way, by a filter or at the ends of lines.
        """
        git, autocrlf = self._unfiltered()
        if not staged or autocrlf not in {None, "false"}:
            return {}
        changed = git.run(
            "diff-files", "-z", "--name-only", "--no-renames", "--ignore-submodules=all"
        )
        if not self._as_stored(staged):
            return {}
        changed_paths = frozenset(_records(changed))
        disk, before = Disk(self.root or Path()), self._index_file.second
        return {
            path: oid
            for path, oid in staged.items()
            if path not in changed_paths and disk.is_older(path, before)
        }

    def _as_stored(self, paths: Iterable[str]) -> bool:
        """Tell whether no attribute makes Git change the bytes of any of these files."""
        question = "".join(f"{path}\0" for path in paths)
        answer = self.git.run("check-attr", "--stdin", "-z", "--all", stdin=encoded(question))
        # Path, attribute and value, for each attribute that is specified at all, even as unset.
        return _CHANGING.isdisjoint(_records(answer)[1::3])

    def shows_index(self) -> bool:
        """Tell whether the bytes of all tracked files on disk are those that are staged.

        Say no if Git does not look at a file, or if Git changes bytes on their way.
        """
        git, autocrlf = self._unfiltered()
        quietly = ("diff-files", "--quiet", "--ignore-submodules=all")
        if autocrlf not in {None, "false"} or git.answer(*quietly)[0] != 0:
            return False
        entries = list(self._entries())
        disk = Disk(self.root or Path())
        for entry in entries:
            hidden = disk.holds(entry.path) if entry.left_out else entry.tag.islower()
            if hidden and is_python(entry.path):
                return False
        return self._as_stored(entry.path for entry in entries if is_python(entry.path))

    def _unfiltered(self) -> tuple[GitRunner, str | None]:
        """Give a Git that compares files without running a filter, and `core.autocrlf`.

        Git compares a file that was staged in this second by its content, and would run filters.
        """
        answer = self.git.ask("config", "-z", "--get-regexp", _CONVERTING) or b""
        settings = dict(record.partition("\n")[::2] for record in _records(answer))
        autocrlf = settings.pop("core.autocrlf", None)
        off = {key: "false" if key.endswith(".required") else "" for key in settings}
        return (self.git.overriding(off) if off else self.git), autocrlf

    def announced(self) -> frozenset[str]:
        """Give files that `git add --intent-to-add` named: staged as empty, but in no commit.

        Git must look at every file to find them. Nearly every index has a format without flags,
        and none of them; then Git is not asked.
        """
        split = any(self.git_dir.glob("sharedindex.*"))
        if not (self._index_file.has_flags or split):
            return frozenset()
        new = ("diff-files", "--ita-invisible-in-index", "--diff-filter=A", "--no-renames")
        shown = ("--name-only", "-z", "--ignore-submodules=all")
        return frozenset(_records(self._unfiltered()[0].run(*new, *shown)))

    @property
    def _index_file(self) -> IndexFile:
        place = Path(os.environ.get("GIT_INDEX_FILE") or self.git_dir / "index")
        return IndexFile((self.root or self.git_dir) / place)


def _records(listing: bytes) -> list[str]:
    """Split NUL-ended records; names that are not UTF-8 survive as surrogates."""
    return decoded(listing).split("\0")[:-1]
