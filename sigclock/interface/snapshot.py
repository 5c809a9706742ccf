"""What one tree declares: tasks with typed interfaces, and the classes that they reach."""

from __future__ import annotations

from enum import Enum

import msgspec

from sigclock.interface.locations import Places
from sigclock.interface.types import Type
from sigclock.interface.unrecognized import Unrecognized
from sigclock.source import Location, Span


class Sdk(str, Enum):
    """Which Flyte a task belongs to: `flytekit` is Flyte 1, `flyte` is Flyte 2."""

    FLYTEKIT = "flytekit"
    FLYTE = "flyte"


class Field(msgspec.Struct, frozen=True, gc=False):
    """A named part of an interface or of a class, `name` as it stands in the stored value."""

    name: str
    type: Type


class ClassKind(str, Enum):
    """How a class declares its parts; decides whether Flyte sends it by structure or pickled."""

    DATACLASS = "dataclass"
    PYDANTIC = "pydantic"
    ATTRS = "attrs"
    MSGSPEC = "msgspec"
    NAMEDTUPLE = "namedtuple"
    TYPEDDICT = "typeddict"
    ENUM = "enum"
    NEWTYPE = "newtype"
    ALIAS = "alias"
    PLAIN = "class"


class Member(msgspec.Struct, frozen=True, gc=False):
    """An enum member with its value as Python source."""

    name: str
    value: str


class Definition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A class of the tree with inherited parts merged in, recorded once, referred to by key.

    The key is its import name (`pkg.models.Stats`); `import_name` is set only where two classes
    would share one key. `slots` tells that a pickle of it has its fields by position.
    """

    kind: ClassKind
    fields: tuple[Field, ...] = ()
    members: tuple[Member, ...] = ()
    parameters: tuple[str, ...] = ()
    bases: tuple[Type, ...] = ()
    target: Type | None = None
    import_name: str | None = None
    slots: bool = False


class CacheKind(str, Enum):
    """Where a task's cache version comes from.

    UNKNOWN is for a task that may be cached, under a version that nobody but a run can tell; it is
    judged as a cached one.
    """

    PINNED = "pinned"
    COMPUTED = "computed"
    AUTOMATIC = "automatic"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


class CacheSetting(msgspec.Struct, frozen=True, gc=False):
    """Whether a task is cached, and under which version.

    `version` is the value for a pinned or foldable version, else the expression with the
    constants that it reads; None where the task is not cached. Of an unknown setting it is what
    could be read of it.
    """

    kind: CacheKind
    version: str | None = None


DISABLED = CacheSetting(CacheKind.DISABLED)


class Task(msgspec.Struct, frozen=True):
    """One task's typed interface and cache setting.

    `outputs` is empty for a void task. `signature` is the hash of the outputs' structure (see
    `interface.signature`). `held` has the definitions of a task whose locked state stays behind
    the tree's (its bump is refused or postponed), where they differ from the shared ones.
    """

    sdk: Sdk
    path: str
    function: str
    cache: CacheSetting
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    signature: str
    held: dict[str, Definition] = {}

    @property
    def cached(self) -> bool:
        return self.cache.kind is not CacheKind.DISABLED

    @property
    def void(self) -> bool:
        return not self.outputs


class Snapshot(msgspec.Struct, frozen=True, dict=True):
    """The tasks of a tree by Flyte name, and the definitions that they reach by key."""

    tasks: dict[str, Task] = {}
    definitions: dict[str, Definition] = {}

    def definitions_of(self, task: Task) -> dict[str, Definition]:
        """The definitions as `task` sees them: its held ones hide the shared ones."""
        return {**self.definitions, **task.held} if task.held else self.definitions


class VersionSite(msgspec.Struct, frozen=True):
    """The place where a cache version stands; one site may serve many tasks.

    `holder` says what holds it, for messages: `decorator`, `constant VERSION`, `environment env`.
    `value` is what the literal evaluates to, `encoding` the file's. `refusal` says why it must not
    be edited; empty where it may be.
    """

    location: Location
    span: Span
    literal: bytes
    holder: str
    value: str | int | float
    encoding: str = "utf-8"
    refusal: str = ""


class VoidKind(str, Enum):
    """Why a task has no output."""

    UNANNOTATED = "no return annotation"
    NONE = "-> None"
    EMPTY = "an empty tuple"


class TaskSite(msgspec.Struct, frozen=True):
    """Where a task stands, beside its snapshot: nothing here is locked.

    `lines` is the first and last line (1-based, inclusive) on which a waiver counts: decorators
    and signature. `ambiguous` is set when Flyte's name for it depends on `sys.path`. `ignored`
    are the inputs that its cache key leaves out.
    """

    location: Location
    lines: tuple[int, int]
    version: VersionSite | None = None
    void: VoidKind | None = None
    ambiguous: bool = False
    ignored: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True):
    """Something the analysis itself has to say; becomes a finding of rule `rule`."""

    rule: str
    location: Location
    message: str
    task: str | None = None


class Waiver(msgspec.Struct, frozen=True):
    """An inline `# sigclock: ignore[rule] reason`."""

    location: Location
    rule: str
    reason: str


class Extraction(msgspec.Struct, frozen=True):
    """A snapshot with everything beside it that is not locked.

    `places` has definition keys and task names. `unparsed` are the files whose tasks are unknown,
    `unsettled` those that take names from such a file: a decorator or a version, it may be.
    `unrecognized` is what may make tasks and could not be followed; `notebooks`, which are not
    read, seem to hold some.
    """

    snapshot: Snapshot
    sites: dict[str, TaskSite] = {}
    places: Places = {}
    problems: tuple[Problem, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    unparsed: frozenset[str] = frozenset()
    unsettled: frozenset[str] = frozenset()
    unrecognized: tuple[Unrecognized, ...] = ()
    notebooks: tuple[str, ...] = ()
