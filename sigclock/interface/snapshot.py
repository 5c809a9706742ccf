"""What one tree declares: tasks with typed interfaces, and the classes that they reach."""

from __future__ import annotations

from enum import Enum

import msgspec

from sigclock.interface.locations import PartLocations
from sigclock.interface.types import Type
from sigclock.interface.unrecognized import Unrecognized
from sigclock.source import Location, Span


class Sdk(str, Enum):
    """Which Flyte a task belongs to: `flytekit` is Flyte 1, `flyte` is Flyte 2."""

    FLYTEKIT = "flytekit"
    FLYTE = "flyte"


class Field(msgspec.Struct, frozen=True, gc=False):
    """A named part of an interface or of a class; the stored value has the same `name`."""

    name: str
    type: Type


class Flyte1Form(str, Enum):
    """How Flyte 1 sends a value of a class.

    `FIELDS`: by structure, with its fields in the remote key. `STRUCT`: by structure, without its
    fields in the key. `ENUM`: as the value of a member.
    """

    FIELDS = "fields"
    STRUCT = "struct"
    ENUM = "enum"
    PICKLE = "pickle"


class Flyte2Form(str, Enum):
    """How Flyte 2 sends a value of a class.

    `MASHUMARO` and `PYDANTIC`: by structure, with a JSON schema by this library in both keys.
    `ENUM`: as the name of a member.
    """

    MASHUMARO = "mashumaro"
    PYDANTIC = "pydantic"
    ENUM = "enum"
    PICKLE = "pickle"


class ClassKind(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """How Flyte sends and stores the values of a family of classes; each family has its own file.

    `name` is the lock's word. Nothing has a default, for no default is safe: a wrong value means a
    stale cache that nobody sees.
    """

    name: str
    flyte1: Flyte1Form
    flyte2: Flyte2Form
    #: Flyte 1's name of the transformer, which a union's key has in place of the fields; empty if
    #: Flyte 1 does not send it by `FIELDS`.
    flyte1_transformer: str
    #: A value is of the type `Definition.target`; the class itself is nowhere in it.
    stands_for_target: bool
    #: A pickle of a value has the qualified name of the class in it.
    named_in_pickle: bool
    #: A pickle of a value has its fields in order, without their names.
    pickled_by_position: bool
    #: Flyte 1 pickles a value where the class has type arguments.
    pickled_if_generic: bool
    #: A task that returns it has an output for each field.
    fields_are_outputs: bool

    @property
    def by_structure(self) -> bool:
        """Whether a value is stored as fields by name, so that such classes are exchangeable."""
        return self.flyte1 is Flyte1Form.FIELDS

    @property
    def has_members(self) -> bool:
        """Whether it declares members instead of fields."""
        return self.flyte1 is Flyte1Form.ENUM

    @property
    def has_schema(self) -> bool:
        """Whether Flyte 2 sends a value by structure."""
        return self.flyte2 in {Flyte2Form.MASHUMARO, Flyte2Form.PYDANTIC}

    @property
    def pickled(self) -> bool:
        """Whether both SDKs pickle a value, and the pickle has the class."""
        forms = self.flyte1 is Flyte1Form.PICKLE and self.flyte2 is Flyte2Form.PICKLE
        return forms and not self.stands_for_target


class Member(msgspec.Struct, frozen=True, gc=False):
    """An enum member with its value as Python source."""

    name: str
    value: str


class Definition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A class of the tree with inherited parts merged in, recorded once, referred to by key.

    The key is its import name (`pkg.models.Stats`); `import_name` is set only if two classes would
    share a key, or if pickles have the class under a former name that leads to it still. If `slots`
    is set, a pickle of it has its fields by position.
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

    UNKNOWN is for a task that may be cached, under a version that only a run can tell; it is
    judged as a cached task.
    """

    PINNED = "pinned"
    COMPUTED = "computed"
    AUTOMATIC = "automatic"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


class CacheSetting(msgspec.Struct, frozen=True, gc=False):
    """Whether a task is cached, and under which version.

    `version` is the value of a pinned or foldable version, else the expression with the
    constants that it reads; None if the task is not cached. For an unknown setting it is the part
    that could be read.
    """

    kind: CacheKind
    version: str | None = None


DISABLED = CacheSetting(CacheKind.DISABLED)


class Task(msgspec.Struct, frozen=True):
    """One task's typed interface and cache setting.

    `outputs` is empty for a void task. `signature` is the hash of the outputs' structure (see
    `interface.signature`). `own_definitions` are those of a task whose locked state stays behind
    the tree's (its bump is refused or postponed), where they differ from the shared ones.
    """

    sdk: Sdk
    path: str
    function: str
    cache: CacheSetting
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    signature: str
    own_definitions: dict[str, Definition] = msgspec.field(name="held", default_factory=dict)

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
        """The definitions as `task` sees them: its own ones hide the shared ones."""
        return (
            {**self.definitions, **task.own_definitions}
            if task.own_definitions
            else self.definitions
        )


class VersionSite(msgspec.Struct, frozen=True):
    """The place of a cache version in the source; many tasks may share a site.

    `holder` says what holds it, for messages: `decorator`, `constant VERSION`, `environment env`.
    `value` is what the literal evaluates to, `encoding` the file's. `refusal` says why it must not
    be edited; it is empty if it may be.
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
    """Where a task is in the source; nothing of this is locked.

    `lines` is the first and last line (1-based, inclusive) on which a waiver counts: decorators
    and signature. `returns` is the annotation of its outputs, if it has one there. `ambiguous` is
    set if Flyte's name for the task depends on `sys.path`. `ignored` are the inputs that its cache
    key leaves out.
    """

    location: Location
    lines: tuple[int, int]
    version: VersionSite | None = None
    void: VoidKind | None = None
    returns: Location | None = None
    ambiguous: bool = False
    ignored: tuple[str, ...] = ()


class UnreadableFile(msgspec.Struct, frozen=True):
    """A file that does not decode or parse.

    If `own` is set, it may hold tasks itself; else files with tasks import it. `digest` is that of
    its bytes, as far as it was asked for.
    """

    location: Location
    reason: str
    own: bool
    digest: str = ""


class Namesake(msgspec.Struct, frozen=True):
    """A task whose Flyte name `name` is also that of another task, at `first`."""

    task: str
    location: Location
    name: str
    first: Location


class Disregard(str, Enum):
    """Why Flyte does not heed a cache setting."""

    NOT_SWITCHED_ON = "not switched on"
    SWITCHED_OFF = "switched off"
    DROPPED = "dropped"
    NEVER_READ = "never read"
    OVERRIDDEN = "overridden"
    STAYS_ON = "stays on"


class IgnoredSetting(msgspec.Struct, frozen=True):
    """Cache arguments without effect.

    `by` is the switch or the maker that decides so, `instead` names what accepts them.
    """

    why: Disregard
    arguments: tuple[str, ...]
    by: str
    instead: str = ""


class IgnoredCache(msgspec.Struct, frozen=True):
    """A task that looks cached, or cached on both sides, and is not.

    `task` is its Flyte name; for a call that Flyte does not heed, the name of its function.
    """

    task: str
    location: Location
    setting: IgnoredSetting
    of_task: bool = True


class Waiver(msgspec.Struct, frozen=True):
    """An inline `# sigclock: ignore[rule] reason`."""

    location: Location
    rule: str
    reason: str


class Extraction(msgspec.Struct, frozen=True):
    """A snapshot with everything about the tree that is not locked.

    The keys of `places` are definition keys and task names. `unreadable`, `namesakes` and `ignored`
    each have a rule that reports them. `unparsed` are the files whose tasks are unknown,
    `unsettled` those that import names from such a file, perhaps a decorator or a version.
    `unrecognized` are statements that may make tasks and could not be followed. `unseen` are locked
    tasks that are now below such a statement. `notebooks` are not read, and seem to have tasks.
    `former_names` lead to classes of the tree, given by their own names, as far as was asked.
    """

    snapshot: Snapshot
    sites: dict[str, TaskSite] = {}
    places: PartLocations = {}
    unreadable: tuple[UnreadableFile, ...] = ()
    namesakes: tuple[Namesake, ...] = ()
    ignored: tuple[IgnoredCache, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    unparsed: frozenset[str] = frozenset()
    unsettled: frozenset[str] = frozenset()
    unrecognized: tuple[Unrecognized, ...] = ()
    notebooks: tuple[str, ...] = ()
    unseen: frozenset[str] = frozenset()
    former_names: dict[str, str] = {}
