"""Errors that a user can act on: what happened, and what to do next."""

from __future__ import annotations


class SigclockError(Exception):
    """Sigclock cannot run (exit status 2): a line that says why, and a line of advice.

    `location` is a path, `path:line`, or a JSON path inside a file; it may be empty.
    """

    def __init__(self, message: str, *, advice: str, location: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.location = location


def reason(error: OSError | ValueError) -> str:
    """Why a file that a user named cannot be read or written; maybe no file can have the name."""
    return getattr(error, "strerror", None) or "it cannot be a file's name"


class UsageError(SigclockError):
    """The command line asks for something impossible."""


class ConfigError(SigclockError):
    """`[tool.sigclock]` has an unknown key or a value of the wrong type."""


class GitError(SigclockError):
    """Git is missing, refuses, or does not know what was asked for."""


class LockError(SigclockError):
    """The lock cannot be read; it is never overwritten."""


class NewerLockError(LockError):
    """The lock was written by a newer sigclock."""


class EditError(SigclockError):
    """An edit would change more than a version literal, or the file changed since it was read."""
