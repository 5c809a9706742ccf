"""Which commits a clone's references lead to, asked of Git however it keeps them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sigclock.errors import GitError
from sigclock.git.names import decoded
from sigclock.git.plain_files import read_plain

if TYPE_CHECKING:
    from pathlib import Path

    from sigclock.git.process import GitRunner, Objects

#: What Git calls the commits that a merge, pick, rebase or revert brings in.
ARRIVING = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD")
_BRANCHES = ("refs/heads", "refs/remotes", "refs/stash")
#: Where HEAD and the stash stood before.
_REFLOGS = ("HEAD", "refs/stash")


def arriving(objects: Objects, git_dir: Path) -> list[str]:
    """Give the commits that a merge, pick, rebase or revert is bringing in just now."""
    names = [f"{name}^{{commit}}" for name in ARRIVING]
    # Git gives the first head of an octopus merge by name. The others are in a file, which stays
    # one however Git keeps references: https://git-scm.com/docs/gitglossary (special refs).
    with suppress(OSError):
        names += read_plain(git_dir / "MERGE_HEAD").decode("ascii", "replace").split()
    found = [git_object for name in names if (git_object := objects.find(name))]
    return list(dict.fromkeys(each.oid for each in found if each.kind == "commit"))


def everywhere(git: GitRunner) -> frozenset[str]:
    """Give the tip of each branch, also of remotes, each stash, and all that HEAD ever was."""
    listing = git.run("for-each-ref", "--format=%(objectname)", "--", *_BRANCHES)
    tips = decoded(listing).split()
    for name in _REFLOGS:
        # No reference, no reflog, or one that names a commit which is gone.
        with suppress(GitError):
            walked = git.run("rev-list", "--walk-reflogs", name, "--")
            tips += decoded(walked).split()
    return frozenset(tips)


def current_branch(git: GitRunner) -> str | None:
    """Give the full ref of the branch that HEAD is on; None if it is on none."""
    with suppress(GitError):
        return decoded(git.run("symbolic-ref", "--quiet", "HEAD")).strip() or None
    return None


def default_branch(git: GitRunner) -> str | None:
    """Give the full ref of the remote's default branch, if this clone knows it.

    The current branch's remote comes first, then `origin`, then the remote if there is one.
    """
    named = remotes(git)
    candidates = [_upstream_remote(git), "origin", *(named if len(named) == 1 else [])]
    names = ("HEAD", "main", "master")
    refs = [f"refs/remotes/{remote}/{name}" for remote in candidates if remote for name in names]
    listing = git.run("for-each-ref", "--format=%(refname) %(symref)", "--", *refs)
    known = dict(line.split(" ", 1) for line in decoded(listing).splitlines())
    return next((known[ref] or ref for ref in refs if ref in known), None)


def remotes(git: GitRunner) -> list[str]:
    """Give the names of the remotes."""
    return decoded(git.run("remote")).splitlines()


def _upstream_remote(git: GitRunner) -> str | None:
    branch = git.ask("symbolic-ref", "-q", "HEAD")
    if not branch:
        return None
    ref = decoded(branch).strip()
    remote = git.run("for-each-ref", "--format=%(upstream:remotename)", "--", ref)
    return decoded(remote).strip() or None
