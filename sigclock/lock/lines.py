"""A lock whose lines a merge of texts kept from both sides, whatever JSON that makes (`union`).

Its lines are those that we write, each with the indentation of its place. Commas may be missing,
and a block may begin where another one has not ended. So it is read line by line.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_LINE = re.compile(r'(?P<indent> *)(?P<key>"(?:[^"\\]|\\.)*": )?(?P<value>.*?),?\s*')
_CLOSES = {"{": "}", "[": "]"}


class _Block(NamedTuple):
    indent: int
    opening: str
    closing: str
    parts: list[str]

    @property
    def text(self) -> str:
        return f"{self.opening}{', '.join(self.parts)}{self.closing}"


def mended(text: str) -> str | None:
    """JSON with all entries of the lines, some of them twice; None if they are not like ours."""
    blocks: list[_Block] = []
    lines = text.rstrip().split("\n")
    if lines[0].rstrip() != "{" or lines[-1].rstrip() != "}":
        return None
    for line in lines[:-1]:
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        indent, key, value = len(match["indent"]), match["key"] or "", match["value"]
        _close(blocks, indent)
        if value in _CLOSES.values():
            continue
        if indent != 2 * len(blocks):
            return None
        if value in _CLOSES:
            blocks.append(_Block(indent, key + value, _CLOSES[value], []))
        elif blocks and _is_json(value):
            blocks[-1].parts.append(key + value)
        else:
            return None
    _close(blocks, 1)
    return blocks[0].text if len(blocks) == 1 else None


def _close(blocks: list[_Block], indent: int) -> None:
    """End the blocks that a line at this indentation is no part of."""
    while len(blocks) > 1 and blocks[-1].indent >= indent:
        block = blocks.pop()
        blocks[-1].parts.append(block.text)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True
