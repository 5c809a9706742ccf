"""`textconv`: a lock as text for `git diff`, a line for each thing that a reviewer decides on."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from sigclock.cli.named_files import read_named
from sigclock.errors import LockError
from sigclock.interface.snapshot import Definition, Field, Task
from sigclock.interface.types import spell
from sigclock.lock import reader
from sigclock.lock.lock import SAME_SOURCE, Account, Lock
from sigclock.verdict.wording import inert

_SHORT = 12
#: Lines are never cut, or a change in the middle of one would not show.
_WHOLE = sys.maxsize


@click.command()
@click.argument("file")
def command(*, file: str) -> None:
    """Print a lock as text for `git diff` (`sigclock init --diff-driver`)."""
    click.echo(run(file), nl=False)


def run(path: str) -> bytes:
    """The text; a file that is no lock (with conflicts, for example) as it is."""
    data = read_named(path, "name a lock, or leave this to Git")
    try:
        lock = reader.loads(data, path)
    except LockError:
        return data
    # Git shows it on a terminal as it is.
    return "".join(f"{inert(line, _WHOLE)}\n" for line in _lines(lock)).encode()


def _lines(lock: Lock) -> Iterator[str]:
    for name, task in lock.snapshot.tasks.items():
        yield f"task {name} ({task.sdk.value}, {task.path})"
        yield from _task(task)
        yield from _account(lock.ledger.get(name, Account()))
    for name, account in lock.ledger.items():
        if name not in lock.snapshot.tasks:
            yield f"removed task {name}"
            yield from _account(account)
    for name, definition in lock.snapshot.definitions.items():
        yield from _definition(name, definition)


def _task(task: Task) -> Iterator[str]:
    version = task.cache.version or ""
    yield f"    cache: {task.cache.kind.value} {version}".rstrip()
    yield from _fields("takes", task.inputs)
    yield from _fields("gives", task.outputs)
    for name, definition in task.own_definitions.items():
        yield from (f"    {line}" for line in _definition(name, definition))


def _fields(verb: str, fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        yield f"    {verb} {field.name}: {spell(field.type)}"


def _account(account: Account) -> Iterator[str]:
    for version, signatures in account.issued.items():
        shown = " and ".join(signature[:_SHORT] for signature in sorted(signatures))
        yield f"    issued {version}: {shown}"
    for word in sorted(account.accepted):
        reason = word.reason or SAME_SOURCE
        yield f"    accepted {word.baseline[:_SHORT]} = {word.current[:_SHORT]}: {reason}"


def _definition(name: str, definition: Definition) -> Iterator[str]:
    bases = ", ".join(map(spell, definition.bases))
    yield f"{definition.kind.name} {name}{f'({bases})' if bases else ''}"
    for field in definition.fields:
        yield f"    {field.name}: {spell(field.type)}"
    for member in definition.members:
        yield f"    {member.name} = {member.value}"
    if definition.target is not None:
        yield f"    = {spell(definition.target)}"
