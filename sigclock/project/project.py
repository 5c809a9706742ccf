"""A project: a directory with a lock, its configuration, and the analysis of one tree of it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from sigclock.errors import UsageError
from sigclock.git.repository import Repository
from sigclock.incremental import cabinet, summaries
from sigclock.incremental.summaries import Reading
from sigclock.interface.snapshot import Extraction
from sigclock.lock import reader as lockfile
from sigclock.lock.lock import Lock
from sigclock.project import baseline as locks
from sigclock.project import config
from sigclock.project.baseline import Standing
from sigclock.project.config import Config
from sigclock.source import LOCK_NAME, Location, SourceTree
from sigclock.tasks.extract import Options
from sigclock.verdict import acceptance, plan
from sigclock.verdict import call_graph as callgraph
from sigclock.verdict import judge as verdict
from sigclock.verdict import report as reports
from sigclock.verdict.finding import Finding, Level, TaskReport
from sigclock.verdict.judge import Judgement
from sigclock.verdict.plan import Plan, Policy
from sigclock.verdict.report import Counts
from sigclock.verdict.rules import RULES
from sigclock.verdict.wording import count, enumerate_names

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

    def reading(self, repository: Repository, tree: SourceTree, *, keep: bool = True) -> Reading:
        """The same with all that was found out on the way."""
        told = self.config
        makers = (sorted(told.task_decorators), sorted(told.not_tasks))
        facts = (told.source_roots, told.include, told.exclude, *makers)
        settings = repr((self.directory, self.nested, facts))
        return summaries.read(repository, tree, self.options(), settings, keep=keep)


def unix(data: bytes) -> bytes:
    """The bytes of a lock as sigclock writes them, whatever Git's checkout made of its lines."""
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


class Analysis(msgspec.Struct, frozen=True, dict=True):
    """One project of one tree, held against its lock.

    `lock_data` are the lock's bytes in the tree, None where there is none; `said` tells what was
    unusual about it. `as_written` tells that they are known to be those that sigclock writes.
    `accepted` has the tasks that stand on each reason of a person's. Where only a part of a project
    was read, `beside` counts the rest of it, and `following` are the bytes of the whole next lock.
    """

    project: Project
    extraction: Extraction
    lock: Lock
    lock_data: bytes | None
    plan: Plan
    tasks: dict[str, TaskReport]
    findings: list[Finding]
    said: tuple[str, ...] = ()
    as_written: bool = False
    accepted: dict[str, list[str]] = {}
    beside: Counts = Counts()
    following: bytes | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for people."""
        return (*self.said, *acceptance.notes(self.accepted), *self._unread_notebooks)

    @property
    def _unread_notebooks(self) -> Iterator[str]:
        found = self.extraction.notebooks
        if found:
            seem = "seems to hold tasks and is" if len(found) == 1 else "seem to hold tasks and are"
            yield f"{count(len(found), 'notebook')} {seem} not read: {enumerate_names(found)}"

    @cached_property
    def counts(self) -> Counts:
        """How many tasks the project has."""
        return reports.counts(self.extraction).plus(self.beside)

    @cached_property
    def next_data(self) -> bytes:
        """The bytes of the lock that `update` would write."""
        return lockfile.dumps(self.plan.lock) if self.following is None else self.following

    @property
    def outdated(self) -> bool:
        """Whether `update` would change the lock; ends of lines are Git's business (autocrlf)."""
        if self.following is not None:
            return self.following != self.lock_data
        if self.as_written and self.plan.lock == self.lock:
            return False
        return self.lock_data is None or unix(self.lock_data) != self.next_data


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
    levels = [Level(one.config.fail_on) for one in found]
    return max(levels, key=lambda level: level.rank, default=Level.ERROR)


def _below(directory: str, others: Iterable[str]) -> list[str]:
    prefix = f"{directory}/" if directory else ""
    return sorted(one for one in others if one != directory and one.startswith(prefix))


def analyse(
    repository: Repository,
    tree: SourceTree,
    project: Project,
    *,
    bump: bool = True,
    others: Sequence[str] = (),
) -> Analysis:
    """Read one project of a tree, hold it against its lock and against all history.

    `others` are revisions whose history counts beside HEAD's.
    """
    # Sources first: what was needed for them is let go of before a large lock takes its room.
    extraction = project.extraction(repository, tree)
    cabinet.let_go()
    standing = locks.find(repository, tree, project.lock_path, others, extraction.snapshot)
    found = judge(project, standing, extraction, bump=bump)
    remember(repository, found)
    return found


def remember(repository: Repository, analysis: Analysis) -> None:
    """Keep what the lock says for the next run, if it is one that sigclock wrote."""
    if not analysis.as_written:
        locks.keep(repository, analysis.next_data, analysis.plan.lock)


def judge(
    project: Project,
    standing: Standing,
    extraction: Extraction,
    *,
    bump: bool = True,
    postponed: Collection[str] = (),
) -> Analysis:
    """Hold what was read against the lock; `postponed` tasks are not bumped for their own sake."""
    settings = project.config
    policy = Policy(
        settings.bump,
        bump,
        settings.shared_versions == "bump",
        "inputs" in settings.track,
        frozenset(postponed),
    )
    lock = standing.lock
    decided = plan.plan(lock, extraction, standing.visible, policy)
    tasks = reports.of_plan(decided, lock, extraction)
    findings = verdict.judge(decided, extraction, tasks, judgement(settings))
    return Analysis(
        project,
        extraction,
        lock,
        standing.data,
        decided,
        tasks,
        findings,
        standing.notes,
        standing.as_written,
        acceptance.served(decided),
    )


def tasks_of(analyses: Iterable[Analysis], tree: SourceTree) -> list[TaskReport]:
    """Every task's report, with the size of what recomputes with it."""
    return [
        task
        for one in analyses
        for task in callgraph.with_radius(
            one.tasks, tree, one.project.options(), one.extraction
        ).values()
    ]


def findings_of(analyses: Iterable[Analysis]) -> list[Finding]:
    """Every finding as `check` tells it: nothing counts as mended, and the locks are judged too."""
    found: list[Finding] = []
    for one in analyses:
        found += [msgspec.structs.replace(finding, fixed=False) for finding in one.findings]
        found += [_outdated(one)] if one.outdated else []
    return sorted(found, key=verdict.order)


def _outdated(analysis: Analysis) -> Finding:
    """The finding that `update` would change the lock."""
    path = analysis.project.lock_path
    why = "differs from what `sigclock update` would write"
    if analysis.lock_data is None:
        why = "does not exist yet; `sigclock update` writes it"
    return verdict.finding("lock-outdated", Location(path, 1), f"{path} {why}")


def judgement(settings: Config) -> Judgement:
    """What the configuration says of findings."""
    off = settings.void == "off"
    level = None if off or settings.void is None else Level(settings.void)
    return Judgement(level, off, frozenset(settings.select), frozenset(settings.ignore))
