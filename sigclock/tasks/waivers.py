"""Inline waivers: `# sigclock: ignore[rule] reason` in real comments."""

from __future__ import annotations

import io
import re
import tokenize

from sigclock.interface.snapshot import Waiver
from sigclock.source import Location

_MARK = b"sigclock:"
_WAIVER = re.compile(r"#\s*sigclock:\s*ignore(?:\[([^\]]*)\]|(?![\w\[-]))\s*(.*)")


def waivers(path: str, data: bytes) -> list[Waiver]:
    """Every waiver of a file, one a rule ("" where none is named); strings are none."""
    if _MARK not in data:
        return []
    result: list[Waiver] = []
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            match = _WAIVER.search(token.string) if token.type == tokenize.COMMENT else None
            if match:
                reason = match.group(2).strip()
                rules = [rule.strip() for rule in (match.group(1) or "").split(",")]
                line, column = token.start
                location = Location(path, line, column + match.start() + 1)
                result += [Waiver(location, rule, reason) for rule in rules]
    except (tokenize.TokenError, SyntaxError, ValueError, LookupError):
        return result
    return result
