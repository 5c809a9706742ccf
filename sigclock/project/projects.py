"""The projects of a tree, each with its configuration, and names as people write them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import msgspec

from sigclock.errors import ConfigError, UsageError
from sigclock.git.repository import Repository
from sigclock.incremental import summaries
from sigclock.incremental.summaries import TreeReading
from sigclock.interface.snapshot import Extraction, Task
from sigclock.project import config, packaging
from sigclock.project.config import Config
from sigclock.python.names.import_roots import Declared, Link
from sigclock.python.names.links import links
from sigclock.python.values.constant_uses import Published
from sigclock.source import LOCK_NAME, SourceTree, named
from sigclock.tasks.extract import Options
from sigclock.verdict.finding import Level
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import enumerate_names

_PYPROJECT = "pyproject.toml"


class Project(msgspec.Struct, frozen=True):
    """What one lock covers: `directory` ("" is the root) without the `nested` projects in it.

    `is_configured` tells whether somebody wrote its configuration. `declared` is what packaging
    metadata of the repository says of folders, as `Layout` has it, `published` are the constants
    that it reads. `links` are the repository's.
    """

    directory: str
    config: Config
    nested: tuple[str, ...] = ()
    is_configured: bool = False
    declared: tuple[Declared, ...] = ()
    published: tuple[Published, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def lock_path(self) -> str:
        return f"{self.directory}/{LOCK_NAME}" if self.directory else LOCK_NAME

    @property
    def configuration_path(self) -> str:
        return f"{self.directory}/{_PYPROJECT}" if self.directory else _PYPROJECT

    @property
    def is_selective(self) -> bool:
        """Whether it leaves out files of its directory."""
        return bool(self.config.include or self.config.exclude)

    def selects(self, path: str) -> bool:
        """Whether tasks in this file belong to the project."""
        if self.directory and not path.startswith(f"{self.directory}/"):
            return False
        if any(path.startswith(f"{inner}/") for inner in self.nested):
            return False
        return self.config.selects(path[len(self.directory) :].lstrip("/"))

    def left_out(self, tasks: Mapping[str, Task], tree: SourceTree) -> frozenset[str]:
        """The names of the tasks whose files are in the tree, and left out by the configuration."""
        start = f"{self.directory}/" if self.directory else ""
        lost = {
            name: task.path
            for name, task in tasks.items()
            if task.path.startswith(start) and not self.config.selects(task.path[len(start) :])
        }
        paths = frozenset(tree.paths()) if lost else frozenset()
        return frozenset(name for name, path in lost.items() if path in paths)

    def options(self) -> Options:
        """What reading needs of the configuration, with paths relative to the repository."""
        roots = [f"{self.directory}/{root}".strip("/") for root in self.config.source_roots]
        everything = not (
            self.directory or self.nested or self.config.include or self.config.exclude
        )
        return Options(
            tuple(root.removesuffix("/.").removeprefix("./") for root in roots),
            frozenset(self.config.task_decorators),
            frozenset(self.config.not_tasks),
            Options().selects if everything else self.selects,
            self.declared,
            self.published,
            self.links,
        )

    def extraction(
        self, repository: Repository, tree: SourceTree, *, keep: bool = True
    ) -> Extraction:
        """What the project's files declare in one of the repository's trees.

        `keep` stores it for the next run; clear it for a tree that is only compared with another.
        """
        return self.reading(repository, tree, keep=keep).extraction

    def reading(
        self, repository: Repository, tree: SourceTree, *, keep: bool = True
    ) -> TreeReading:
        """The same with what the next run needs to move on from it."""
        settings = self.config
        decorators = (sorted(settings.task_decorators), sorted(settings.not_tasks))
        paths = (settings.source_roots, settings.include, settings.exclude)
        said = (self.declared, self.published, *([self.links] if self.links else []))
        key = repr((self.directory, self.nested, (*paths, *decorators), *said))
        return summaries.read(repository, tree, self.options(), key, keep=keep)


class Past(msgspec.Struct, frozen=True):
    """A project that was: its last configuration, and the blobs of all that it had."""

    project: Project
    blobs: frozenset[str]


class Overrides(msgspec.Struct, frozen=True):
    """Options of the command line that override the configuration; None overrides nothing.

    `config` is the content of another configuration file, for the repository's root.
    """

    config: bytes | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    fail_on: str | None = None

    def apply(self, settings: Config) -> Config:
        named = {"select": self.select, "ignore": self.ignore, "fail_on": self.fail_on}
        values = {name: value for name, value in named.items() if value is not None}
        return msgspec.structs.replace(settings, **values)


def rule_ids(names: Iterable[str], option: str) -> tuple[str, ...]:
    """The names, if all are rules; else `UsageError` with the nearest rule."""
    known = tuple(names)
    for name in known:
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1)
            advice = f"did you mean {near[0]!r}?" if near else "see `sigclock rules`"
            raise UsageError(f"{option} names {name!r}, which is not a rule", advice=advice)
    return known


def ignorable(names: Iterable[str]) -> tuple[str, ...]:
    """The names of rules for `--ignore`; `UsageError` for one that nobody can switch off."""
    known = rule_ids(names, "--ignore")
    for name in known:
        if RULES[name].is_certain:
            advice = "`sigclock accept` says that a change means nothing to the cache"
            raise UsageError(f"{name} cannot be ignored", advice=advice)
    return known


def projects(tree: SourceTree, overrides: Overrides) -> list[Project]:
    """A project for each `pyproject.toml` with `[tool.sigclock]`; the root if there is none.

    So is a folder with a lock that lies in no project: else a table in a folder below would take it
    out of sight.
    """
    paths = tuple(tree.paths())
    found = named(paths, *packaging.FILES, LOCK_NAME)
    metadata = [path for path in found if not path.endswith(LOCK_NAME)]
    said = packaging.read(tree, metadata)
    targets = getattr(tree, "links", None)
    linked = links(targets(), paths) if targets else ()
    if overrides.config is not None:
        settings = overrides.apply(config.load(overrides.config, "--config"))
        return [Project("", settings, (), True, said.declared, said.published, linked)]  # noqa: FBT003
    configs: dict[str, Config] = {}
    for path in metadata:
        directory, _, name = path.rpartition("/")
        if name == _PYPROJECT:
            data = tree.read(path)
            if config.has_table(data):
                configs[directory] = config.load(data, path)
    is_configured = bool(configs)
    for path in found if configs else ():
        directory, _, name = path.rpartition("/")
        if name == LOCK_NAME and not any(_holds(outer, directory) for outer in configs):
            configs[directory] = Config()
    if not configs:
        configs[""] = Config()
    return [
        Project(
            directory,
            overrides.apply(settings),
            tuple(_below(directory, configs)),
            is_configured,
            said.declared,
            said.published,
            linked,
        )
        for directory, settings in sorted(configs.items())
    ]


def past(
    repository: Repository, tip: str, current: Sequence[Project], overrides: Overrides
) -> dict[str, Past]:
    """By directory, the projects of a tip's history that none of the `current` ones stands for."""
    if overrides.config is not None:
        return {}
    tables: dict[str, dict[str, bytes]] = {}
    for path, blob in repository.named(_PYPROJECT, [tip]):
        data = repository.objects.read(blob)
        if config.has_table(data):
            tables.setdefault(path.rpartition("/")[0], {})[blob] = data
    now = {project.directory: project for project in current}
    places = sorted(tables.keys() | now.keys())
    found: dict[str, Past] = {}
    for directory, blobs in tables.items():
        if directory in now:
            continue
        with suppress(ConfigError):
            settings = config.load([*blobs.values()][-1], f"{directory}/{_PYPROJECT}")
            nested, said = tuple(_below(directory, places)), current[0] if current else None
            declared = (said.declared, said.published) if said else ((), ())
            project = Project(directory, overrides.apply(settings), nested, True, *declared)  # noqa: FBT003
            found[directory] = Past(project, frozenset(blobs))
    return found


def fail_level(all_projects: Iterable[Project]) -> Level:
    """The strictest `fail-on` of the projects."""
    levels = [Level(project.config.fail_on) for project in all_projects]
    return max(levels, key=lambda level: level.rank, default=Level.ERROR)


def _holds(outer: str, directory: str) -> bool:
    return not outer or f"{directory}/".startswith(f"{outer}/")


def _below(directory: str, others: Iterable[str]) -> list[str]:
    prefix = f"{directory}/" if directory else ""
    return sorted(other for other in others if other != directory and other.startswith(prefix))


def find(query: str, what: str, *groups: Iterable[str]) -> str:
    """The name that `query` is, or is the only end of; else `UsageError` with the nearest.

    An end counts in the first of the groups in which one is found. `what` is the noun for messages,
    in the singular: `task`, `class`.
    """
    known = [sorted(set(names)) for names in groups]
    every = [name for names in known for name in names]
    if query in every:
        return query
    found = ([name for name in names if name.endswith(f".{query}")] for names in known)
    ends = next(filter(None, found), [])
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise UsageError(
            f"{query!r} is the end of the name of more than one {what}",
            advice=f"name one of them: {enumerate_names(ends)}",
        )
    by_end = {name.rpartition(".")[2]: name for name in reversed(every)}
    near = difflib.get_close_matches(query, every, n=1)
    near += map(by_end.__getitem__, difflib.get_close_matches(query, by_end, n=1))
    advice = f"there is no {what} to choose from"
    if near:
        advice = f"did you mean {near[0]!r}?"
    elif every:
        advice = f"choose from {enumerate_names(every)}; `sigclock tasks` lists the tasks"
    raise UsageError(f"no {what} is called {query!r}", advice=advice)
