"""The projects of a tree, each with its configuration, and names as people write them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from sigclock.errors import UsageError
from sigclock.git.repository import Repository
from sigclock.incremental import summaries
from sigclock.incremental.summaries import TreeReading
from sigclock.interface.snapshot import Extraction
from sigclock.project import config
from sigclock.project.config import Config
from sigclock.source import LOCK_NAME, SourceTree
from sigclock.tasks.extract import Options
from sigclock.verdict.finding import Level
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import enumerate_names

_PYPROJECT = "pyproject.toml"


class Project(msgspec.Struct, frozen=True):
    """One lock's realm: `directory` ("" is the root) without the `nested` projects in it."""

    directory: str
    config: Config
    nested: tuple[str, ...] = ()

    @property
    def lock_path(self) -> str:
        return f"{self.directory}/{LOCK_NAME}" if self.directory else LOCK_NAME

    def selects(self, path: str) -> bool:
        """Whether tasks in this file belong to the project."""
        if self.directory and not path.startswith(f"{self.directory}/"):
            return False
        if any(path.startswith(f"{inner}/") for inner in self.nested):
            return False
        return self.config.selects(path[len(self.directory) :].lstrip("/"))

    def options(self) -> Options:
        """What the analysis needs of the configuration, paths made relative to the repository."""
        roots = [f"{self.directory}/{root}".strip("/") for root in self.config.source_roots]
        everything = not (
            self.directory or self.nested or self.config.include or self.config.exclude
        )
        return Options(
            tuple(root.removesuffix("/.").removeprefix("./") for root in roots),
            frozenset(self.config.task_decorators),
            frozenset(self.config.not_tasks),
            Options().selects if everything else self.selects,
        )

    def extraction(
        self, repository: Repository, tree: SourceTree, *, keep: bool = True
    ) -> Extraction:
        """What the project's files declare in one of the repository's trees.

        `keep` it for the next run: not of a tree that is only held against another one.
        """
        return self.reading(repository, tree, keep=keep).extraction

    def reading(
        self, repository: Repository, tree: SourceTree, *, keep: bool = True
    ) -> TreeReading:
        """The same with all that was found out on the way."""
        told = self.config
        makers = (sorted(told.task_decorators), sorted(told.not_tasks))
        facts = (told.source_roots, told.include, told.exclude, *makers)
        settings = repr((self.directory, self.nested, facts))
        return summaries.read(repository, tree, self.options(), settings, keep=keep)


class Overrides(msgspec.Struct, frozen=True):
    """What the command line says over the configuration; None leaves it as it is.

    `config` is the content of another configuration file, for the repository's root.
    """

    config: bytes | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    fail_on: str | None = None

    def apply(self, settings: Config) -> Config:
        named = {"select": self.select, "ignore": self.ignore, "fail_on": self.fail_on}
        given = {name: value for name, value in named.items() if value is not None}
        return msgspec.structs.replace(settings, **given)


def rule_ids(names: Iterable[str], option: str) -> tuple[str, ...]:
    """The names, all of them rules; `UsageError` names the nearest to one that is none."""
    known = tuple(names)
    for name in known:
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1)
            advice = f"did you mean {near[0]!r}?" if near else "see `sigclock rules`"
            raise UsageError(f"{option} names {name!r}, which is no rule", advice=advice)
    return known


def ignorable(names: Iterable[str]) -> tuple[str, ...]:
    """The names of rules for `--ignore`; `UsageError` for one that nobody can switch off."""
    known = rule_ids(names, "--ignore")
    for name in known:
        if RULES[name].is_certain:
            advice = "`sigclock accept` says that a change is none"
            raise UsageError(f"{name} cannot be ignored", advice=advice)
    return known


def projects(tree: SourceTree, overrides: Overrides) -> list[Project]:
    """Every directory whose `pyproject.toml` has `[tool.sigclock]`; the root if there is none."""
    if overrides.config is not None:
        return [Project("", overrides.apply(config.load(overrides.config, "--config")))]
    found: dict[str, Config] = {}
    for path in tree.paths():
        directory, _, name = path.rpartition("/") if path.endswith(_PYPROJECT) else ("", "", "")
        if name == _PYPROJECT:
            data = tree.read(path)
            if config.has_table(data):
                found[directory] = config.load(data, path)
    if not found:
        found[""] = Config()
    return [
        Project(directory, overrides.apply(settings), tuple(_below(directory, found)))
        for directory, settings in sorted(found.items())
    ]


def fail_level(found: Iterable[Project]) -> Level:
    """The strictest `fail-on` of the projects."""
    levels = [Level(project.config.fail_on) for project in found]
    return max(levels, key=lambda level: level.rank, default=Level.ERROR)


def _below(directory: str, others: Iterable[str]) -> list[str]:
    prefix = f"{directory}/" if directory else ""
    return sorted(one for one in others if one != directory and one.startswith(prefix))


def find(asked: str, known: Iterable[str], what: str) -> str:
    """The name that was meant; `UsageError` names the nearest, or all that end alike.

    `what` is looked for, in the singular: `task`, `class`.
    """
    names = sorted(set(known))
    if asked in names:
        return asked
    ends = [name for name in names if name.endswith(f".{asked}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise UsageError(
            f"{asked!r} is the end of the name of more than one {what}",
            advice=f"name one of them: {enumerate_names(ends)}",
        )
    near = difflib.get_close_matches(asked, names, n=1, cutoff=0.4)
    advice = f"did you mean {near[0]!r}?" if near else f"there is no {what} to choose from"
    raise UsageError(f"no {what} is called {asked!r}", advice=advice)
