"""Changes and predictions in words, with every name made safe for the place it is shown in."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence

from sigclock.interface.change import Change, ChangeKind, of_outputs
from sigclock.verdict.finding import Outcome, Prediction

#: Turns a name or a spelled type into text that is safe where it is shown.
Quote = Callable[[str], str]

#: Between what was and what is.
ARROW = "→"

_LONGEST = 300
#: Printable, as Python says, but nobody sees them: two names that differ in them look the same.
#: https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt (Default_Ignorable)
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
#: How a part that cannot be followed is spelled in the lock.
_UNFOLLOWED = re.compile(
    r"""Unresolved\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"), '[\w-]+'\]""", re.DOTALL
)

_TEMPLATES = {
    ChangeKind.OUTPUT_ADDED: "{place} added: {new}",
    ChangeKind.OUTPUT_REMOVED: "{place} removed: {old}",
    ChangeKind.OUTPUT_RENAMED: "{whose} renamed: {old} → {new}",
    ChangeKind.BECAME_VOID: "the task returns nothing now, was {old}",
    ChangeKind.BECAME_VALUE: "the task returns {new} now, was nothing",
    ChangeKind.INPUT_ADDED: "{place} added: {new}",
    ChangeKind.INPUT_REMOVED: "{place} removed: {old}",
    ChangeKind.FIELD_ADDED: "field {leaf}: {new} added to {owner}",
    ChangeKind.FIELD_REMOVED: "field {leaf}: {old} removed from {owner}",
    ChangeKind.FIELD_RENAMED: "{whose} renamed: {old} → {new}",
    ChangeKind.RETYPED: "{place} retyped: {old} → {new}",
    ChangeKind.BECAME_OPTIONAL: "{place} became optional: {old} → {new}",
    ChangeKind.BECAME_REQUIRED: "{place} became required: {old} → {new}",
    ChangeKind.CONTAINER_CHANGED: "{place} is another container: {old} → {new}",
    ChangeKind.ITEM_ADDED: "{place} added: {new}",
    ChangeKind.ITEM_REMOVED: "{place} removed: {old}",
    ChangeKind.UNION_MEMBER_ADDED: "{place} gained a union member: {old} → {new}",
    ChangeKind.UNION_MEMBER_REMOVED: "{place} lost a union member: {old} → {new}",
    ChangeKind.LITERAL_ADDED: "literal {new} added to {place}",
    ChangeKind.LITERAL_REMOVED: "literal {old} removed from {place}",
    ChangeKind.MEMBER_ADDED: "member {leaf} = {new} added to {owner}",
    ChangeKind.MEMBER_REMOVED: "member {leaf} = {old} removed from {owner}",
    ChangeKind.MEMBER_REVALUED: "member {leaf} of {owner} revalued: {old} → {new}",
    ChangeKind.BASE_CHANGED: "base of {owner} changed: {old} → {new}",
    ChangeKind.CLASS_KIND_CHANGED: "{owner} changed from {old} to {new}",
    ChangeKind.CLASS_RENAMED: "class renamed: {old} → {new}",
    ChangeKind.FORMAT_CHANGED: "format of {place} changed: {old} → {new}",
    ChangeKind.ARTIFACT_CHANGED: "artifact of {place} changed: {old} → {new}",
    ChangeKind.COLUMN_ADDED: "column of {place} added: {new}",
    ChangeKind.COLUMN_REMOVED: "column of {place} removed: {old}",
    ChangeKind.COLUMN_RETYPED: "column of {place} retyped: {old} → {new}",
    ChangeKind.ORDER_CHANGED: "order within {owner} changed: {old} → {new}",
}
#: For a part of a class that cannot be followed, of which the known text changed.
_HIDDEN = "what may add to {owner} changed: {old} → {new}"
#: Kinds of which the path leads to the class as a whole, not to a part of it.
_OF_THE_CLASS = frozenset(
    {
        ChangeKind.BASE_CHANGED,
        ChangeKind.CLASS_KIND_CHANGED,
        ChangeKind.CLASS_RENAMED,
        ChangeKind.ORDER_CHANGED,
    }
)

_VERBS = {
    Outcome.HIT: "reuses its result",
    Outcome.MISS: "recomputes",
    Outcome.NEVER: "never caches it",
    Outcome.UNKNOWN: "may serve what it has",
}
_STALE = {
    "silent": "serves the old object silently",
    "raises": "crashes on the old object",
    None: "serves the old object",
}


def inert(text: str, limit: int = _LONGEST) -> str:
    """Show controls, surrogates, bidi and invisible marks as escapes; cut the middle of long text.

    Double number signs are escaped too: build servers take `##[…]` and `##vso[…]` for commands.
    """
    seen = text.isascii() or not _INVISIBLE.search(text)
    visible = text if seen and text.isprintable() else "".join(map(_visible, text))
    return shorten(visible.replace("##", "#\\x23"), limit)


def harmless(text: str) -> str:
    """The text with controls shown as escapes, except line ends and tabs."""
    return "".join(character if character in "\n\t" else _visible(character) for character in text)


def _visible(character: str) -> str:
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    return ascii(character)[1:-1]


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters: a note with the length replaces the middle of a longer text."""
    if len(text) <= limit:
        return text
    note = f"[… {len(text)} characters …]"
    shown = max(limit - len(note), 2)
    return text[: shown - shown // 2] + note + text[-(shown // 2) :]


def describe(change: Change, quote: Quote = inert) -> str:
    """What happened to a part, without its location and the path to it."""
    where, leaf = split(change)
    subject = change.path.partition(".")[0].removesuffix("s")
    owner = quote(change.definition or where or leaf)
    unfollowed = _UNFOLLOWED.search(f"{change.baseline} {change.current}")
    hidden = change.kind is ChangeKind.BASE_CHANGED and unfollowed
    text = (_HIDDEN if hidden else _TEMPLATES[change.kind]).format(
        leaf=quote(leaf),
        owner=owner,
        whose=f"field of {owner}" if change.definition else subject,
        place=f"field {quote(leaf)} of {owner}"
        if change.definition
        else f"{subject} {quote(leaf)}",
        old=quote(plain(change.baseline or "nothing")),
        new=quote(plain(change.current or "nothing")),
    )
    return f"{text}, with a default" if change.default else text


def plain(spelling: str) -> str:
    """A spelled type as a reader of its source would write it."""
    return _UNFOLLOWED.sub(lambda match: f"{ast.literal_eval(match[1])} (not followed)", spelling)


def split(change: Change) -> tuple[str, str]:
    """The path to the owner and the name of the part: `outputs.o0`, `count`.

    The owner is the class that has the part, or the task; a change of a whole class has the name
    of the class. A column's quoted name, which may have dots, stays with its dataset.
    """
    if change.definition and change.kind in _OF_THE_CLASS:
        return change.path, change.definition
    dotted, quoted, column = change.path.partition("['")
    where, _, leaf = dotted.rpartition(".")
    return where, leaf + quoted + column


def reach(change: Change) -> str:
    """The path from the task to the class that has the change; empty for the task's own part."""
    return split(change)[0] if change.definition else ""


def summary(changes: Sequence[Change], most: int = 3) -> str:
    """The first few changes in one line; empty if there are none."""
    descriptions = list(map(describe_fully, changes[:most]))
    more = len(changes) - most
    return "; ".join(descriptions) + (f"; and {more} more" if more > 0 else "")


def changed_outputs(changes: Iterable[Change]) -> str:
    """What became of a task's outputs, whose signature is another one."""
    return summary(of_outputs(changes)) or "its outputs have another structure"


def describe_fully(change: Change) -> str:
    """`field count: int added to m.Stats (models.py:12), reached by outputs.o0`."""
    where = f" ({change.location})" if change.location else ""
    path = reach(change)
    return describe(change, brief) + where + (f", reached by {path}" if path else "")


def brief(text: str) -> str:
    """At most 80 characters."""
    return shorten(text, 80)


def foretell(prediction: Prediction) -> str:
    """What both caches do at a call with inputs that they know."""
    local, remote = foretell_side(prediction, "local"), foretell_side(prediction, "remote")
    if local == remote:
        return f"local {local}; so does remote"
    return f"local {local}; remote {remote}"


def foretell_side(prediction: Prediction, side: str) -> str:
    """The verb phrase for one side, `local` or `remote`."""
    outcome = prediction.local if side == "local" else prediction.remote
    if outcome is Outcome.STALE:
        return _STALE[prediction.stale_outcome]
    return _VERBS[outcome]


def enumerate_names(names: Sequence[str], shown: int = 3, quote: Quote = inert) -> str:
    """The first few names and the number of others: `a, b, c and 194 more`."""
    if len(names) <= shown + 1:
        *head, last = map(quote, names or ["nothing"])
        return f"{', '.join(head)} and {last}" if head else last
    return f"{', '.join(map(quote, names[:shown]))} and {len(names) - shown} more"


def shown_by_check(number: int) -> str:
    """Where findings that are only counted can be read."""
    return f"`sigclock check` shows {'it' if number == 1 else 'them'}"


def count(number: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
