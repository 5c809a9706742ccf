"""Strategies for inputs that are nearly well-formed: real ones, with parts swapped and broken."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from hypothesis import strategies as st

from fuzz.seeds import WORDS, seeds

_PIECE = re.compile(rb"\w+|[^\w\s]|\s+")

#: What a value of a lock may never be, and what it may be elsewhere.
SCALARS = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        "",
        "int",
        "a | b",
        "Literal['\\ud800']",
        "list[",
        "\ud800",
        "x.y",
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["", "o0", "1.0", "kind", "\u2028"]), inner, max_size=3),
    ),
    max_leaves=4,
)


@st.composite
def mutated(draw: st.DrawFn, target: str) -> bytes:
    """A seed after some accidents."""
    data = draw(st.sampled_from(seeds(target)))
    for _ in range(draw(st.integers(1, 5))):
        data = draw(_accident(target, data))
    return data


@st.composite
def _accident(draw: st.DrawFn, target: str, data: bytes) -> bytes:
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.integers(0, 40)))
    match draw(st.sampled_from(["flip", "cut", "twice", "word", "words", "splice", "end", "swap"])):
        case "flip":
            byte = draw(st.integers(0, 255))
            return data[:start] + bytes([byte]) + data[start + 1 :]
        case "cut":
            return data[:start] + data[end:]
        case "twice":
            return data[:end] + data[start:]
        case "word":
            return data[:start] + draw(st.sampled_from(WORDS[target])) + data[end:]
        case "words":
            return draw(_replaced(data, WORDS[target]))
        case "splice":
            other = draw(st.sampled_from(seeds(target)))
            return data[:start] + other[draw(st.integers(0, len(other))) :]
        case "end":
            return data[:start]
        case _:
            return draw(_swapped(data))


@st.composite
def _replaced(draw: st.DrawFn, data: bytes, words: list[bytes]) -> bytes:
    """One token is another, of the same text or of those that mean something."""
    tokens = _PIECE.findall(data)
    if not tokens:
        return data
    tokens[draw(st.integers(0, len(tokens) - 1))] = draw(st.sampled_from([*tokens, *words]))
    return b"".join(tokens)


@st.composite
def _swapped(draw: st.DrawFn, data: bytes) -> bytes:
    """One expression of a module in the place of another: it mostly parses still."""
    try:
        text = data.decode()
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return data
    lines = text.encode().splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    places = [
        (offsets[node.lineno - 1] + node.col_offset, offsets[end - 1] + (node.end_col_offset or 0))
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and (end := node.end_lineno or 0) <= len(lines)
    ]
    if not places:
        return data
    (start, end), (first, last) = draw(st.sampled_from(places)), draw(st.sampled_from(places))
    return data[:start] + data[first:last] + data[end:]


@st.composite
def other_documents(draw: st.DrawFn, data: bytes) -> bytes:
    """JSON with one value, key or member another."""
    document = json.loads(data)
    for _ in range(draw(st.integers(1, 3))):
        _change(draw, document)
    return json.dumps(document).encode()


def _change(draw: st.DrawFn, document: Any) -> None:
    """Go down to any depth and change what is there."""
    while isinstance(document, (dict, list)) and document:
        keys = list(document) if isinstance(document, dict) else list(range(len(document)))
        key = draw(st.sampled_from(keys))
        inside = document[key]
        if isinstance(inside, (dict, list)) and inside and draw(st.integers(0, 4)):
            document = inside
            continue
        match draw(st.integers(0, 2)):
            case 0:
                document[key] = draw(JSON)
            case 1:
                del document[key]
            case _ if isinstance(document, dict):
                document[draw(st.sampled_from(["", "o0", "$", "held", "x" * 300]))] = inside
            case _:
                document.append(draw(JSON))
        return
