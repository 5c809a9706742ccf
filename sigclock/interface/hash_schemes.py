"""What a signature is called: a short hash, and its scheme where that is not the first.

A scheme is a way to hash. It never changes its result, and it is never removed: locks of history
have its hashes, and nothing else of most interfaces that once were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sigclock.interface.second_scheme import SecondScheme
from sigclock.interface.signature import Hasher
from sigclock.interface.snapshot import Definition, Field, Sdk, Task

#: The oldest first; the last one makes new signatures.
HASH_SCHEMES: dict[int, type[Hasher]] = {1: Hasher, 2: SecondScheme}

FIRST = 1
_DIGITS = 16
_LONG = 64


def short(signature: str) -> str:
    """A signature as the ledger has it; locks of version 1 and versions have all digits of it."""
    if len(signature) < _LONG:
        return signature
    return "+".join(part[:_DIGITS] if len(part) == _LONG else part for part in signature.split("+"))


class Signatures:
    """The signatures of interfaces over a set of definitions, each class hashed once."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._hashers: dict[tuple[int, Sdk], Hasher] = {}

    def seen_by(self, task: Task) -> Signatures:
        """Those over the definitions as a task sees them: its own ones hide the shared ones."""
        own = task.own_definitions
        return Signatures({**self._definitions, **own}) if own else self

    def of(self, fields: Iterable[Field], sdk: Sdk) -> str:
        """The signature of outputs or inputs.

        It has the name of the oldest scheme since which no scheme hashes them otherwise. So a new
        scheme renames nothing that it does not concern.
        """
        return self.all(fields, sdk)[0]

    def all(self, fields: Iterable[Field], sdk: Sdk) -> list[str]:
        """The signature by each scheme that hashes the fields otherwise, the current one first."""
        listed, found = tuple(fields), list[tuple[int, str]]()
        for scheme in HASH_SCHEMES:
            digest = self._hasher(scheme, sdk).fields(listed)
            if not found or found[-1][1] != digest:
                found.append((scheme, digest))
        return [_named(scheme, digest[:_DIGITS]) for scheme, digest in reversed(found)]

    def long(self, fields: Iterable[Field], sdk: Sdk) -> str:
        """All 64 digits by the first scheme, on which versions made of a signature rest."""
        return self._hasher(FIRST, sdk).fields(fields)

    def _hasher(self, scheme: int, sdk: Sdk) -> Hasher:
        key = (scheme, sdk)
        if key not in self._hashers:
            self._hashers[key] = HASH_SCHEMES[scheme](self._definitions, sdk)
        return self._hashers[key]


def signature(task: Task, definitions: Mapping[str, Definition]) -> str:
    """The signature of a task's outputs by their structure, whatever the task itself says."""
    return Signatures(definitions).of(task.outputs, task.sdk)


def _named(scheme: int, digits: str) -> str:
    return digits if scheme == FIRST else f"{scheme}:{digits}"
