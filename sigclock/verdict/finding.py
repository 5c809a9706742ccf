"""Rules as records, findings as data, and the report that every command returns."""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Literal

import msgspec

from sigclock.interface.change import Change
from sigclock.interface.snapshot import CacheKind, Sdk
from sigclock.source import Location


class Level(str, Enum):
    """How bad a finding is; `fail-on` compares by `rank`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Level).index(self)


class Placement(Enum):
    """What of a comment tells a finding, where that is not the list of findings."""

    LIST = "list"
    #: The row of its task, where the table has one.
    TASK_TABLE = "table"
    #: The command to run, where a version is due.
    NEXT_STEP = "next step"
    #: The tasks that share a version, always.
    SHARED_VERSIONS = "shared versions"


class Rule(msgspec.Struct, frozen=True):
    """One thing sigclock can say. `rules`, `explain`, SARIF, the docs and configuration read it.

    `waivable` tells whether an inline waiver may silence it, `fixable` whether `update` clears it.
    Where it is `always_on` nothing silences what it says at its own level: no selection, no waiver.
    `level_key` is the key of the configuration that sets its level or turns it off, `level_if_new`
    the level of what a base does not have, where a change is held against one. In a comment it has
    its `placement`, and a list under a `heading` of its own if it has one.
    """

    id: str
    level: Level
    summary: str
    help: str
    before: str
    after: str
    waivable: bool = True
    always_on: bool = False
    fixable: bool = False
    level_key: str = ""
    level_if_new: Level | None = None
    placement: Placement = Placement.LIST
    heading: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether all that it says is always on, so that naming it to be silenced is a mistake."""
        return self.always_on and not self.waivable

    def finding(
        self,
        location: Location,
        message: str,
        *,
        task: str | None = None,
        level: Level | None = None,
        subject: str = "",
        fixed: bool = False,
    ) -> Finding:
        """What the rule says of one place.

        The fingerprint knows rule, task (else path) and subject, never a line.
        """
        identity = "\0".join((self.id, task or location.path, subject))
        fingerprint = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return Finding(
            self.id,
            level or self.level,
            task,
            location.path,
            location.line,
            message,
            fingerprint,
            fixed,
        )


class FindingPlace(msgspec.Struct, frozen=True):
    """One place of a finding that has several; `identity` tells it from others across commits."""

    path: str
    line: int
    identity: str


class Finding(msgspec.Struct, frozen=True):
    """A judgement about one place.

    `fingerprint` is stable across commits: it knows rule, task and subject, never a line.
    `fixed` is set when this run mended it; `new` is cleared when it stood at the base already.
    `places` are all those of a finding that is told once for many.
    """

    rule: str
    level: Level
    task: str | None
    path: str
    line: int
    message: str
    fingerprint: str
    fixed: bool = False
    new: bool = True
    places: tuple[FindingPlace, ...] = ()


class Outcome(str, Enum):
    """What a cache will do with the next call whose inputs were seen before."""

    HIT = "hit"
    MISS = "miss"
    STALE = "stale"
    NEVER = "never"
    UNKNOWN = "unknown"


class Prediction(msgspec.Struct, frozen=True):
    """Laptop and cluster; `stale_outcome` tells whether a stale value raises or passes silently."""

    local: Outcome
    remote: Outcome
    stale_outcome: Literal["silent", "raises"] | None = None
    reason: str = ""


class VersionPair(msgspec.Struct, frozen=True):
    """The version at either side."""

    baseline: str | None
    current: str | None
    kind: CacheKind


Status = Literal["unchanged", "added", "removed", "moved", "changed"]


class TaskReport(msgspec.Struct, frozen=True):
    """One task of the report; `next_version` is what `update` writes or wrote, else None.

    `accepted` is the reason for which a person declared the change of outputs to be none.
    `downstream` counts the tasks and workflows that recompute with it, if it is cached and changed.
    """

    name: str
    path: str
    line: int
    sdk: Sdk
    status: Status
    cached: bool
    void: bool
    cache_version: VersionPair
    outputs_changed: bool
    inputs_changed: bool
    previous_name: str | None
    changes: tuple[Change, ...]
    prediction: Prediction
    next_version: str | None = None
    accepted: str = ""
    downstream: int = 0


class Summary(msgspec.Struct, frozen=True):
    """Counts: `tasks` and `cached` of the current side, `unresolved` parts of cached outputs.

    `outside` are the classes in cached outputs that are from outside the tree, each once a task:
    they are not followed, and compared by name. `unrecognized` is what may make tasks and was not
    followed, `notebooks` what is not read and seems to hold some.
    """

    tasks: int
    cached: int
    errors: int
    warnings: int
    unresolved: int
    outside: int = 0
    unrecognized: int = 0
    notebooks: int = 0


class Tool(msgspec.Struct, frozen=True):
    """Who wrote the report."""

    name: str
    version: str


class Bump(msgspec.Struct, frozen=True):
    """A version literal that was, or would be, rewritten; it serves all of `tasks`.

    `made` is set when it moved between the two commits that are compared.
    """

    path: str
    line: int
    holder: str
    baseline: str
    current: str
    tasks: tuple[str, ...]
    made: bool = False


class Report(msgspec.Struct, frozen=True):
    """What a command has to say; the JSON report is this, field for field.

    `notes` are sentences for people about the run itself (a lock restored from history, a shallow
    clone). `written` are the paths this run changed.
    """

    version: Literal[1]
    tool: Tool
    baseline: str
    current: str
    tasks: tuple[TaskReport, ...]
    findings: tuple[Finding, ...]
    summary: Summary
    bumps: tuple[Bump, ...] = ()
    notes: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
