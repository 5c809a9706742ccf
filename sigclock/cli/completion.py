"""What a shell may complete: names of tasks and classes as the lock has them, and rules."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sigclock.errors import SigclockError
from sigclock.git.plain_files import read_plain
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    import click


def tasks(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """The tasks whose name, or a part of it after a dot, begins so."""
    return _beginning(typed, _locked(context)[0])


def classes(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """The classes whose name, or a part of it after a dot, begins so."""
    return _beginning(typed, _locked(context)[1])


def subjects(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Tasks, classes and rules."""
    from sigclock.verdict.rules import RULES  # noqa: PLC0415 - only where it is needed

    known = tasks(context, parameter, typed) + classes(context, parameter, typed)
    return [*known, *(rule for rule in RULES if rule.startswith(typed))]


def _beginning(typed: str, names: list[str]) -> list[str]:
    found = [name for name in names if name.startswith(typed)]
    return found or [name for name in names if f".{typed}" in name]


def _locked(context: click.Context) -> tuple[list[str], list[str]]:
    """The tasks and classes of the nearest lock; a shell is never told of an error."""
    from sigclock.lock import reader  # noqa: PLC0415 - only where it is needed

    root = context.find_root()
    here = Path(root.params.get("directory") or ".").absolute()
    for folder in (here, *here.parents):
        with suppress(SigclockError, OSError):
            snapshot = reader.loads(read_plain(folder / LOCK_NAME)).snapshot
            return sorted(snapshot.tasks), sorted(snapshot.definitions)
    return [], []
