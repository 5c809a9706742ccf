"""Where each cache version stands, and whether it may be edited."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable

import msgspec

from sigclock.interface.snapshot import VersionSite
from sigclock.python.names.modules import Modules
from sigclock.python.names.syntax import SourceFile, UnreadableSource
from sigclock.python.values.constant_uses import Usage
from sigclock.python.values.values import Constant, Use
from sigclock.source import Location, Span
from sigclock.tasks.declaration import Declaration

_DUNDER = re.compile(r"(?:.*\.)?__\w+__")


def version_site(
    modules: Modules, declaration: Declaration, lines: tuple[int, int], path: str
) -> VersionSite | None:
    """The site of a declaration's version; None where it is no literal.

    `lines` and `path` are those of the decorators: a literal among them is the task's own. What is
    done with the variables on the way to it is not looked at (`settled` does).
    """
    version = declaration.version
    if not isinstance(version, Constant) or not version.path:
        # The key of a dict is a constant without a location of its own.
        return None
    source = modules.source(version.path)
    if not isinstance(source, SourceFile):
        return None
    location = Location(version.path, version.node.lineno, source.column(version.node))
    holder = _holder(version, lines, path, source.tree)
    try:
        span = source.span(version.node)
    except UnreadableSource as problem:
        return VersionSite(location, Span(0, 0), b"", holder, "", refusal=problem.reason)
    literal = source.data[span.start : span.end]
    value = version.value if isinstance(version.value, (str, int, float)) else ""
    refusal = _refusal(version, literal, source.encoding)
    return VersionSite(location, span, literal, holder, value, source.encoding, refusal)


def settled(site: VersionSite, trail: Iterable[Use], usage: Usage) -> VersionSite:
    """The site, with a refusal where a variable on the way to it has another use as well."""
    for use in () if site.refusal else trail:
        if _DUNDER.fullmatch(use.holder):
            return _refused(site, f"{use.holder} is not only a cache version")
        other = usage.other(use)
        if other is not None:
            shown = f'{use.holder}["{use.key}"]' if use.key else use.holder
            return _refused(site, f"{shown} is also read at {other}, not as a cache version")
    return site


def _refused(site: VersionSite, why: str) -> VersionSite:
    return msgspec.structs.replace(site, refusal=why)


def _refusal(version: Constant, literal: bytes, encoding: str) -> str:
    if not isinstance(version.value, (str, int, float)) or isinstance(version.value, bool):
        return "it is neither a string nor a number"
    return "it is written in several pieces" if _pieces(literal.decode(encoding)) > 1 else ""


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
