"""Git's error messages, each translated to a line that says what is wrong and a line of advice."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

from sigclock.errors import GitError
from sigclock.git.names import decoded

_RESET = "move the index file away, then run: git reset"
_MEND = "run git fsck, then fetch or clone again what it names"


class NotFetchedError(GitError):
    """A partial clone lacks an object, and sigclock does not go to the network for it."""


class _Refusal(NamedTuple):
    """`{0}`, `{1}` … stand for the groups of `pattern`; the advice quotes them for a shell."""

    pattern: str
    message: str
    advice: str
    error: type[GitError] = GitError


_REFUSALS = (
    _Refusal(
        r"(?:dubious ownership in repository at |unsafe repository \()'([^\n]*?)'",
        "Git refuses the repository at {0}: another user owns it",
        "if you trust it, run: git config --global --add safe.directory {0}",
    ),
    _Refusal(
        r"safe\.bareRepository",
        "Git refuses a bare repository that it was not pointed to",
        "set GIT_DIR to the repository",
    ),
    _Refusal(
        r"not a git repository",
        "this is not a Git repository",
        "run sigclock inside a repository (or with -C DIR), or make one with: git init",
    ),
    _Refusal(
        r"cannot change to '([^\n]*)': ([^\n]*)",
        "cannot enter {0}: {1}",
        "name a folder inside a repository",
    ),
    _Refusal(
        r"Unable to create '([^\n]*\.lock)': File exists",
        "another Git command is at work here: it holds {0}",
        "wait until it ends, then run again; if none runs, remove that file",
    ),
    _Refusal(
        r"refusing to merge unrelated histories",
        "the two share no commit in this clone, so there is nothing to merge from",
        "fetch more of their history, as with: git fetch --unshallow",
    ),
    _Refusal(
        r"unknown repository extension|Expected git repo version",
        "the repository has a format that this Git does not know",
        "install a newer Git",
    ),
    _Refusal(
        r"(bad (?:\w+ )*config [^\n]*)",
        "Git cannot read its configuration: {0}",
        "fix the line that Git names",
    ),
    _Refusal(
        r"(?:could not|unable to) fetch (\w+) from promisor remote",
        "object {0} was never fetched, for this is a partial clone",
        "fetch what is missing, then run again: git fetch --refetch --no-filter",
        NotFetchedError,
    ),
    _Refusal(
        r"(log for '[^\n]* only has \d+ entries|no upstream [^\n]*|no such branch: [^\n]*)",
        "Git does not know that revision: {0}",
        "name a commit, a branch or a tag",
    ),
    _Refusal(
        r"((?:bad index|index file|bad signature|unknown index)[^\n]*)",
        "the index is damaged: {0}",
        _RESET,
    ),
    _Refusal(
        r"((?:loose object|packed object|packfile|bad object|bad tree|not a tree|could not parse|"
        r"unable to read|could not read|failed to read|object file|missing blob|"
        r"unable to unpack)[^\n]*)",
        "the object database is damaged: {0}",
        _MEND,
    ),
)
_TOO_OLD = re.compile(r"is not a git command|unrecognized argument|unknown option|unknown switch")
#: Who logs in, and with which password, in an address.
_LOGIN = re.compile(r"//[^/\s@]+@")
_REASON = re.compile(r"^(?:fatal|error): (.*)", re.MULTILINE)


def refusal(stderr: bytes, status: int) -> GitError:
    """Translate what a Git command wrote on stderr before it ended with `status`."""
    text = _LOGIN.sub("//", decoded(stderr).strip())
    for pattern, message, advice, error in _REFUSALS:
        if match := re.search(pattern, text):
            quoted = map(shlex.quote, match.groups())
            return error(message.format(*match.groups()), advice=advice.format(*quoted))
    reason = _REASON.search(text)
    what = reason[1] if reason else text.partition("\n")[0] or f"exit status {status}"
    return GitError(f"Git failed: {what}", advice="run git status and git fsck to see why")


def speaks_of_age(stderr: bytes) -> bool:
    """Tell whether Git does not know a command or an option; sigclock's are all fixed."""
    return bool(_TOO_OLD.search(decoded(stderr)))


def damaged_index(reason: str) -> GitError:
    """The error for an index that is not as Git wrote it."""
    return GitError(f"the index is damaged: {reason}", advice=_RESET)


def missing(oid: str) -> GitError:
    """The error for an object that Git itself named and that this clone does not have."""
    return GitError(f"object {oid} is missing from the object database", advice=_MEND)


def unborn() -> GitError:
    """The error for HEAD on a branch without a commit."""
    return GitError(
        "there is no commit yet, so HEAD names none",
        advice="commit first; `sigclock update` and `sigclock check` need no commit",
    )
