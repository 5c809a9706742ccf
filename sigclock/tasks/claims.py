"""What the census knows of the file and the place that it looks at, and what is claimed there."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import msgspec

from sigclock.python.names.scopes import Scope
from sigclock.tasks.makers import Maker


class Claims(msgspec.Struct, frozen=True):
    """What the tasks of a file are made of, by the ids of its nodes.

    `functions` are those that are made tasks by their decorators. `offered` is what that is made of
    that the file offers to others: it makes tasks where it is used, but for what loops.
    """

    read: set[int]
    functions: set[int]
    offered: set[int]

    def claim(self, node: ast.AST, *, looped: bool) -> bool:
        """Whether a node is part of what makes a known task."""
        return id(node) in self.read or (id(node) in self.offered and not looped)


class Around(msgspec.Struct, frozen=True, eq=False):
    """Where expressions stand: in which scope, at which lines, and where names in it are read."""

    scope: Scope
    owner: str
    lines: tuple[int, int]
    read_at: int


class ReadFile(msgspec.Struct, frozen=True):
    """What is known of the file at hand: which lines count, and what is claimed.

    `offers` are the names under which it offers what makes tasks; `imports_sdk` tells whether it
    imports one. `words` are the names that makers of tasks may have in it.
    """

    lines: Sequence[int]
    offers: frozenset[str]
    claims: Claims
    imports_sdk: bool
    words: frozenset[str]

    def weighed(self, maker: Maker) -> Maker:
        """The maker; in a file that imports an SDK it is never weak."""
        return msgspec.structs.replace(maker, weak=maker.weak and not self.imports_sdk)

    def follows(self, scope: Scope) -> bool:
        """Whether the code in a scope is evaluated again at each use."""
        return scope.kind == "function" and scope.qualname.partition(".")[0] in self.offers
