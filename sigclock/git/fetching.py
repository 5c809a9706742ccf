"""What a clone lacks, fetched from its remote where somebody asked for that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sigclock.errors import GitError
from sigclock.git import refs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigclock.git.repository import Repository

_FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: A name that Git takes for a branch and for nothing else: no option, range or refspec.
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)))\w[\w./+=@,-]*(?<![./])")
_REMOTES = "refs/remotes/"


def present(repository: Repository, name: str, what: str = "base", *, fetch: bool) -> str:
    """Give the id of a commit; one that is not here is fetched if that is allowed.

    `name` is a revision, or a branch of a remote: `origin/main`, or `main` for short. `what` says
    what the commit is to the change: its base or its head.
    """
    found = _found(repository, name)
    if found is None and fetch:
        get(repository, [name], *(["--depth=1"] if repository.shallow else []))
        found = _found(repository, name)
    if found is not None:
        return found
    if repository.shallow and not fetch and (_FULL_ID.fullmatch(name) or _BRANCH.fullmatch(name)):
        raise GitError(
            f"this clone is shallow and does not have the {what}, {name}",
            advice=f"run {command(repository, name)}, or give --fetch",
        )
    return repository.commit_id(name)


def get(repository: Repository, names: Sequence[str], *depth: str) -> None:
    """Fetch commits by their full ids, or branches of a remote."""
    wanted = _wanted(repository, names)
    remotes = dict.fromkeys(remote for remote, _ in wanted)
    quiet = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc")
    try:
        for remote in remotes:
            specs = [spec for other, spec in wanted if other == remote]
            repository.git.online().run("fetch", *quiet, *depth, "--", remote, *specs)
    except GitError as error:
        raise GitError(
            f"what is to be compared cannot be fetched: {error.message}",
            advice=f"see what this says: {command(repository, *names, depth=depth)}",
        ) from error


def command(repository: Repository, *names: str, depth: Sequence[str] = ("--depth=1",)) -> str:
    """The command that fetches commits or branches, for people."""
    wanted = _wanted(repository, names)
    specs = [spec.removeprefix("+refs/heads/") for _, spec in wanted]
    return " ".join(["git fetch", *depth, wanted[0][0], *specs])


def _found(repository: Repository, name: str) -> str | None:
    """The id of a commit that is here, by its own name or as a branch of the remote."""
    try:
        return repository.commit_id(name)
    except GitError:
        remote = _usual(refs.remotes(repository.git))
        found = repository.objects.find(f"{_REMOTES}{remote}/{name}")
        return found.oid if found and found.kind == "commit" else None


def _wanted(repository: Repository, names: Sequence[str]) -> list[tuple[str, str]]:
    """For each commit or branch the remote that has it, and what to ask that for."""
    remotes = refs.remotes(repository.git)
    return [_asked(name, remotes) for name in names]


def _asked(name: str, remotes: Sequence[str]) -> tuple[str, str]:
    if _FULL_ID.fullmatch(name):
        return _usual(remotes), name
    short = name.removeprefix(_REMOTES).removeprefix("refs/heads/")
    longest = sorted(remotes, key=len, reverse=True)
    remote = next((remote for remote in longest if short.startswith(f"{remote}/")), None)
    branch = short if remote is None else short.removeprefix(f"{remote}/")
    if not _BRANCH.fullmatch(branch):
        advice = "name a commit by its full id, or a branch as in origin/main"
        raise GitError(f"{name!r} cannot be fetched", advice=advice)
    remote = remote or _usual(remotes)
    return remote, f"+refs/heads/{branch}:{_REMOTES}{remote}/{branch}"


def _usual(remotes: Sequence[str]) -> str:
    return "origin" if "origin" in remotes or not remotes else remotes[0]
