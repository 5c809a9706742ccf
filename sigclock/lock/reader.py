"""A lock ↔ its bytes (`writer` has their shape), with a precise error for any other bytes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec

from sigclock.document import MisfitError, Node, json_path, once
from sigclock.errors import LockError, NewerLockError
from sigclock.interface.hash_schemes import short
from sigclock.interface.snapshot import Snapshot
from sigclock.lock.implied import Implied
from sigclock.lock.keys import ACCOUNT, TASK_BLOCK, TypeReader, account, definition, members, task
from sigclock.lock.ledger import join
from sigclock.lock.lines import mended
from sigclock.lock.lock import REVISION, VERSION, VERSION_1, Account, Lock
from sigclock.lock.writer import lock_bytes
from sigclock.python.names.syntax import quiet
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
#: A version with its signatures, as a line of ours.
_ISSUED = re.compile(rb'\n        "[^"]*": \[')
_KEYS = ("version", "revision", "requires", "tasks", "definitions")


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
    return msgspec.structs.replace(lock, revision=revision, requires=requires)


def accounts(data: bytes, path: str = LOCK_NAME) -> dict[str, Account]:
    """The ledger alone, without the types that the lock spells; `LockError` as for `loads`."""
    if (plain := _plain(data)) is not None:
        return plain
    document = _parsed(data, path)
    try:
        revision, _ = _head(document, path)
        try:
            parts = msgspec.convert(document, _Accounts)
            parts = _shortened(parts) if revision == VERSION_1 else parts
        except msgspec.ValidationError:
            # This way says where it is wrong.
            parts = _read_accounts(Node(document, lenient=True))
    except MisfitError as error:
        location = f"{path}: {json_path(error.place)}"
        raise LockError(error.message, advice=_RESTORE, location=location) from error
    joined = join([parts.removed, parts.tasks])
    return {name: entry for name, entry in joined.items() if entry != Account()}


class _Accounts(msgspec.Struct):
    """A lock as far as it is a ledger; all else in a task's block is passed over."""

    tasks: dict[str, Account]
    removed: dict[str, Account] = {}


class _Head(_Accounts, kw_only=True):
    """The same of a lock of this version, and what its other keys at the top hold."""

    version: Literal[2]
    revision: int
    requires: str
    definitions: dict[str, msgspec.Raw]


_HEAD = msgspec.json.Decoder(_Head)


def _plain(data: bytes) -> dict[str, Account] | None:
    """The ledger of a lock whose lines are as we write them; None for any other bytes.

    An account has no entry twice there, for there are as many lines as entries.
    """
    if len(data) > LARGEST or b"\\" in data:
        return None
    try:
        data.decode()
        found = _HEAD.decode(data)
    except (ValueError, RecursionError):
        return None
    if found.revision > REVISION or found.removed:
        return None
    accounts = [len(entry.issued) for entry in found.tasks.values() if entry.issued]
    counts = (len(found.tasks) + len(found.definitions), len(accounts), sum(accounts))
    lines = (data.count(b'\n    "'), data.count(b'\n      "issued": {'))
    if (*lines, len(_ISSUED.findall(data))) != counts:
        return None
    return {name: entry for name, entry in sorted(found.tasks.items()) if entry != Account()}


def _shortened(parts: _Accounts) -> _Accounts:
    """With hashes as this version has them."""
    for section in (parts.tasks, parts.removed):
        for name, entry in section.items():
            issued = {
                version: frozenset(map(short, all_)) for version, all_ in entry.issued.items()
            }
            section[name] = Account(issued, entry.accepted)
    return parts


def _read_accounts(root: Node) -> _Accounts:
    parts = root.members(["tasks"], ["removed"])
    tasks, removed = (
        {
            name: account(members(ACCOUNT, node), TypeReader(()))
            for name, node in (parts[section].entries() if section in parts else {}).items()
        }
        for section in ("tasks", "removed")
    )
    return _Accounts(tasks, removed)


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


def split_tangled(data: bytes) -> tuple[bytes, bytes] | None:
    """Two locks that a text merge left in one file; None if it is no such file.

    A key stands there twice, a task's block stands among the removed ones or a removed one among
    the tasks, or a task stands in both. The first lock has what stands first. Where the lines of
    both sides are no JSON together, each has only the ledger.
    """
    often = [1]
    try:
        text, is_json = data.decode(), True
        json.loads(text)
    except json.JSONDecodeError:
        text, is_json = mended(text) or "", False
    except (ValueError, RecursionError):
        return None

    def first_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
        often.extend(Counter(key for key, _ in pairs).values())
        return dict(reversed(pairs))

    try:
        sides = [json.loads(text, object_pairs_hook=hook) for hook in (first_of, dict)]
        before = json.dumps(sides[1])
    except (ValueError, RecursionError):
        return None
    if max(often) > len(sides) or not all(isinstance(side, dict) for side in sides):
        return None
    for side, prefers in zip(sides, ("tasks", "removed"), strict=True):
        _untangle(side, prefers)
        if not is_json:
            _leave_ledger(side)
    first, last = (json.dumps(side) for side in sides)
    return (first.encode(), last.encode()) if max(often) > 1 or last != before else None


def halves(data: bytes, read: Callable[[bytes], _Part]) -> list[_Part]:
    """What `read` makes of a lock; of one that a text merge tangled, of both locks in it."""
    try:
        return [read(data)]
    except LockError:
        tangled = split_tangled(data)
        if tangled is None:
            raise
        return list(map(read, tangled))


def _untangle(side: dict[str, object], prefers: str) -> None:
    """Put each block where it belongs; one that two places have stays in the one that is named."""
    tasks, removed = side.get("tasks"), side.get("removed")
    if not (isinstance(tasks, dict) and isinstance(removed, dict)):
        return
    for name in tasks.keys() & removed.keys():
        del (removed if prefers == "tasks" else tasks)[name]
    for here, there, is_task in ((removed, tasks, True), (tasks, removed, False)):
        for name in [name for name, block in here.items() if _is_task(block) is is_task]:
            there[name] = here.pop(name)


def _leave_ledger(side: dict[str, object]) -> None:
    """Take out what describes tasks and classes: a block may have lines of another one."""
    tasks, known = side.get("tasks"), {key.name for key in ACCOUNT}
    side["definitions"] = {}
    if isinstance(tasks, dict):
        for block in filter(lambda each: isinstance(each, dict), tasks.values()):
            for key in block.keys() - known:
                del block[key]


def _is_task(block: object) -> bool | None:
    """Whether it describes a task, or only what one issued; None for anything else."""
    if not isinstance(block, dict):
        return None
    if "sdk" in block:
        return True
    return False if block.keys() <= {key.name for key in ACCOUNT} else None


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
    revision = entries["revision"].number()
    return revision if version == VERSION else VERSION_1, entries["requires"].text()


def _read_lock(root: Node, known: Snapshot) -> Lock:
    parts = root.members(_KEYS, ["removed"])
    classes, tasks = parts["definitions"].entries(), parts["tasks"].entries()
    types = TypeReader(classes)
    snapshot, ledger = Snapshot({}, {}), {}
    for key, node in classes.items():
        snapshot.definitions[key] = shared(definition(node, types), known.definitions.get(key))
    implied = Implied(snapshot.definitions)
    removed = parts["removed"].entries() if "removed" in parts else {}
    for name, node in tasks.items():
        if isinstance(node.value, dict) and "sdk" not in node.value:
            removed[name] = node
            continue
        block = members(TASK_BLOCK, node)
        ledger[name] = account(block, types)
        found = task(block, types, ledger[name], implied)
        snapshot.tasks[name] = shared(found, known.tasks.get(name))
    for name, node in removed.items():
        if name in snapshot.tasks:
            node.fail("it stands among the tasks too")
        ledger[name] = account(members(ACCOUNT, node), types)
    return Lock(snapshot, {name: entry for name, entry in ledger.items() if entry != Account()})
