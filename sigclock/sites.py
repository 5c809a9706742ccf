"""Where each cache version stands, and whether it may be edited."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable

from sigclock.declarations import Declaration
from sigclock.model.snapshot import VersionSite
from sigclock.model.source import Location, Span
from sigclock.resolve.names import Names
from sigclock.resolve.source import SourceFile, UnreadableSource
from sigclock.resolve.usage import Usage
from sigclock.resolve.values import Constant, Use

_DUNDER = re.compile(r"(?:.*\.)?__\w+__")


class Sites:
    """The version sites of one tree; `declarations` are all of it: a constant may serve many."""

    def __init__(self, names: Names, declarations: Iterable[Declaration]) -> None:
        self._names = names
        self._usage = Usage(names, [use for one in declarations for use in _trail(one)])

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
        if not isinstance(source, SourceFile):
            return None
        location = Location(version.path, version.node.lineno)
        holder = _holder(version, lines, path, source.tree)
        try:
            span = source.span(version.node)
        except UnreadableSource as problem:
            return VersionSite(location, Span(0, 0), b"", holder, "", refusal=problem.reason)
        literal = source.data[span.start : span.end]
        value = version.value if isinstance(version.value, (str, int, float)) else ""
        refusal = self._refusal(version, literal, source.encoding)
        return VersionSite(location, span, literal, holder, value, source.encoding, refusal)

    def _refusal(self, version: Constant, literal: bytes, encoding: str) -> str:
        if not isinstance(version.value, (str, int, float)) or isinstance(version.value, bool):
            return "it is neither a string nor a number"
        if _pieces(literal.decode(encoding)) > 1:
            return "it is written in several pieces"
        for use in version.trail:
            if _DUNDER.fullmatch(use.holder):
                return f"{use.holder} is not only a cache version"
            other = self._usage.other(use)
            if other is not None:
                held = f'{use.holder}["{use.key}"]' if use.key else use.holder
                return f"{held} is also read at {other}, not as a cache version"
        return ""


def _trail(declaration: Declaration) -> tuple[Use, ...]:
    version = declaration.version
    return version.trail if isinstance(version, Constant) else ()


def _holder(version: Constant, lines: tuple[int, int], path: str, tree: ast.Module) -> str:
    """What holds the literal, in words: the innermost variable, else a wrapper or the decorator."""
    if version.trail:
        innermost = version.trail[-1]
        return f"{innermost.holding.value} {innermost.holder}"
    line = version.node.lineno
    if version.path == path and lines[0] <= line <= lines[1]:
        return "decorator"
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    # The outermost function is the name under which the wrapper is known.
    return f"wrapper {around[0].name}" if around else "shared declaration"


def _pieces(text: str) -> int:
    """How many string tokens a literal has: `"1" ".0"` has two."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return 2
    return sum(token.type in {tokenize.STRING, tokenize.NUMBER} for token in tokens)
