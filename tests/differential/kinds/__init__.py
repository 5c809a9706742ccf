"""Pairs of programs by what is changed in them: each kind of thing that Flyte sees has its file."""

from __future__ import annotations

from differential.kinds import (
    attributes,
    constants,
    endings,
    made_classes,
    makers,
    module_names,
    moved_classes,
    stored_names,
)
from differential.kinds.row import Row, on_flyte

KINDS = (
    makers.rows,
    module_names.rows,
    constants.rows,
    made_classes.rows,
    attributes.rows,
    moved_classes.rows,
    stored_names.rows,
    endings.rows,
)


#: What another SDK stores otherwise; how a task is made is each SDK's own.
STORED = (
    constants.rows,
    made_classes.rows,
    attributes.rows,
    moved_classes.rows,
    stored_names.rows,
    endings.rows,
)


def rows() -> list[Row]:
    """All pairs, of all kinds."""
    return [row for kind in KINDS for row in kind()]


def flyte_rows() -> list[Row]:
    """What can be written for Flyte 2: it needs nothing else of flytekit."""
    ported = (on_flyte(row) for kind in STORED for row in kind())
    return [row for row in ported if row is not None]
