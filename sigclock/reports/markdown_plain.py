"""A comment for a forge whose Markdown has no HTML."""

from __future__ import annotations

import html
import re

_SUMMARY = re.compile(r"<details><summary>(.*?)</summary>")
_CODE = re.compile(r"<code>(.*?)</code>")
_SPAN = re.compile(r"`[^`]+`")
#: Between two versions, which stay in one line.
_ARROW = re.compile(r"(?<=`) → (?=`)")
_TICKS = re.compile(r"`+")
_ROW = "| "
#: An item of a list in a list: Python-Markdown wants four blanks.
_INNER = "  - "


def without_html(body: str) -> str:
    """The same without a tag: details stand open, and lines of a table's cell follow each other.

    Every tag of a body is ours, for what a user's file says is written as entities in it.
    """
    text = _SUMMARY.sub(r"**\1**", body).replace("\n\n</details>", "")
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    if line.startswith(_INNER):
        line = f"  {line}"
    if line.startswith(_ROW):
        # A bar in a code span ends no cell here, and a backslash would be shown.
        line = _SPAN.sub(lambda span: span[0].replace("\\|", "|"), line)
        line = _ARROW.sub("\u00a0→\u00a0", line).replace("<br>", "; ")
    return _CODE.sub(_span, line)


def _span(match: re.Match[str]) -> str:
    """A code span of as many backticks as none inside it has."""
    shown = html.unescape(match[1])
    ticks = "`" * (1 + max(map(len, _TICKS.findall(shown)), default=0))
    edge = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{edge}{shown}{edge}{ticks}"
