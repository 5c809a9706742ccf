"""Rules as records, findings as data, and the report that every command returns."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from typing import Literal

import msgspec

from sigclock.interface.change import Change
from sigclock.interface.snapshot import CacheKind, Sdk
from sigclock.source import Location

_RULES_PAGE = "https://github.com/sigclock/sigclock/blob/main/docs/reference/rules.md"


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
    """Which part of a comment shows a finding."""

    LIST = "list"
    #: The row of its task, if the table has one.
    TASK_TABLE = "table"
    #: The command to run, if a version is due.
    NEXT_STEP = "next step"
    #: The tasks that share a version, always.
    SHARED_VERSIONS = "shared versions"


class Rule(msgspec.Struct, frozen=True):
    """A rule. `rules`, `explain`, SARIF, the docs and configuration read it.

    `waivable` tells whether an inline waiver may silence it, `fixable` whether `update` fixes it.
    Where it is `always_on`, its findings at its own level can be neither deselected nor waived.
    `level_key` is the configuration key that sets its level or turns it off. `level_if_new` is the
    level of a finding that the base of a comparison does not have. In a comment its findings have
    its `placement`, and their own list under its `heading` if that is set.
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
    def url(self) -> str:
        """Its section of the documentation."""
        return f"{_RULES_PAGE}#{self.id}"

    @property
    def is_certain(self) -> bool:
        """Whether all that it says is always on, so that naming it to be silenced is a mistake."""
        return self.always_on and not self.waivable

    def finding(  # noqa: PLR0913 - a keyword for each part of a finding
        self,
        location: Location,
        message: str,
        *,
        task: str | None = None,
        level: Level | None = None,
        subject: str = "",
        cause: str = "",
        addition: str | None = None,
        fixed: bool = False,
    ) -> Finding:
        """A finding of this rule at a location.

        The fingerprint depends on rule, task (else path) and subject, never on a line. The `cause`
        tells it from a finding that the base has for another reason.
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
            column=location.column,
            cause=cause,
            addition=addition,
        )


def numbered(identities: Iterable[str]) -> list[str]:
    """The identities, each with a number: a second thing that is known by the same is another."""
    seen: Counter[str] = Counter()
    told = []
    for identity in identities:
        told.append(f"{identity}\0{seen[identity]}")
        seen[identity] += 1
    return told


class FindingPlace(msgspec.Struct, frozen=True):
    """A place of a finding that has several; `identity` stays the same across commits."""

    path: str
    line: int
    identity: str
    column: int = 1


class Finding(msgspec.Struct, frozen=True):
    """What a rule says about a place.

    `column` is 1 where only the line is known. `fingerprint` is stable across commits: it depends
    on rule, task and subject, never on a line. `fixed` is set if this run fixed it; `new` is
    cleared if the base has it already. `places` has all places of a finding that is reported once
    for many. `cause` is what it is about, as far as that is no part of the fingerprint; no report
    tells it. `addition` is what it adds to the changes of its task, so that a report that shows
    those need not tell them again; None if it is about something else.
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
    column: int = 1
    places: tuple[FindingPlace, ...] = ()
    cause: str = ""
    addition: str | None = None


def fails(findings: Iterable[Finding], level: Level) -> bool:
    """Whether one that is new and not fixed is as bad as `level`."""
    return any(f.new and not f.fixed and f.level.rank <= level.rank for f in findings)


class Outcome(str, Enum):
    """What a cache will do at the next call with inputs that it knows."""

    HIT = "hit"
    MISS = "miss"
    STALE = "stale"
    NEVER = "never"
    UNKNOWN = "unknown"


class Prediction(msgspec.Struct, frozen=True):
    """What both caches will do; `stale_outcome` tells whether a stale value raises or is silent."""

    local: Outcome
    remote: Outcome
    stale_outcome: Literal["silent", "raises"] | None = None
    reason: str = ""


class VersionPair(msgspec.Struct, frozen=True):
    """The version on both sides."""

    baseline: str | None
    current: str | None
    kind: CacheKind


Status = Literal["unchanged", "added", "removed", "moved", "changed"]


class TaskReport(msgspec.Struct, frozen=True):
    """A task of the report; `next_version` is what `update` writes or wrote, else None.

    `accepted` is the reason with which a person accepted the change of outputs. `downstream`
    counts the tasks and workflows that recompute with it, if it is cached and changed. `void` and
    `outputs_changed` are None where a part of the outputs that decides it is not followed. A task
    that is not `followed` was seen before, and nobody can tell what it is now.
    """

    name: str
    path: str
    line: int
    sdk: Sdk
    status: Status
    cached: bool
    void: bool | None
    cache_version: VersionPair
    outputs_changed: bool | None
    inputs_changed: bool
    previous_name: str | None
    changes: tuple[Change, ...]
    prediction: Prediction
    next_version: str | None = None
    accepted: str = ""
    downstream: int = 0
    followed: bool = True


class Summary(msgspec.Struct, frozen=True):
    """Counts: `tasks` and `cached` of the current side, `unresolved` parts of cached outputs.

    `outside` counts the classes in cached outputs that are from outside the tree, once per task:
    they are not followed, and compared by name. `doubtful` counts the cached tasks of which a part
    of the outputs or the setting is not followed. `unrecognized` counts statements that may make
    tasks and were not followed, `notebooks` those that seem to have tasks; they are not read.
    """

    tasks: int
    cached: int
    errors: int
    warnings: int
    unresolved: int
    outside: int = 0
    unrecognized: int = 0
    notebooks: int = 0
    doubtful: int = 0


class Tool(msgspec.Struct, frozen=True):
    """The program that wrote the report."""

    name: str
    version: str


class Bump(msgspec.Struct, frozen=True):
    """A version literal that was, or would be, rewritten; it serves all of `tasks`.

    `made` is set if it changed between the two commits that are compared.
    """

    path: str
    line: int
    holder: str
    baseline: str
    current: str
    tasks: tuple[str, ...]
    made: bool = False
    column: int = 1


class Excerpt(msgspec.Struct, frozen=True):
    """A line of a source file, without its end."""

    path: str
    line: int
    text: str


class Report(msgspec.Struct, frozen=True):
    """The result of a command; the JSON report has all fields but `excerpts` and `is_part`.

    `against` is the revision since which findings are new, as it was given; None if none was.
    `notes` are sentences for people about the run itself (a lock restored from history, a shallow
    clone). `written` are the paths that this run changed. `excerpts` are the lines that changes
    point to. `is_part` is set where tasks were not compared or are not told of, so that nothing is
    said of all.
    """

    version: Literal[2]
    tool: Tool
    baseline: str
    current: str
    tasks: tuple[TaskReport, ...]
    findings: tuple[Finding, ...]
    summary: Summary
    bumps: tuple[Bump, ...] = ()
    notes: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    against: str | None = None
    excerpts: tuple[Excerpt, ...] = ()
    is_part: bool = False
