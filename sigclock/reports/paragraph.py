"""Text in lines of a width: a sentence goes on in the next line, and a command stays in one."""

from __future__ import annotations

import textwrap

#: By how much a line that goes on is set in.
_INDENT = "    "


def wrapped(text: str, width: int, start: int = 0, indent: str = _INDENT) -> str:
    """A sentence that begins `start` columns from the left; what is between backticks is kept.

    A width of 0 is without an end.
    """
    if not width or start + len(text) <= width:
        return text
    spans = text.split("`")
    spans[1::2] = [span.replace(" ", "\0") for span in spans[1::2]]
    whole = "`".join(spans)
    # Behind a long place, what cannot be broken begins in the next line.
    is_below = start > len(indent) and start + len(whole.partition(" ")[0]) > width
    lines = textwrap.wrap(
        whole,
        width,
        initial_indent=indent if is_below else " " * start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    *_, last = lines
    if len(lines) == 2 and " " not in last.strip() and len(last.strip()) > width // 2:  # noqa: PLR2004
        # A long place alone in a second line is no easier to read.
        return text
    text = "\n".join(lines).replace("\0", " ")
    return f"\n{text}" if is_below else text[start:]


def flowing(text: str, width: int) -> str:
    """Each line of a text over as many as it needs, which are set in from it."""
    return "\n".join(_line(line, width) for line in text.split("\n"))


def _line(line: str, width: int) -> str:
    content = line.lstrip(" ")
    margin = len(line) - len(content)
    return " " * margin + wrapped(content, width, margin, " " * margin + _INDENT)
