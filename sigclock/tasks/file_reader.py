"""One file → what it declares: tasks, the classes that they reach, waivers, decorators for others.

Nothing here depends on what other files declare, only on what the names in this one lead to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from sigclock.interface.hash_schemes import Signatures
from sigclock.interface.locations import PartLocation, PartLocations, Parts, packed, unpacked
from sigclock.interface.remote_key_flyte2 import key_digest
from sigclock.interface.snapshot import (
    CacheKind,
    CacheSetting,
    Definition,
    IgnoredCache,
    IgnoredSetting,
    Sdk,
    Task,
    TaskSite,
    Waiver,
)
from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.names.bindings import Branch
from sigclock.python.names.import_roots import Declared as DeclaredFolder
from sigclock.python.names.import_roots import Layout, Link
from sigclock.python.names.modules import Modules
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import TooInvolvedError
from sigclock.python.names.syntax import UnreadableSource
from sigclock.python.types.definitions import Definitions
from sigclock.python.values.constant_uses import Published
from sigclock.python.values.evaluator import Evaluator
from sigclock.python.values.values import Constant, Use
from sigclock.source import Location
from sigclock.tasks.declaration import follow_signature
from sigclock.tasks.discovery import Discovery
from sigclock.tasks.foreign import Patterns
from sigclock.tasks.found_task import FoundTask
from sigclock.tasks.namesakes import Rank
from sigclock.tasks.sdks import HOMES
from sigclock.tasks.typed_interface import interface
from sigclock.tasks.version_sites import version_site
from sigclock.tasks.waivers import waivers
from sigclock.tasks.wrappers import PRESETS

#: How many steps one reader may take, each some 10 µs; of real files with tasks, the most involved
#: that is known needs 12,000, and of all that were seen, 221,000.
EFFORT = 300_000


class Options(msgspec.Struct, frozen=True):
    """What configuration says of the analysis; `selects` tells which files may hold tasks.

    `declared` is what packaging metadata says of folders, and `links` are symbolic, as `Layout` has
    both; `published` are the constants that the metadata reads.
    """

    source_roots: tuple[str, ...] = ()
    task_decorators: frozenset[str] = frozenset()
    not_tasks: frozenset[str] = frozenset()
    selects: Callable[[str], bool] = lambda _path: True
    declared: tuple[DeclaredFolder, ...] = ()
    published: tuple[Published, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def layout(self) -> Layout:
        """Where modules stand, as people say it."""
        return Layout(self.source_roots, self.declared, self.links)


class Class(msgspec.Struct, frozen=True):
    """A class that a task reaches, where it stands, and where its parts do."""

    definition: Definition
    location: PartLocation = msgspec.field(name="place")
    parts: Parts


class Entry(msgspec.Struct, frozen=True):
    """A task as its own file declares it.

    `name` is Flyte's, which tasks elsewhere may share. `classes` are the keys of those that it
    reaches, `locations` where its inputs stand. `site` is what the source says of it beside its
    interface. `scope` numbers the scopes of the file that hold
    tasks; it is `local` in a function. A `variant` is a task that is declared elsewhere, used under
    another cache setting; `either` tells that it is one of several under one condition. `trail` has
    the variables through which its version is reached.
    """

    name: str
    task: Task
    site: TaskSite
    rank: Rank
    owner: str
    scope: int
    classes: tuple[str, ...] = ()
    locations: dict[str, PartLocation] = msgspec.field(default_factory=dict, name="places")
    branches: tuple[Branch, ...] = ()
    local: bool = False
    variant: bool = False
    either: bool = False
    trail: tuple[Use, ...] = ()
    remarks: tuple[IgnoredSetting, ...] = ()


class FileSummary(msgspec.Struct, frozen=True):
    """All of a file that the analysis of a tree needs.

    `classes` has what its tasks reach, by keys that are unique among them only; `offers` are the
    names under which it offers decorators and environments to other files. `unrecognized` is what
    may make tasks and cannot be followed; `ignored` are calls that Flyte does not heed.
    """

    path: str
    entries: tuple[Entry, ...] = ()
    classes: dict[str, Class] = {}
    offers: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    unrecognized: tuple[Unrecognized, ...] = ()
    ignored: tuple[IgnoredCache, ...] = ()


class Declared(msgspec.Struct, frozen=True):
    """A task as its own file declares it, before tasks of one name get keys in the whole tree.

    `task.own_definitions` has every definition that it reaches, `locations` where their parts are
    declared.
    """

    name: str
    rank: Rank
    owner: str
    task: Task
    locations: PartLocations = msgspec.field(name="places")
    ambiguous: bool


def declared(summary: FileSummary) -> tuple[Declared, ...]:
    """The tasks of one file, each with all that it reaches."""
    return tuple(_declared(entry, summary.classes) for entry in summary.entries)


def parts_of(entry: Entry, class_parts: Parts | None = None) -> Parts:
    """Where a task and its parts stand; `class_parts` are those of a class of the same name."""
    own, returns = {"": PartLocation(entry.site.location)}, entry.site.returns
    if returns is not None:
        own.update((field.name, PartLocation(returns)) for field in entry.task.outputs)
    own.update(entry.locations)
    return packed(own if class_parts is None else {**unpacked(class_parts), **own})


def _declared(entry: Entry, classes: Mapping[str, Class]) -> Declared:
    reached = {key: classes[key] for key in entry.classes}
    locations = {key: class_.parts for key, class_ in reached.items()}
    locations[entry.name] = parts_of(entry, locations.get(entry.name))
    definitions = {key: class_.definition for key, class_ in reached.items()}
    task = msgspec.structs.replace(entry.task, own_definitions=definitions)
    return Declared(entry.name, entry.rank, entry.owner, task, locations, entry.site.ambiguous)


class Reader:
    """Reads files of one tree, and reuses for the next file what it has followed.

    All files together may take `effort` steps. A file that fails in a used reader may fail only
    because of the files before it; a file that fails in a new reader fails by itself.
    """

    def __init__(self, modules: Modules, options: Options, effort: int = EFFORT) -> None:
        self._modules = modules
        self._effort = effort
        self._names = Names(modules)
        self._names.left = effort
        self._evaluator = Evaluator(self._names, HOMES)
        self._definitions = Definitions(self._evaluator)
        decorators = Patterns(options.task_decorators | PRESETS)
        self._discovery = Discovery(self._evaluator, decorators, Patterns(options.not_tasks))
        self._signatures = Signatures(self._definitions.built)

    @property
    def is_new(self) -> bool:
        """Whether nothing was followed yet."""
        return self._names.left == self._effort

    def summary(self, path: str) -> FileSummary:
        """Everything that a file declares; of one that cannot be read, nothing but its waivers."""
        result = self.attempt(path)
        return (
            result
            if isinstance(result, FileSummary)
            else unread_summary(self._modules, path, result)
        )

    def attempt(self, path: str) -> FileSummary | UnreadableSource:
        """Everything that a file declares, or why that cannot be told; then this reader is used up.

        Python's stack bounds how deep things may be nested.
        """
        try:
            return self._summary(path)
        except TooInvolvedError:
            return UnreadableSource("its names lead on in too many ways to be followed", 1)
        except RecursionError:
            return UnreadableSource("its names lead on too deep to be followed", 1)

    def _summary(self, path: str) -> FileSummary:
        entries = tuple(self._entries(path))
        keys = dict.fromkeys(key for entry in entries for key in entry.classes)
        module = self._modules.module(path)
        offers: tuple[str, ...] = ()
        unclaimed: tuple[Unrecognized, ...] = ()
        if module is not None:
            offers = tuple(dict.fromkeys(self._discovery.factories(module)))
            unclaimed = tuple(self._discovery.unclaimed(module, offers))
        return FileSummary(
            path,
            entries,
            {key: self._class(key) for key in keys},
            offers,
            tuple(waivers(path, self._modules.read(path))),
            unclaimed,
            tuple(self._discovery.ignored),
        )

    def close(self) -> None:
        """Drop every syntax tree at once, though some of the parts refer to each other."""
        for part in (self._names, self._evaluator, self._definitions, self._discovery, self):
            vars(part).clear()

    def _entries(self, path: str) -> Iterator[Entry]:
        scopes: dict[int, int] = {}
        for task in list(self._discovery.declared(path)):
            scope = scopes.setdefault(id(task.scope), len(scopes))
            yield self._entry(task, scope)

    def _entry(self, found_task: FoundTask, scope: int) -> Entry:
        declaration = found_task.declaration
        declared = interface(declaration, self._definitions, self._names)
        types = [field.type for field in (*declared.inputs, *declared.outputs)]
        reached = self._definitions.reachable(types)
        function = declaration.function
        path, version = found_task.module.path, declaration.version
        # Only a run can tell where a function outside the tree is really defined.
        by_path = declaration.name is None and (
            declaration.outside is not None or self._modules.is_ambiguous(path)
        )
        task = Task(
            sdk=declaration.sdk,
            path=path,
            function=function.scope.nested(function.node.name)
            if function
            else (declaration.name or declaration.outside or ""),
            cache=follow_signature(
                _one_line(declaration.setting),
                self._signatures.long(declared.outputs, declaration.sdk),
                key_digest(declared.outputs, reached) if declaration.sdk is Sdk.FLYTE else "",
            ),
            inputs=declared.inputs,
            outputs=declared.outputs,
            signature=self._signatures.of(declared.outputs, declaration.sdk),
        )
        return Entry(
            _flyte_name(found_task),
            task,
            TaskSite(
                found_task.location,
                found_task.lines,
                version=version_site(self._modules, declaration, found_task.lines, path),
                void=declared.void,
                returns=_returns(found_task),
                ambiguous=declaration.ambiguous or by_path,
                ignored=declaration.ignored_inputs,
            ),
            found_task.rank,
            found_task.owner,
            scope,
            tuple(reached),
            {part: location for part, location in declared.locations.items() if part},
            found_task.branches,
            local=found_task.scope.kind == "function",
            variant=found_task.variant,
            either=declaration.ambiguous,
            trail=version.trail if isinstance(version, Constant) else (),
            remarks=declaration.remarks,
        )

    def _class(self, key: str) -> Class:
        definitions = self._definitions
        return Class(
            definitions.definition(key), definitions.location_of(key), definitions.locations_of(key)
        )


def unread_summary(modules: Modules, path: str, problem: UnreadableSource) -> FileSummary:
    """The summary of a file that cannot be followed; marks the file as unread."""
    modules.unread[path] = problem
    return FileSummary(path, waivers=tuple(waivers(path, modules.read(path))))


def _returns(task: FoundTask) -> Location | None:
    """The return annotation, if it stands on the lines of the task."""
    function = task.declaration.function
    if function is None or task.declaration.returns or function.scope.module is not task.module:
        return None
    first, last = task.lines
    annotation = function.node.returns
    is_there = annotation is not None and first <= annotation.lineno <= last
    return task.module.location(annotation) if annotation and is_there else None


def _flyte_name(task: FoundTask) -> str:
    declaration = task.declaration
    if declaration.name is not None:
        return declaration.name
    if declaration.function is None and declaration.outside is None:
        return f"{task.module.name}:{task.location.line}"
    name = declaration.outside or ""
    if declaration.function is not None:
        module = declaration.function.scope.module
        # A task in a package's own file keeps that file in its name.
        suffix = ".__init__" if module.is_package else ""
        name = f"{module.name}{suffix}.{declaration.function.node.name}".lstrip(".")
    # flytekit puts the module in which a task is made before the name of a function that
    # stands in another one (`PythonFunctionTask.name`).
    maker = task.module.name
    return f"{maker}.{name}" if declaration.sdk is Sdk.FLYTEKIT and maker not in name else name


def _one_line(setting: CacheSetting) -> CacheSetting:
    """The setting with a computed version's source on one line."""
    if setting.kind is CacheKind.PINNED or setting.version is None:
        return setting
    return CacheSetting(setting.kind, " ".join(setting.version.split()))
