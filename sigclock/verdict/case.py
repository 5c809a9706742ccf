"""The facts about a project that rules may read, each by its key."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from sigclock.interface.change import Change
from sigclock.interface.reachability import Reachable, reachable_of
from sigclock.interface.remote_key import is_pickled
from sigclock.interface.snapshot import (
    Extraction,
    IgnoredCache,
    Namesake,
    Task,
    TaskSite,
    UnreadableFile,
    Waiver,
)
from sigclock.interface.types import Type, Unresolved
from sigclock.interface.unrecognized import Unrecognized
from sigclock.python.types.classes import EXTERNAL_NAMES
from sigclock.verdict.decision import Decision, Refusal
from sigclock.verdict.finding import Bump, Prediction, Rule, TaskReport
from sigclock.verdict.plan import Plan
from sigclock.verdict.unrecognized import unwaived


class Fact(Enum):
    """A kind of fact, by the attribute of `Case` or `TaskCase`; comments say what it depends on."""

    #: Which tasks are cached: the cache settings.
    CACHED = "cached"
    #: A task's interface and cache setting.
    TASK = "task"
    #: Where a task and its version are written, and which inputs its key leaves out.
    SITE = "site"
    #: The task as it is locked.
    BASELINE = "baseline"
    #: What happens to its version: its account, the literal, and every task that shares it.
    VERSION = "version"
    #: How its interface differs from the locked one: both sides with all classes that they reach.
    CHANGES = "changes"
    #: What both caches will do: the same, with both cache settings.
    PREDICTION = "prediction"
    #: The classes that it reaches.
    CLASSES = "classes"
    #: The literals that are bumped: each with every task that it serves.
    BUMPS = "bumps"
    #: The files that cannot be read, and whether they may hold tasks.
    UNREADABLE = "unreadable"
    #: The tasks that share a name, with how they are cached and in which branches they are.
    NAMESAKES = "namesakes"
    #: The cache arguments that Flyte does not heed.
    IGNORED = "ignored"
    #: The statements that may make tasks and could not be followed, without those waived.
    UNRECOGNIZED = "unrecognized"
    #: What all other rules found, and the waivers of the same files.
    UNUSED_WAIVERS = "unused_waivers"


class VersionPlan(msgspec.Struct, frozen=True, gc=False):
    """What happens to a task's version; see `Decision`."""

    due: bool
    next_version: str | None
    refusal: Refusal | None


class Classes:
    """The classes that tasks reach; all tasks without own definitions share one instance."""

    def __init__(self, reach: Reachable) -> None:
        self.reach = reach
        self._opaque: dict[Type, bool] = {}
        self._sent: set[tuple[str, tuple[Type, ...]]] = set()

    def is_opaque(self, type_: Type) -> bool:
        """Whether a value is pickled, so that remote does not see when its class changes."""
        if type_ not in self._opaque:
            known = not isinstance(type_, Unresolved)
            self._opaque[type_] = known and is_pickled(
                type_, self.reach.definitions, EXTERNAL_NAMES.packages, self._sent
            )
        return self._opaque[type_]


class TaskCase(msgspec.Struct, frozen=True, gc=False):
    """The facts about one cached task; each attribute but its `name` is a `Fact`.

    `name` is the lock's key: Flyte's name, with `@` and a scope where tasks share it.
    """

    name: str
    task: Task
    site: TaskSite
    baseline: Task | None
    version: VersionPlan
    changes: tuple[Change, ...]
    prediction: Prediction
    classes: Classes


class BumpCase(msgspec.Struct, frozen=True):
    """A version literal that is bumped, and those of its tasks that are due."""

    bump: Bump
    due: tuple[str, ...]


class UnusedWaiver(msgspec.Struct, frozen=True):
    """A waiver that waived nothing; `rule` is None if it names no rule that exists."""

    waiver: Waiver
    rule: Rule | None


class Case(msgspec.Struct, frozen=True):
    """The facts about one project; each attribute is a `Fact`.

    Only rules that read nothing else get `unused_waivers`: they run after the others.
    """

    cached: tuple[TaskCase, ...] = ()
    bumps: tuple[BumpCase, ...] = ()
    unreadable: tuple[UnreadableFile, ...] = ()
    namesakes: tuple[Namesake, ...] = ()
    ignored: tuple[IgnoredCache, ...] = ()
    unrecognized: tuple[Unrecognized, ...] = ()
    unused_waivers: tuple[UnusedWaiver, ...] = ()


def case(plan: Plan, extraction: Extraction, reports: Mapping[str, TaskReport]) -> Case:
    """The facts about a project, before any rule runs."""
    shared = Classes(reachable_of(extraction.snapshot))

    def task_case(decision: Decision) -> TaskCase:
        task, report = decision.task, reports[decision.name]
        return TaskCase(
            decision.name,
            task,
            extraction.sites[decision.name],
            decision.baseline,
            VersionPlan(decision.due, decision.next_version, decision.refusal),
            report.changes,
            report.prediction,
            Classes(Reachable(extraction.snapshot.definitions_of(task)))
            if task.own_definitions
            else shared,
        )

    return Case(
        tuple(task_case(decision) for decision in plan.decisions.values() if decision.task.cached),
        tuple(
            BumpCase(bump, tuple(name for name in bump.tasks if plan.decisions[name].due))
            for bump in plan.bumps
        ),
        extraction.unreadable,
        extraction.namesakes,
        extraction.ignored,
        unwaived(extraction),
    )
