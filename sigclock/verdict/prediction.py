"""What local and remote will do with the next call: hit, miss, stale, never or unknown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from sigclock.interface.change import Change, ChangeKind, of_outputs
from sigclock.interface.reachability import Reachable
from sigclock.interface.remote_key import remote_view
from sigclock.interface.snapshot import CacheKind, Definition, Sdk, Task
from sigclock.interface.type_tree import is_unresolved
from sigclock.tasks.declaration import follows, is_read
from sigclock.verdict.endings import ending
from sigclock.verdict.finding import Outcome, Prediction
from sigclock.verdict.version_text import salt, written

Definitions = Mapping[str, Definition]

_SAME_ARGUMENTS = {
    ChangeKind.MEMBER_ADDED,
    ChangeKind.MEMBER_REMOVED,
    ChangeKind.LITERAL_ADDED,
    ChangeKind.LITERAL_REMOVED,
    ChangeKind.BECAME_OPTIONAL,
    ChangeKind.BECAME_REQUIRED,
    ChangeKind.UNION_MEMBER_ADDED,
    ChangeKind.UNION_MEMBER_REMOVED,
    ChangeKind.CLASS_RENAMED,
    ChangeKind.CLASS_KIND_CHANGED,
    ChangeKind.ORDER_CHANGED,
    ChangeKind.ARTIFACT_CHANGED,
    ChangeKind.COLUMN_ADDED,
    ChangeKind.COLUMN_REMOVED,
    ChangeKind.COLUMN_RETYPED,
}

_NEVER = Prediction(Outcome.NEVER, Outcome.NEVER, None, "the task is not cached")
_UNTOLD = Prediction(
    Outcome.UNKNOWN, Outcome.UNKNOWN, None, "whether it is cached, and how, cannot be read"
)
_UNREAD = Prediction(
    Outcome.UNKNOWN,
    Outcome.UNKNOWN,
    None,
    "not both versions can be read, so they may be the same",
)


def predict(
    baseline: Task | None,
    current: Task | None,
    before: Definitions,
    after: Definitions,
    changes: Iterable[Change],
    ignored: Collection[str] = (),
    *,
    same: bool = False,
) -> Prediction:
    """The prediction for a task whose inputs were seen before; either side may be missing.

    `ignored` are the inputs that the cache key leaves out. `same` tells that the two sides are
    known to be equal, so that they need no comparing.
    """
    if current is None or not current.cached:
        return _NEVER
    if current.cache.kind is CacheKind.UNKNOWN:
        return _UNTOLD
    if baseline is None or not baseline.cached:
        return Prediction(
            Outcome.MISS,
            _remote(Outcome.MISS, current),
            None,
            "nothing is stored under this name yet",
        )
    if may_be_same_version(baseline, current):
        return _UNREAD
    if baseline.cache.version != current.cache.version:
        return Prediction(
            Outcome.MISS, _remote(Outcome.MISS, current), None, "the version is in both keys"
        )
    if any(_moves_arguments(change, ignored, after) for change in changes):
        reason = "the inputs have another shape now, and both keys have the inputs"
        return Prediction(Outcome.MISS, _remote(Outcome.MISS, current), None, reason)
    moved = not same and _remote_moved(baseline, current, before, after)
    changed = baseline.signature != current.signature
    if current.sdk is Sdk.FLYTE and moved:
        return Prediction(
            Outcome.MISS, Outcome.MISS, None, "Flyte 2 has the whole interface in both keys"
        )
    if swapped(baseline, current, changes):
        remote = Outcome.MISS if moved else Outcome.STALE
        reason = "a stored value is read as the member that has it now"
        return Prediction(Outcome.STALE, _remote(remote, current), "silent", reason)
    if not changed:
        remote = Outcome.MISS if moved else Outcome.HIT
        reason = (
            "only the remote key moves; what is stored is still right"
            if moved
            else "neither key moves"
        )
        return Prediction(Outcome.HIT, _remote(remote, current), None, reason)
    untold = _is_untold(baseline, before) or _is_untold(current, after)
    if untold and not (moved and _is_told(changes)):
        reason = "a part of the outputs is not followed, so how it is sent is not known"
        return Prediction(Outcome.STALE, _remote(Outcome.UNKNOWN, current), None, reason)
    remote = Outcome.MISS if moved else Outcome.STALE
    outcome = ending(changes, current, before, after)
    return Prediction(Outcome.STALE, _remote(remote, current), outcome, _why(current, moved=moved))


def may_be_same_version(baseline: Task, current: Task) -> bool:
    """Whether the versions are spelled differently, and may come to the same all the same."""
    if baseline.cache.version == current.cache.version:
        return False
    return is_read(baseline.cache) is not is_read(current.cache) or is_respelled(baseline, current)


def is_respelled(baseline: Task, current: Task) -> bool:
    """Whether neither version can be read, and the text that both surely have did not change.

    That text is what a person changes to move such a version.
    """
    old, new = baseline.cache, current.cache
    if old.version == new.version:
        return False
    if old.kind is new.kind is CacheKind.AUTOMATIC:
        first = current.sdk is Sdk.FLYTEKIT and not (follows(old) or follows(new))
        return first and salt(old.version or "") == salt(new.version or "")
    unread = not (is_read(old) or is_read(new))
    return unread and written(old.version or "") == written(new.version or "")


def uncertain(prediction: Prediction) -> Prediction:
    """The same for a task of whose outputs a part is not followed: nothing is sure to be a hit."""
    local, remote = (
        Outcome.UNKNOWN if outcome is Outcome.HIT else outcome
        for outcome in (prediction.local, prediction.remote)
    )
    reason = "a part of the outputs is not followed, so it may have changed"
    known = (local, remote) == (prediction.local, prediction.remote)
    return prediction if known else Prediction(local, remote, None, reason)


def swapped(baseline: Task, current: Task, changes: Iterable[Change]) -> list[Change]:
    """The enum members that have other values now, though the enum has the same ones as before.

    No hash can tell this from renames, which are harmless: three of them, one after the other,
    make a swap. So it is said, and moves no version. Flyte 2 sends an enum by its members' names,
    but inside a record by their values.
    """
    if baseline.signature != current.signature:
        return []
    depth = 2 if current.sdk is Sdk.FLYTEKIT else 3
    return [
        change
        for change in changes
        if change.kind is ChangeKind.MEMBER_REVALUED
        and change.path.startswith("outputs.")
        and change.path.count(".") >= depth
    ]


def _moves_arguments(change: Change, ignored: Collection[str], definitions: Definitions) -> bool:
    """Whether a change of inputs makes the local key another one.

    It does not where a defaulted input is added, an enum or literal gains a value, a union or
    optional widens, or only names and order change: the same arguments are stored alike.
    """
    if not change.path.startswith("inputs.") or change.kind in _SAME_ARGUMENTS:
        return False
    return not is_unseen(change, ignored, definitions)


def is_unseen(change: Change, ignored: Collection[str], definitions: Definitions) -> bool:
    """Whether the remote key sees a change of inputs and the local one does not.

    So it is where a defaulted input is added, an enum gains a value, a string becomes an enum, or
    an input changes that the key leaves out: the local key has but the values that were passed.
    """
    if not change.path.startswith("inputs."):
        return False
    name = re.split(r"[.\[]", change.path)[1]
    added = change.kind is ChangeKind.INPUT_ADDED and change.default
    became = definitions.get(change.current or "") if change.baseline == "str" else None
    enumerated = became is not None and became.kind.has_members
    return added or enumerated or change.kind is ChangeKind.MEMBER_ADDED or name in ignored


def _why(current: Task, *, moved: bool) -> str:
    if current.sdk is Sdk.FLYTE:
        return "Flyte pickles what changed, so neither key sees it"
    if moved:
        return "the local key has no return type in it; the remote one has"
    return "the local key has no return type in it, and the remote one does not see this part"


def _remote(outcome: Outcome, task: Task) -> Outcome:
    """A Flyte 1 cluster never caches a task without outputs."""
    return Outcome.NEVER if task.void and task.sdk is Sdk.FLYTEKIT else outcome


def _remote_moved(baseline: Task, current: Task, before: Definitions, after: Definitions) -> bool:
    return any(
        remote_view(old, before, current.sdk) != remote_view(new, after, current.sdk)
        for old, new in ((baseline.outputs, current.outputs), (baseline.inputs, current.inputs))
    )


def _is_told(changes: Iterable[Change]) -> bool:
    """Whether something changed that was followed on both sides."""
    return any(
        change.kind is not ChangeKind.BASE_CHANGED
        and "Unresolved[" not in f"{change.baseline} {change.current}"
        for change in of_outputs(changes)
    )


def _is_untold(task: Task, definitions: Definitions) -> bool:
    """Whether a part of what a task returns cannot be followed."""
    reached = Reachable(definitions).keys(task.outputs)
    parts = [field.type for field in task.outputs]
    for key in reached:
        definition = definitions[key]
        parts += [*(field.type for field in definition.fields), *definition.bases]
    return any(map(is_unresolved, parts))
