"""Facts about what differs between two snapshots; no judgement here."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import msgspec

from sigclock.source import Location


class ChangeKind(str, Enum):
    """What happened to one part of an interface, as a reader would say it."""

    OUTPUT_ADDED = "output-added"
    OUTPUT_REMOVED = "output-removed"
    OUTPUT_RENAMED = "output-renamed"
    BECAME_VOID = "became-void"
    BECAME_VALUE = "became-value"
    INPUT_ADDED = "input-added"
    INPUT_REMOVED = "input-removed"
    FIELD_ADDED = "field-added"
    FIELD_REMOVED = "field-removed"
    FIELD_RENAMED = "field-renamed"
    RETYPED = "retyped"
    BECAME_OPTIONAL = "became-optional"
    BECAME_REQUIRED = "became-required"
    CONTAINER_CHANGED = "container-changed"
    ITEM_ADDED = "item-added"
    ITEM_REMOVED = "item-removed"
    UNION_MEMBER_ADDED = "union-member-added"
    UNION_MEMBER_REMOVED = "union-member-removed"
    LITERAL_ADDED = "literal-added"
    LITERAL_REMOVED = "literal-removed"
    MEMBER_ADDED = "member-added"
    MEMBER_REMOVED = "member-removed"
    MEMBER_REVALUED = "member-revalued"
    BASE_CHANGED = "base-changed"
    CLASS_KIND_CHANGED = "class-kind-changed"
    CLASS_RENAMED = "class-renamed"
    FORMAT_CHANGED = "format-changed"
    ARTIFACT_CHANGED = "artifact-changed"
    COLUMN_ADDED = "column-added"
    COLUMN_REMOVED = "column-removed"
    COLUMN_RETYPED = "column-retyped"
    ORDER_CHANGED = "order-changed"


class Change(msgspec.Struct, frozen=True):
    """One part that differs.

    `path` leads to it from the task: `outputs.o0.count`, `outputs.o0.stats[].mean`, `inputs.x`.
    `baseline` and `current` are spelled types (or member values); None if there was none.
    `definition` is the key of the class that has the part, None for the task's own interface.
    `location` is where it is declared now; if it was removed, where its owner is declared.
    `default` tells whether an added part has a default.
    """

    kind: ChangeKind
    path: str
    baseline: str | None
    current: str | None
    location: Location | None = None
    definition: str | None = None
    default: bool = False


def of_outputs(changes: Iterable[Change]) -> list[Change]:
    """The changes of what a task returns."""
    return [change for change in changes if change.path.startswith("outputs")]


def is_of_inputs(change: Change) -> bool:
    """Whether it is a change of what a task takes."""
    return change.path.startswith("inputs")
