"""Tables of source text beside the modules that play them."""

from __future__ import annotations

from pathlib import Path


def table(name: str) -> dict[str, dict[str, str]]:
    """The entries of a file by id, each with its parts: `=== id`, then `--- part` before a part.

    What comes first is the part "".
    """
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str]] = {}
    for entry in f"\n{text}".split("\n=== ")[1:]:
        id_, _, body = entry.partition("\n")
        first, *others = f"\n{body}".split("\n--- ")
        parts = {"": first.strip("\n") + "\n"}
        for other in others:
            part, _, content = other.partition("\n")
            parts[part] = content.strip("\n") + "\n"
        entries[id_] = parts
    return entries
