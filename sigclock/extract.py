"""Source tree → Extraction: the story of the analysis, in order.

Candidates are found by their bytes, every decorator and call in them is evaluated, a dialect says
which of them declare tasks, annotations are resolved, and every class that they reach is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from sigclock.declarations import following
from sigclock.dialects import DIALECTS, HOMES
from sigclock.discovery import Discovery
from sigclock.found import Found
from sigclock.interfaces import Interface, interface
from sigclock.model.snapshot import (
    CacheKind,
    CacheSetting,
    Definition,
    Extraction,
    Place,
    Problem,
    Sdk,
    Snapshot,
    Task,
    TaskSite,
    Waiver,
)
from sigclock.model.source import Location, SourceTree
from sigclock.namesakes import Rank, distinguish
from sigclock.resolve.bindings import exclusive
from sigclock.resolve.candidates import candidates, factories
from sigclock.resolve.definitions import Definitions
from sigclock.resolve.evaluator import Evaluator
from sigclock.resolve.modules import Modules
from sigclock.resolve.names import Names
from sigclock.signature import Hasher
from sigclock.sites import Sites
from sigclock.waivers import waivers


class Options(msgspec.Struct, frozen=True):
    """What configuration says of the analysis; `selects` tells which files may hold tasks."""

    source_roots: tuple[str, ...] = ()
    task_decorators: frozenset[str] = frozenset()
    selects: Callable[[str], bool] = lambda _path: True


class Declared(msgspec.Struct, frozen=True):
    """A task as its own file tells it, before tasks of one name are told apart in the whole tree.

    `task.held` has every definition that it reaches, `places` where their parts are declared.
    """

    name: str
    rank: Rank
    owner: str
    task: Task
    places: dict[tuple[str, str], Place]
    ambiguous: bool


def extract(tree: SourceTree, options: Options | None = None) -> Extraction:
    """Everything that one tree declares. Never raises for what is in the files."""
    options = options or Options()
    return Extractor(Modules(tree, options.source_roots), options).extraction()


class Extractor:
    """The parts of one run, each built once."""

    def __init__(self, modules: Modules, options: Options) -> None:
        self._options = options
        self._modules = modules
        self._names = Names(self._modules)
        self._evaluator = Evaluator(self._names, HOMES)
        self._definitions = Definitions(self._evaluator)
        self._discovery = Discovery(self._evaluator, options.task_decorators)

    def extraction(self) -> Extraction:
        paths = self._candidates()
        found = [one for path in paths for one in self._discovery.declared(path)]
        named = self._named(found)
        interfaces = {
            key: interface(one.declaration, self._definitions, self._names)
            for key, one in named.items()
        }
        definitions = self._reached(interfaces)
        hasher = Hasher(definitions)
        tasks = {key: self._task(one, interfaces[key], hasher) for key, one in named.items()}
        return Extraction(
            Snapshot(tasks, definitions),
            self._sites(named, interfaces),
            self._places(named, interfaces, definitions),
            tuple(self._problems(named, paths)),
            tuple(self._waivers(paths)),
            frozenset(self._modules.unreadable()),
            self._unsettled(paths),
        )

    def declared(self, path: str) -> Iterator[Declared]:
        """The tasks of one file, each by itself; of the tree only what they reach is read."""
        for one in self._discovery.declared(path):
            name = self._flyte_name(one)
            found = interface(one.declaration, self._definitions, self._names)
            definitions = self._reached({name: found})
            task = self._task(one, found, Hasher(definitions))
            yield Declared(
                name,
                one.rank,
                one.owner,
                msgspec.structs.replace(task, held=definitions),
                self._places({name: one}, {name: found}, definitions),
                self._is_ambiguous(one),
            )

    def factories(self, path: str) -> list[str]:
        """The names that one file binds to something that makes tasks."""
        return factories(self._modules, path, self._discovery.factories)

    # -- finding -----------------------------------------------------------------------------

    def _candidates(self) -> list[str]:
        selected = sorted(path for path in self._modules.paths if self._options.selects(path))
        return candidates(
            self._modules, selected, markers(self._options), self._discovery.factories
        )

    # -- naming ------------------------------------------------------------------------------

    def _named(self, found: list[Found]) -> dict[str, Found]:
        """Flyte's names; where several tasks share one, the last at module level keeps it."""
        groups: dict[str, list[Found]] = {}
        for one in found:
            groups.setdefault(self._flyte_name(one), []).append(one)
        named: dict[str, Found] = {}
        for name, group in groups.items():
            named.update(distinguish(name, group))
        return dict(sorted(named.items()))

    def _flyte_name(self, found: Found) -> str:
        declaration = found.declaration
        if declaration.name is not None or declaration.function is None:
            return declaration.name or f"{found.module.name}:{found.line}"
        module = declaration.function.scope.module
        # A task in a package's own file keeps that file in its name.
        suffix = ".__init__" if module.is_package else ""
        name = f"{module.name}{suffix}.{declaration.function.node.name}".lstrip(".")
        # flytekit puts the module in which a task is made before the name of a function that
        # stands in another one (`PythonFunctionTask.name`).
        maker = found.module.name
        return f"{maker}.{name}" if declaration.sdk is Sdk.FLYTEKIT and maker not in name else name

    # -- building ----------------------------------------------------------------------------

    def _reached(self, interfaces: dict[str, Interface]) -> dict[str, Definition]:
        fields = [field for one in interfaces.values() for field in (*one.inputs, *one.outputs)]
        return self._definitions.reachable([field.type for field in fields])

    def _task(self, found: Found, interface_: Interface, hasher: Hasher) -> Task:
        declaration = found.declaration
        function = declaration.function
        signature = hasher.fields(interface_.outputs)
        return Task(
            sdk=declaration.sdk,
            path=found.module.path,
            function=function.scope.nested(function.node.name)
            if function
            else (declaration.name or ""),
            cache=following(_one_line(declaration.setting), signature),
            inputs=interface_.inputs,
            outputs=interface_.outputs,
            signature=signature,
        )

    def _sites(
        self, named: dict[str, Found], interfaces: dict[str, Interface]
    ) -> dict[str, TaskSite]:
        sites = Sites(self._names, [one.declaration for one in named.values()])
        return {
            key: TaskSite(
                Location(one.module.path, one.line),
                one.lines,
                sites.site(one.declaration, one.lines, one.module.path),
                interfaces[key].void,
                self._is_ambiguous(one),
                one.declaration.ignored_inputs,
            )
            for key, one in named.items()
        }

    def _is_ambiguous(self, found: Found) -> bool:
        declaration = found.declaration
        by_path = declaration.name is None and self._modules.is_ambiguous(found.module.path)
        return declaration.ambiguous or by_path

    def _places(
        self,
        named: dict[str, Found],
        interfaces: dict[str, Interface],
        definitions: dict[str, Definition],
    ) -> dict[tuple[str, str], Place]:
        places = {
            key: place for key, place in self._definitions.places.items() if key[0] in definitions
        }
        for key, one in named.items():
            places[key, ""] = Place(Location(one.module.path, one.line))
            places.update(((key, part), place) for part, place in interfaces[key].places.items())
        return places

    def _problems(self, named: dict[str, Found], paths: list[str]) -> Iterator[Problem]:
        for path, (location, reason) in self._modules.unreadable().items():
            asked = "may hold tasks" if path in paths else "is imported by tasks"
            yield Problem(
                "unreadable-source", location, f"{path} {asked} and cannot be read: {reason}"
            )
        for key, one in named.items():
            location = Location(one.module.path, one.line)
            for rule, message in one.declaration.remarks:
                yield Problem(rule, location, f"{key}: {message}", key)
        yield from self._duplicates(named)

    def _duplicates(self, named: dict[str, Found]) -> Iterator[Problem]:
        groups: dict[str, list[tuple[str, Found]]] = {}
        for key, one in named.items():
            if not one.variant:
                groups.setdefault(self._flyte_name(one), []).append((key, one))
        for name, group in groups.items():
            group.sort(key=lambda item: (item[1].module.path, item[1].line))
            first = group[0][1]
            for key, one in group[1:] if not first.declaration.ambiguous else ():
                same_scope = one.scope is first.scope
                if same_scope and exclusive(one.branches, first.branches):
                    continue
                if not _may_collide(one, first):
                    continue
                where = Location(first.module.path, first.line)
                message = f"Flyte gives the name {name} to this task and to the one at {where}"
                yield Problem("duplicate-task", Location(one.module.path, one.line), message, key)

    def _unsettled(self, paths: list[str]) -> frozenset[str]:
        unparsed = self._modules.unreadable().keys()
        others = (path for path in paths if path not in unparsed) if unparsed else ()
        return frozenset(path for path in others if self._names.leads_to(path, unparsed))

    def _waivers(self, paths: list[str]) -> Iterator[Waiver]:
        for path in paths:
            yield from waivers(path, self._modules.read(path))


def _may_collide(one: Found, other: Found) -> bool:
    """Whether one of two tasks takes the place of the other, or may read what it cached.

    Scripts that are deployed each by itself may well use one name, and nothing is registered
    inside functions: then only cache entries can collide, and those under the hash of a function's
    source never do.
    """
    versioned = [_is_versioned(one), _is_versioned(other)]
    if "function" in {one.scope.kind, other.scope.kind}:
        return all(versioned)
    return one.module.path == other.module.path or any(versioned)


def _is_versioned(found: Found) -> bool:
    return found.declaration.setting.kind in {CacheKind.PINNED, CacheKind.COMPUTED}


def _one_line(setting: CacheSetting) -> CacheSetting:
    """A computed version's text may be long source; what identifies it is kept readable."""
    if setting.kind is CacheKind.PINNED or setting.version is None:
        return setting
    return CacheSetting(setting.kind, " ".join(setting.version.split()))


def markers(options: Options) -> frozenset[bytes]:
    """A file that holds none of these declares no task by itself."""
    own = {name.rpartition(".")[2].encode() for name in options.task_decorators}
    return frozenset(own.union(*(dialect.MARKERS for dialect in DIALECTS)))
