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
from differential.kinds.row import Row

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


def rows() -> list[Row]:
    """All pairs, of all kinds."""
    return [row for kind in KINDS for row in kind()]
