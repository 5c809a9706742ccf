"""A lock as text: each lock has exactly one text, to be reviewed and merged line by line.

It is JSON in a fixed order: tasks, tombstones and definitions by name, versions by their numbers,
parts of an interface or a class as declared. Each part has its own line, and so has each issued
version with its hashes: a changed field makes a hunk in `definitions` and a ledger line in each
task that reaches it. Empty parts of a task or a definition are left out, except inputs and outputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring

import msgspec

from sigclock.errors import LockError
from sigclock.interface.snapshot import Definition, Field, Task
from sigclock.interface.types import spell
from sigclock.lock.lock import REQUIRES, REVISION, VERSION, Account, Lock
from sigclock.source import LOCK_NAME

_NUMBERS = re.compile(r"([0-9]+)")
#: Written as escapes: lone surrogates, which UTF-8 lacks, and characters that a reader cannot see.
_HIDDEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_TORN_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class _Line(str):
    """JSON text to write as it is, on a single line."""

    __slots__ = ()


def lock_bytes(lock: Lock) -> bytes:
    """The text, encoded part by part; `LockError` for a name that JSON cannot hold."""
    return b"".join(_visible(part).encode() for part in _parts(lock))


def _parts(lock: Lock) -> Iterator[str]:
    """Task by task and class by class, for rendering one takes ten times the memory of its text."""
    yield "{"
    for key, value in (("version", VERSION), ("revision", REVISION), ("requires", REQUIRES)):
        yield f'\n  "{key}": {json.dumps(value)},'
    tasks, ledger, definitions = lock.snapshot.tasks, lock.ledger, lock.snapshot.definitions
    yield from _section(
        "tasks",
        ((name, _task_block(tasks[name], ledger.get(name, Account()))) for name in sorted(tasks)),
    )
    removed = ((name, _account_block(ledger[name])) for name in sorted(ledger.keys() - tasks))
    yield ","
    yield from _section("removed", ((name, block) for name, block in removed if block))
    yield ","
    yield from _section(
        "definitions", ((key, _definition_block(definitions[key])) for key in sorted(definitions))
    )
    yield "\n}\n"


def _section(name: str, blocks: Iterable[tuple[str, Mapping[str, object]]]) -> Iterator[str]:
    yield f'\n  "{name}": '
    before = "{"
    for key, block in blocks:
        indent = "\n    "
        yield f"{before}{indent}{encode_basestring(key)}: {_render(block, indent)}"
        before = ","
    yield "{}" if before == "{" else "\n  }"


def quoted(text: str) -> str:
    """A name as JSON text in a lock."""
    return _visible(encode_basestring(text))


def _task_block(task: Task, account: Account) -> dict[str, object]:
    version = {} if task.cache.version is None else {"version": task.cache.version}
    return {
        "sdk": task.sdk.value,
        "path": task.path,
        "function": task.function,
        "cache": _line({"kind": task.cache.kind.value, **version}),
        "inputs": _field_lines(task.inputs),
        "outputs": _field_lines(task.outputs),
        "signature": task.signature,
        **_account_block(account),
        **({"held": _definition_blocks(task.own_definitions)} if task.own_definitions else {}),
    }


def _account_block(account: Account) -> dict[str, object]:
    versions = sorted(account.issued, key=_natural)
    issued = {version: _line(sorted(account.issued[version])) for version in versions}
    accepted = [_line(msgspec.to_builtins(word)) for word in sorted(account.accepted)]
    return _filled({"issued": issued, "accepted": accepted})


def _definition_blocks(definitions: Mapping[str, Definition]) -> dict[str, object]:
    return {key: _definition_block(definitions[key]) for key in sorted(definitions)}


def _definition_block(definition: Definition) -> dict[str, object]:
    bases = [spell(base) for base in definition.bases]
    block = {
        "kind": definition.kind.name,
        "import_name": definition.import_name,
        "parameters": definition.parameters and _line(list(definition.parameters)),
        "bases": bases and _line(bases),
        "target": definition.target and spell(definition.target),
        "slots": definition.slots,
        "fields": _field_lines(definition.fields),
        "members": _lines((member.name, member.value) for member in definition.members),
    }
    return _filled(block)


def _field_lines(fields: Iterable[Field]) -> dict[str, str]:
    return _lines((field.name, spell(field.type)) for field in fields)


def _lines(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    listed = list(pairs)
    lines = dict(listed)
    if len(lines) < len(listed):
        raise ValueError(f"two parts of one name: {listed}")
    return lines


def _filled(block: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in block.items() if value}


def _natural(version: str) -> tuple[list[tuple[int, str]], str]:
    """The sort key for 1.9 before 1.10; digits stay text, for `int` does not take very many."""
    parts = _NUMBERS.split(version)
    numbers = [part.lstrip("0") for part in parts[1::2]]
    parts[1::2] = numbers
    return [(len(part) * (index % 2), part) for index, part in enumerate(parts)], version


def _render(value: object, indent: str = "\n") -> str:
    inner = f"{indent}  "
    match value:
        case _Line():
            return value
        case str():
            return encode_basestring(value)
        case dict() if value:
            lines = (
                f"{encode_basestring(key)}: {_render(part, inner)}" for key, part in value.items()
            )
            return f"{{{inner}{f',{inner}'.join(lines)}{indent}}}"
        case list() if value:
            return f"[{inner}{f',{inner}'.join(_render(part, inner) for part in value)}{indent}]"
        case _:
            return json.dumps(value)


def _line(value: Mapping[str, str] | Iterable[str]) -> _Line:
    if isinstance(value, Mapping):
        pairs = (
            f"{encode_basestring(key)}: {encode_basestring(part)}" for key, part in value.items()
        )
        return _Line(f"{{{', '.join(pairs)}}}")
    return _Line(f"[{', '.join(map(encode_basestring, value))}]")


def _visible(text: str) -> str:
    """Escape hidden characters in JSON text: it has them in strings only."""
    torn = _TORN_PAIR.search(text)
    if torn:
        raise LockError(
            f"half characters cannot be written: {torn.group()!a}",
            advice="write the character itself in the source",
            location=LOCK_NAME,
        )
    return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
