"""What verbs that give no report say as JSON: a record for each thing."""

from __future__ import annotations

import msgspec

from sigclock.interface.snapshot import CacheKind, Sdk
from sigclock.lock.lock import Acceptance, Account
from sigclock.source import Location
from sigclock.verdict.call_graph import Radius
from sigclock.verdict.finding import Finding, Level, Prediction, Rule


class Row(msgspec.Struct, frozen=True):
    """A task, or a statement that may make tasks; `cached` is None where it is not known.

    `findings` are the rules that a finding of the task is of.
    """

    name: str | None
    path: str
    line: int
    cached: bool | None
    version: str | None
    kind: str
    output: str
    findings: tuple[str, ...] = ()


class StoredEntry(msgspec.Struct, frozen=True):
    """An entry of flytekit's local cache; `stored` is a time in seconds since 1970.

    `signature` is the guard's name of the one that stored it, null without the guard. `state` is
    what is known of it, `why` in words; if it is `certain`, `--evict` removes it.
    """

    task: str
    version: str
    signature: str | None
    key: str
    stored: float
    state: str
    why: str
    certain: bool


class LogEntry(msgspec.Struct, frozen=True):
    """A commit that gave the task another version or signature, or with which it `ended`.

    `version` is null where it is not cached; `change` says in words what differs.
    """

    commit: str
    date: str
    subject: str
    task: str
    version: str | None
    ended: bool
    change: str


class Log(msgspec.Struct, frozen=True):
    """The entries of one task, newest first; of a `shallow` clone the older ones are missing."""

    entries: tuple[LogEntry, ...]
    shallow: bool


class RuleRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="rule"):
    """A rule, with code before and after it is fixed; `url` is its section of the documentation."""

    id: str
    level: Level
    summary: str
    help: str
    before: str
    after: str
    waivable: bool
    fixable: bool
    url: str

    @classmethod
    def of(cls, rule: Rule) -> RuleRecord:
        words = (rule.summary, rule.help, rule.before, rule.after)
        return cls(rule.id, rule.level, *words, rule.waivable, rule.fixable, rule.url)


class PartRecord(msgspec.Struct, frozen=True):
    """A field, member, input or output; `type` is the value of a member."""

    name: str
    type: str
    location: Location | None


class ClassRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="class"):
    """A class; a change of its structure makes the versions of the tasks `due` due.

    `uncached` tasks return it, and it is an input of the tasks `inputs_of`.
    """

    name: str
    family: str
    location: Location | None
    parts: tuple[PartRecord, ...]
    due: tuple[str, ...]
    uncached: tuple[str, ...]
    inputs_of: tuple[str, ...]


class Issued(msgspec.Struct, frozen=True):
    """The signatures with which each version was issued, and what was accepted as the same."""

    versions: dict[str, tuple[str, ...]]
    accepted: tuple[Acceptance, ...]

    @classmethod
    def of(cls, account: Account) -> Issued:
        pairs = sorted(account.issued.items())
        versions = {version: tuple(sorted(signatures)) for version, signatures in pairs}
        return cls(versions, tuple(sorted(account.accepted)))


class GoneRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="removed"):
    """A task that was removed, with the versions that it was issued."""

    name: str
    issued: Issued


class Said(msgspec.Struct, frozen=True):
    """What a rule says of the task."""

    rule: str
    level: Level
    message: str
    location: Location

    @classmethod
    def of(cls, finding: Finding) -> Said:
        place = Location(finding.path, finding.line, finding.column)
        return cls(finding.rule, finding.level, finding.message, place)


class TaskRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="task"):
    """A task; `classes` has the parts of those that it reaches, `recomputes` what follows it.

    `cached` is null where it is not known, `version_kind` says how its version is written.
    """

    name: str
    location: Location
    sdk: Sdk
    cached: bool | None
    version: str | None
    version_kind: CacheKind
    signature: str
    inputs: tuple[PartRecord, ...]
    outputs: tuple[PartRecord, ...]
    classes: dict[str, tuple[PartRecord, ...]]
    issued: Issued
    prediction: Prediction
    findings: tuple[Said, ...]
    recomputes: Radius


Explanation = RuleRecord | ClassRecord | TaskRecord | GoneRecord


#: The type of each verb's JSON.
TYPES: dict[str, object] = {
    "tasks": list[Row],
    "rules": list[RuleRecord],
    "explain": Explanation,
    "log": Log,
    "cache": list[StoredEntry],
}
