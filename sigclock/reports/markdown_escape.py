"""Names and sentences as GitHub-flavoured Markdown that shows them and does nothing else."""

from __future__ import annotations

import re

from sigclock.verdict.wording import inert

#: The longest name or type, and the longest sentence.
NAME = 80
SENTENCE = 600

#: Text that needs no escape in a code span: no backtick, bracket pair, entity, mention, comment.
_TAME = re.compile(r"(?=\S)[\w ,.:;()\[\]{}'\"=|+*/>?-]*(?<=\S)", re.ASCII)
_LINK = re.compile(r"//|www\.|-->", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|[0-9]{1,4}|-*|→")
_EDGES = re.compile(r"^([(\"']*)(.*?)([)\"',.;:]*)$", re.DOTALL)
_ARROW = re.compile(r"(?<!`)-> None\b(?!`)")
_QUOTED = re.compile(r"`([^`]+)`")


def code(text: str, limit: int = NAME) -> str:
    """A code span that shows `text` and does nothing else."""
    shown = inert(text, limit) or " "
    if _TAME.fullmatch(shown) and not _LINK.search(shown):
        return f"`{shown}`"
    return f"<code>{''.join(map(_entity, shown))}</code>"


def cell(text: str) -> str:
    """A code span for a table, where a bar ends the cell even inside a code span."""
    return code(text).replace("|", "\\|")


def _entity(character: str) -> str:
    if character in " ," or character.isalnum() or not character.isascii():
        return character
    return f"&#{ord(character)};"


def prose(text: str) -> str:
    """A sentence in which quoted parts and words that are not plain are code spans."""
    shown = _ARROW.sub(r"`\g<0>`", inert(text, SENTENCE))
    parts = _QUOTED.split(shown)
    spans = [
        code(part, SENTENCE) if index % 2 else _words(part) for index, part in enumerate(parts)
    ]
    return "".join(spans).replace("``", "` `")


def _words(text: str) -> str:
    return " ".join(_EDGES.sub(_word, word) for word in text.split(" "))


def _word(match: re.Match[str]) -> str:
    """A plain word as it is, anything else as code between its punctuation."""
    head, core, tail = match.groups()
    return match[0] if _PLAIN.fullmatch(core) else f"{head}{code(core, SENTENCE)}{tail}"
