"""A lock as sigclock wrote it in version 1 of the format: every hash has 64 digits."""

from __future__ import annotations

import hashlib
import json
import re

from sigclock.interface.hash_schemes import Signatures
from sigclock.lock import reader
from sigclock.source import LOCK_NAME
from support.projects import Project

_HASH = re.compile(r"[0-9a-f]{16}")


def in_version_1(data: bytes) -> bytes:
    """A lock of version 2 as one of version 1; what no structure tells of a hash is made up."""
    lock = reader.loads(data)
    text = json.loads(data)
    text["version"], text["requires"], tasks = 1, "sigclock >= 0.1.0", text["tasks"]
    text["removed"] = {name: tasks.pop(name) for name in [*tasks] if "sdk" not in tasks[name]}
    for name, task in lock.snapshot.tasks.items():
        signatures = Signatures(lock.snapshot.definitions_of(task))
        block = text["tasks"][name]
        long = signatures.long(task.outputs, task.sdk)
        if long.startswith(task.signature):
            block = json.loads(json.dumps(block).replace(f'"{task.signature}', f'"{long}'))
        block["signature"] = long if long.startswith(task.signature) else _long(task.signature)
        text["tasks"][name] = block
    for block in (*text["tasks"].values(), *text["removed"].values()):
        for version, hashes in block.get("issued", {}).items():
            block["issued"][version] = ["+".join(map(_long, each.split("+"))) for each in hashes]
    return f"{json.dumps(text, indent=2)}\n".encode()


def downgrade(project: Project) -> None:
    """Write the project's lock as one of version 1."""
    project.write(LOCK_NAME, in_version_1(project.read(LOCK_NAME).encode()).decode())


def _long(part: str) -> str:
    return part + hashlib.sha256(part.encode()).hexdigest()[16:] if _HASH.fullmatch(part) else part
