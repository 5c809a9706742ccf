"""Every sentence that the product can print, read from its source.

`PYTHONPATH=tests python tests/reports/sentences.py` writes `sentences.txt` anew; read what differs.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2] / "sigclock"
SNAPSHOT = Path(__file__).parent / "sentences.txt"
#: A text with so many words of prose is a sentence, or a part of one.
_WORDS = 3
_WORD = re.compile(r"(?<![^\s(])[A-Za-z][a-z'-]*(?=[\s,.;:)]|$)")
#: A text without any of these is a list of names.
_BINDING = re.compile(
    r"\b(a|an|and|are|at|be|but|by|cannot|for|from|has|if|in|is|it|no|not|of|on|or|so|that|the|to|"
    r"was|with)\b"
)
#: Patterns, markup and style sheets.
_CODE = re.compile(r"\(\?|\\|^[<.#^@|]|</|\{ |;$")
_END = re.compile(r"(?<=[.:!?])\s+|\n+")


def sentences() -> list[str]:
    """The sentences, values in braces; none of a docstring, of a pattern or of code."""
    found = {sentence for text in texts() for sentence in _split(text)}
    return sorted(found, key=lambda sentence: (sentence.lower(), sentence))


@cache
def texts() -> tuple[str, ...]:
    """All texts of the product but docstrings, values in braces."""
    paths = sorted(ROOT.rglob("*.py"))
    return tuple(text for path in paths for text in _texts(ast.parse(path.read_bytes())))


def words(sentence: str) -> int:
    return len(sentence.split())


def _split(text: str) -> Iterator[str]:
    for part in _END.split(text):
        sentence = part.strip()
        prose = re.sub(r"\{[^}]*\}|`[^`]*`", "", sentence)
        if _CODE.search(sentence) or not _BINDING.search(prose):
            continue
        if len(_WORD.findall(prose)) >= _WORDS:
            yield sentence


def _texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a module, f-strings with their expressions, neighbours in one."""
    seen: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for statement in node.body:
                # Docstrings, of modules, classes, functions and names.
                if isinstance(statement, ast.Expr):
                    seen.add(id(statement.value))
        if isinstance(node, ast.JoinedStr):
            seen |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in seen:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(map(_part, node.values))


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"{{{ast.unparse(part.value)}}}"
    return str(ast.literal_eval(part))


def main() -> None:
    SNAPSHOT.write_text("".join(f"{sentence}\n" for sentence in sentences()), encoding="utf-8")


if __name__ == "__main__":
    main()
