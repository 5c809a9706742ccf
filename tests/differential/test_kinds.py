"""Nothing that flytekit's local cache serves wrongly is missed in silence, and little is missed."""

from __future__ import annotations

from functools import cache

from support.amount import FULL, sample

from differential.kinds import rows
from differential.verdicts import Verdict, verdicts

#: What is told, and not followed: each has a finding with its way out.
TOLD = {
    "constants:walrus/enum-field/changed": "a name that is bound inside an assignment",
    "constants:walrus/literal-dataclass/changed": "a name that is bound inside an assignment",
    "makers:class-made/field-added": "a class whose `__new__` makes the task",
    "makers:context-manager/field-added": "what a context manager gives",
    "makers:dunder-import/field-added": "an import by a call, as a decorator",
    "makers:dynamic/field-added": "an attribute that a class gets later",
    "makers:environment-update/field-added": "an environment that changes later",
    "makers:itertools/field-added": "tasks made by a function that is passed on",
    "makers:loop-globals/field-added": "tasks put into the table of names",
    "makers:map-held/field-added": "tasks made by a function that is passed on",
    "makers:map-lambda/field-added": "tasks made by a function that is passed on",
    "makers:map/field-added": "tasks made by a function that is passed on",
    "makers:namespace/field-added": "an attribute that an object gets later",
    "makers:reduce/field-added": "tasks made by a function that is passed on",
    "makers:registers-attribute/field-added": "the decorator gives the function back",
    "makers:registers-list/field-added": "the decorator gives the function back",
    "makers:registers/field-added": "the decorator gives the function back",
    "makers:return-by-decorator/field-added": "a decorator that writes the return type",
    "makers:while/field-added": "a loop that ends by a condition",
    "modules:exec/field-added": "code in a text",
    "modules:global/field-added": "a function that binds a name of the module",
    "modules:globals/field-added": "a name that is put into the table of names",
    "modules:loop/field-added": "a name that a loop leaves behind",
    "modules:moved-getattr/field-added": "a module whose `__getattr__` computes",
    "modules:namespace/field-added": "an attribute of an object",
}
#: Due by the rules, though with these values flytekit serves what the new code would make.
BY_RULE = {
    "endings:int-bool/dataclass/optional": "mashumaro turns any value into a bool",
    "endings:list-tuple/pydantic/optional": "pydantic turns a list into a tuple",
    "forms:not-required": "a key that may be absent is another shape",
    "forms:typed-dict-total": "a key that may be absent is another shape",
    "stored:model/none/serializer": "another form is stored, which pydantic reads back",
    "stored:model/serializer/none": "another form is stored, which pydantic reads back",
}
#: Bumps for nothing.
NEEDLESS = {
    "constants:walrus/literal-dataclass/respelled": "the value was not known before",
    "stored:dataclass/alias-stored/aliases": "the same alias, given to the class",
    "stored:model/none/camel": "a generator that changes none of the names",
}
#: Of the remote key, or of how a call ends, something else is foretold.
FORETOLD = {
    "endings:newtype/pydantic/direct": "a NewType in a model is checked as what it stands for",
    "forms:base-generic": "flytekit has the variable of the base in its key, not its argument",
    "forms:base-star": "a base out of a list is in the key by its fields",
    "forms:pydantic-v1": "flytekit pickles models of pydantic's first version",
    "forms:type-var-bound": "flytekit has a pickle in its key for a variable",
    "forms:type-var-constraints": "flytekit has a pickle in its key for a variable",
    "forms:type-var-default": "flytekit has a pickle in its key for a variable",
}
RIGHT, RIGHTLY_FORETOLD = 0.97, 0.95


@cache
def seen() -> list[Verdict]:
    return verdicts(sample(rows(), lambda row: row.id, 40))


def faults(of: str) -> set[str]:
    return {verdict.row.id for verdict in seen() if verdict.fault == of}


def drawn(known: dict[str, str]) -> set[str]:
    """The entries of a table that are in the sample."""
    return known.keys() & {verdict.row.id for verdict in seen()}


def test_nothing_is_missed_in_silence() -> None:
    assert faults("silent") == set()


def test_what_is_not_followed_is_known() -> None:
    assert faults("said, not followed") == drawn(TOLD)


def test_nothing_else_is_bumped_for_nothing() -> None:
    assert faults("needless") == drawn(BY_RULE) | drawn(NEEDLESS)


def test_what_is_foretold_comes() -> None:
    wrong = {verdict.row.id for verdict in seen() if verdict.foretold}
    assert wrong == drawn(FORETOLD)


def test_nearly_all_is_right() -> None:
    if not FULL:
        return
    judged = len(seen())
    assert judged > len(rows()) * RIGHT
    assert len(TOLD) + len(NEEDLESS) + len(BY_RULE) < judged * (1 - RIGHT)
    assert len(FORETOLD) < judged * (1 - RIGHTLY_FORETOLD)
