"""The guard and the cluster held side by side, on the pairs of the differential tests."""

from __future__ import annotations

import re
from collections import Counter

from differential.pairs import Pair, asked
from differential.records import FAMILIES
from differential.test_flytekit import remote_changes, signature_changes

AGAIN, SERVED = "runs again", "serves"
#: What changes where only the guard runs again, by the ids of pairs; the first that fits.
BLIND = {
    "a model inside `Optional`, a union or a tuple": r"nested-optional|nested-tuple",
    "fields and arguments of a generic class": r"generic-",
    "fields of a `TypedDict`": r"typeddict",
    "a pickled class: its parts, its name, its module": r"pickled:"
    r"|set-(?:dataclass|enum|namedtuple|slots)",
    "what a `NewType` stands for": r"newtype",
    "values of a `Literal`": r"literal",
    "values of an enum that is no string": r"int-enum-added",
    "columns of a frame in a class": r"pd\.DataFrame",
    "`date` and `datetime`": r"date",
    "items of sets, sequences, tuples and other dicts": r"set-|sequence-|pair-|dict-|dict->",
    "what a numpy array holds": r"array-float",
    "one protobuf message for another": r"message-",
    "one pickled type for another": r"any->|decimal->",
}
#: The same where only the cluster's key moves.
ONLY_ITS_KEY = {
    "order of the members of a union": r"union",
    "order of the values of an enum": r"enum",
    "name and partitions of an artifact": r"artifact",
    "annotated `ClassVar`, `InitVar` or `Final`": r"classvar|initvar|final",
    "pydantic's constrained dates": r"constrained",
}


def rows() -> list[tuple[str, str, str, str]]:
    """What changes, what the guard and the cluster do, and by how many pairs that was seen."""
    counts = Counter([_row(pair) for pair in asked()])
    order = [*BLIND, *ONLY_ITS_KEY, _BOTH[True], _BOTH[False]]
    listed = sorted(counts.items(), key=lambda item: order.index(item[0][0]))
    return [(*row, str(number)) for row, number in listed]


_BOTH = {True: "any other part of an output", False: "what is no part of a stored value"}


def _row(pair: Pair) -> tuple[str, str, str]:
    guard, cluster = signature_changes(pair), remote_changes(pair)
    done = (AGAIN if guard else SERVED, AGAIN if cluster else SERVED)
    if guard is cluster:
        return _BOTH[guard], *done
    family = pair.id.partition(":")[0]
    pickled = family in FAMILIES and FAMILIES[family].pickled
    name = f"pickled:{pair.id}" if pickled else pair.id
    table = BLIND if guard else ONLY_ITS_KEY
    return next(words for words, pattern in table.items() if re.search(pattern, name)), *done
