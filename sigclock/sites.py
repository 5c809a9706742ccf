"""Where each cache version stands, and whether it may be edited."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable

from sigclock.declarations import Declaration
from sigclock.model.snapshot import VersionSite
from sigclock.model.source import Location, Span
from sigclock.resolve.names import Names
from sigclock.resolve.source import SourceFile, UnreadableSource
from sigclock.resolve.usage import Read, other_use
from sigclock.resolve.values import Constant, Use


class Sites:
    """The version sites of one tree. `declarations` are all of it, for a constant may serve many."""

    def __init__(self, names: Names, declarations: Iterable[Declaration]) -> None:
        self._names = names
        self._reads = {read for one in declarations for read in _reads(one)}
        self._others: dict[tuple[str, str], Location | None] = {}

    def site(
        self, declaration: Declaration, lines: tuple[int, int], path: str
    ) -> VersionSite | None:
        """The site of a declaration's version; None where it is no literal.

        `lines` and `path` are those of the decorators: a literal among them is the task's own.
        """
        version = declaration.version
        if not isinstance(version, Constant):
            return None
        source = self._names.modules.source(version.path)
        location = Location(version.path, version.node.lineno)
        holder = _holder(version, lines, path)
        if not isinstance(source, SourceFile):
            return None
        try:
            span = source.span(version.node)
        except UnreadableSource as problem:
            return VersionSite(location, Span(0, 0), b"", holder, "", refusal=problem.reason)
        literal = source.data[span.start : span.end]
        value = version.value if isinstance(version.value, (str, int, float)) else ""
        refusal = self._refusal(version, literal)
        return VersionSite(location, span, literal, holder, value, source.encoding, refusal)

    def _refusal(self, version: Constant, literal: bytes) -> str:
        if not isinstance(version.value, (str, int, float)) or isinstance(version.value, bool):
            return "it is neither a string nor a number"
        if _pieces(literal) > 1:
            return "it is written in several pieces"
        for use in version.trail:
            other = self._other(use)
            if other is not None:
                return f"{use.holder} is also read at {other}, not as a cache version"
        return ""

    def _other(self, use: Use) -> Location | None:
        key = (use.holder_path, use.holder)
        if key not in self._others:
            self._others[key] = other_use(self._names, use, self._reads)
        return self._others[key]


def _reads(declaration: Declaration) -> list[Read]:
    version = declaration.version
    if not isinstance(version, Constant):
        return []
    return [(use.path, use.line, use.column) for use in version.trail]


def _holder(version: Constant, lines: tuple[int, int], path: str) -> str:
    if version.trail:
        return f"constant {version.trail[-1].holder}"
    if version.path == path and lines[0] <= version.node.lineno <= lines[1]:
        return "decorator"
    return "shared declaration"


def _pieces(literal: bytes) -> int:
    """How many string tokens a literal has: `"1" ".0"` has two."""
    text = literal.decode("utf-8", "replace")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return 2
    return sum(token.type in {tokenize.STRING, tokenize.NUMBER} for token in tokens)
