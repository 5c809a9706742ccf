"""A lock ↔ its bytes (`writer` has their shape), with a precise error for any other bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from sigclock.document import MisfitError, Node, json_path, once
from sigclock.errors import LockError, NewerLockError
from sigclock.interface.snapshot import (
    CacheKind,
    CacheSetting,
    Definition,
    Field,
    Member,
    Sdk,
    Snapshot,
    Task,
)
from sigclock.interface.types import Names, SpellingError, Type, parse
from sigclock.lock.lock import REVISION, VERSION, Acceptance, Account, Lock
from sigclock.lock.writer import lock_bytes
from sigclock.python.names.syntax import quiet
from sigclock.python.types.classes import KINDS
from sigclock.source import LARGEST, LOCK_NAME

_Part = TypeVar("_Part")

_RESTORE = f"restore it (git checkout -- {LOCK_NAME}), or remove it and run `sigclock update`"
_MERGE = "run `sigclock update`, which merges both sides"
_MARKER = re.compile(rb"(<{7,}|\|{7,}|={7,}|>{7,})(?:[ \t].*)?[\r\n]*", re.DOTALL)
_FIRST = b"<" * 7
_SIDES = {
    ("both", b"<"): "ours",
    ("ours", b"|"): "base",
    ("ours", b"="): "theirs",
    ("base", b"="): "theirs",
    ("theirs", b">"): "both",
}
_KEYS = ("version", "revision", "requires", "tasks", "removed", "definitions")
_TASK_KEYS = ("sdk", "path", "function", "cache", "inputs", "outputs", "signature")
_ACCOUNT_KEYS = ("issued", "accepted")
_DEFINITION_KEYS = (
    "import_name",
    "parameters",
    "bases",
    "target",
    "slots",
    "fields",
    "members",
)


def dumps(lock: Lock) -> bytes:
    """The bytes of a lock; `NewerLockError` if it was read from a newer revision."""
    if lock.revision > REVISION:
        raise _newer(f"revision {lock.revision}", lock.requires, LOCK_NAME)
    return lock_bytes(lock)


def loads(data: bytes, path: str = LOCK_NAME, known: Snapshot | None = None) -> Lock:
    """The lock that `dumps` wrote; of a newer revision the known keys, marked as read-only.

    Parts that equal those of the snapshot `known` are shared with it. `LockError` for anything
    else, `NewerLockError` if a newer sigclock can read it.
    """
    document = _parsed(data, path)
    revision, requires = 0, ""
    try:
        revision, requires = _head(document, path)
        with quiet():
            lock = _read_lock(Node(document, lenient=revision > REVISION), known or Snapshot())
    except MisfitError as error:
        location = f"{path}: {json_path(error.place)}"
        if revision > REVISION:
            raise _newer(f"revision {revision}", requires, location) from error
        raise LockError(error.message, advice=_RESTORE, location=location) from error
    if revision > REVISION:
        return msgspec.structs.replace(lock, revision=revision, requires=requires)
    return lock


def shared(value: _Part, known: _Part | None) -> _Part:
    """The known value if both are equal: a second copy of a large lock takes too much memory."""
    return known if known == value and known is not None else value


def split_conflict(data: bytes, path: str = LOCK_NAME) -> tuple[bytes, bytes] | None:
    """Our side and theirs of a file with Git's conflict markers; None without markers.

    Every conflict style is known. `LockError` if a conflict does not end.
    """
    if _FIRST not in data:
        return None
    sides: dict[str, list[bytes]] = {"ours": [], "theirs": []}
    side, size, has_markers = "both", 0, False
    for line in data.splitlines(keepends=True):
        marker = _MARKER.fullmatch(line)
        next_side = marker and _SIDES.get((side, marker[1][:1]))
        if marker and next_side and (side == "both" or len(marker[1]) == size):
            side, size, has_markers = next_side, len(marker[1]), True
            continue
        for name, lines in sides.items():
            if side in ("both", name):
                lines.append(line)
    if side != "both":
        raise LockError("a merge conflict does not end", advice=_RESTORE, location=path)
    return (b"".join(sides["ours"]), b"".join(sides["theirs"])) if has_markers else None


def _newer(what: str, requires: str, location: str) -> NewerLockError:
    release = requires if requires.isprintable() and requires else "a newer sigclock"
    return NewerLockError(
        f"the lock has {what}, which this sigclock does not know",
        advice=f"install {release[:80]}",
        location=location,
    )


def _parsed(data: bytes, path: str) -> object:
    line, reason = 1, "nested too deeply"
    if len(data) > LARGEST:
        reason = f"larger than {LARGEST // 2**20} MB"
        raise LockError(reason, advice=_RESTORE, location=path)
    try:
        parsed: object = json.loads(data.decode(), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        if split_conflict(data, path):
            raise LockError("it has merge conflicts", advice=_MERGE, location=path) from error
        line, reason = error.lineno, f"not JSON: {error.msg} (column {error.colno})"
    except UnicodeDecodeError as error:
        line, reason = data.count(b"\n", 0, error.start) + 1, f"not UTF-8: {error.reason}"
    except ValueError as error:
        reason = f"not JSON: {error}"
    except RecursionError:
        pass
    else:
        return parsed
    reason = reason if data.strip() else "the file is empty"
    raise LockError(reason, advice=_RESTORE, location=f"{path}:{line}")


def _head(document: object, path: str) -> tuple[int, str]:
    root = Node(document, lenient=True)
    entries = root.members(["version"])
    version = entries["version"].number()
    if version > VERSION:
        requires = entries.get("requires", Node("")).value
        raise _newer(f"version {version}", requires if isinstance(requires, str) else "", path)
    if version < 1:
        entries["version"].fail(f"there is no version {version}")
    entries = root.members(["revision", "requires"])
    return entries["revision"].number(), entries["requires"].text()


class _TypeReader:
    """Reads types by the names known at one place, and remembers them: most tasks share a few."""

    def __init__(self, definitions: Iterable[str], parameters: Iterable[str] = ()) -> None:
        self.names = Names(frozenset(definitions), frozenset(parameters))
        self._known: dict[str, Type] = {}

    def read(self, node: Node) -> Type:
        try:
            return self._read(node.text())
        except SpellingError as error:
            node.fail(str(error))

    def fields(self, node: Node) -> tuple[Field, ...]:
        try:
            return tuple(Field(name, self._read(text)) for name, text in node.strings().items())
        except SpellingError:
            entries = node.entries().items()
            return tuple(Field(name, self.read(part)) for name, part in entries)

    def _read(self, text: str) -> Type:
        if text not in self._known:
            self._known[text] = parse(text, self.names)
        return self._known[text]


def _read_lock(root: Node, known: Snapshot) -> Lock:
    parts = root.members(_KEYS)
    classes, tasks = parts["definitions"].entries(), parts["tasks"].entries()
    types = _TypeReader(classes)
    snapshot = Snapshot(
        tasks={
            name: shared(_read_task(node, types), known.tasks.get(name))
            for name, node in tasks.items()
        },
        definitions={
            key: shared(_read_definition(node, types), known.definitions.get(key))
            for key, node in classes.items()
        },
    )
    ledger = {name: _read_account(node.entries()) for name, node in tasks.items()}
    for name, node in parts["removed"].entries().items():
        if name in tasks:
            node.fail("it stands among the tasks too")
        ledger[name] = _read_account(node.members([], _ACCOUNT_KEYS))
    return Lock(snapshot, {name: entry for name, entry in ledger.items() if entry != Account()})


def _read_task(node: Node, types: _TypeReader) -> Task:
    parts = node.members(_TASK_KEYS, [*_ACCOUNT_KEYS, "held"])
    own_definitions = parts["held"].entries() if "held" in parts else {}
    own_types = (
        _TypeReader(types.names.definitions | own_definitions.keys()) if own_definitions else types
    )
    return Task(
        sdk=parts["sdk"].choice(Sdk),
        path=parts["path"].text(),
        function=parts["function"].text(),
        cache=_read_cache(parts["cache"]),
        inputs=own_types.fields(parts["inputs"]),
        outputs=own_types.fields(parts["outputs"]),
        signature=parts["signature"].text(),
        own_definitions=_read_definitions(own_definitions, own_types),
    )


def _read_cache(node: Node) -> CacheSetting:
    parts = node.members(["kind"], ["version"])
    version = parts["version"].text() if "version" in parts else None
    return CacheSetting(parts["kind"].choice(CacheKind), version)


def _read_account(parts: Mapping[str, Node]) -> Account:
    issued = parts["issued"].entries() if "issued" in parts else {}
    accepted = parts["accepted"].items() if "accepted" in parts else []
    return Account(
        issued={version: frozenset(hashes.texts()) for version, hashes in issued.items()},
        accepted=frozenset(map(_read_acceptance, accepted)),
    )


def _read_acceptance(node: Node) -> Acceptance:
    parts = node.members(["baseline", "current", "reason"])
    return Acceptance(*(parts[key].text() for key in ("baseline", "current", "reason")))


def _read_definitions(nodes: Mapping[str, Node], types: _TypeReader) -> dict[str, Definition]:
    return {key: _read_definition(node, types) for key, node in nodes.items()}


def _read_definition(node: Node, types: _TypeReader) -> Definition:
    parts = node.members(["kind"], _DEFINITION_KEYS)
    parameters = parts["parameters"].texts() if "parameters" in parts else ()
    own_types = _TypeReader(types.names.definitions, parameters) if parameters else types
    members = parts["members"].entries() if "members" in parts else {}
    bases = parts["bases"].items() if "bases" in parts else []
    return Definition(
        kind=KINDS[parts["kind"].one_of(KINDS)],
        fields=own_types.fields(parts["fields"]) if "fields" in parts else (),
        members=tuple(Member(name, value.text()) for name, value in members.items()),
        parameters=parameters,
        bases=tuple(map(own_types.read, bases)),
        target=own_types.read(parts["target"]) if "target" in parts else None,
        import_name=parts["import_name"].text() if "import_name" in parts else None,
        slots="slots" in parts and parts["slots"].switch(),
    )
