"""A name as a person writes it, in full or by its unambiguous end, among those that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from sigclock.errors import UsageError
from sigclock.verdict.wording import enumerate_names


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
