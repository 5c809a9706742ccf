"""What stands in the README and on the pages of `docs/` and is not typed: outputs, tables, lists.

`PYTHONPATH=.:tests python -m support.pages` writes it anew, with the picture of the README.

A page is a session from top to bottom. A block with a title is a file of it, each command of a
`console` block runs in it, and what stands below a command is what it printed. A block below
`<!-- file: NAME -->` is that file of the repository, and what stands between `<!-- made: NAME -->`
and `<!-- end -->` is made by `support.reference`.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from support import picture
from support.paths import DOCS, README, ROOT
from support.reference import SECTIONS
from support.sessions import Session

ADDRESS = "https://github.com/sigclock/sigclock"
LISTED = DOCS / "llms.txt"

_BLOCK = re.compile(r"^```(?P<head>[^\n`]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"(?<=<!-- file: )\S+(?= -->\n\n$)")
_MADE = re.compile(r"(<!-- made: ([\w-]+) -->\n\n).*?(<!-- end -->)", re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')


class Block(NamedTuple):
    """A piece of code on a page: its language, the file that it is, and where it stands."""

    language: str
    title: str | None
    text: str
    line: int


def pages() -> list[Path]:
    """The README and every page of the documentation."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """The pieces of code of a page, in order."""
    for match in _BLOCK.finditer(text):
        head = match["head"]
        title = _TITLE.search(head)
        language = head.split()[0] if head.split() else ""
        line = text.count("\n", 0, match.start()) + 1
        yield Block(language, title and title[1], match["body"], line)


def is_made(text: str, block: Block) -> bool:
    """Whether a block is written by a program or is a file of the repository."""
    above = "\n".join(text.splitlines()[: block.line - 1])
    copied = above.rstrip().endswith("-->") and "<!-- file: " in above.splitlines()[-2]
    began = max(above.rfind("<!-- made: "), above.rfind("<!-- rooms: "))
    return copied or began > above.rfind("<!-- end")


def render(text: str, place: Path, *, everything: bool) -> str:
    """The page with all that is made as it must be; `place` is an empty folder for its session."""
    session = Session(place, everything=everything)

    def block(match: re.Match[str]) -> str:
        head, body = match["head"], match["body"]
        title = _TITLE.search(head)
        copied = _FILE.search(text[: match.start()])
        if copied:
            body = (ROOT / copied[0]).read_text(encoding="utf-8")
        elif title:
            session.write(title[1], body)
        elif head.startswith("console"):
            body = "".join(_ran(session, body))
        return f"```{head}\n{body}```"

    return _BLOCK.sub(block, _MADE.sub(_section, text))


def _section(match: re.Match[str]) -> str:
    return f"{match[1]}{SECTIONS[match[2]]().strip(chr(10))}\n\n{match[3]}"


def _ran(session: Session, body: str) -> Iterator[str]:
    """The lines of a `console` block: each command, and what it prints now."""
    for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
        line, _, shown = part.partition("\n")
        if line:
            yield f"{line}\n"
            printed = session.run(line.removeprefix("$ "), shown).rstrip("\n")
            yield f"{printed}\n" if printed else ""


def summary(text: str) -> tuple[str, str]:
    """The title of a page and its first sentence, or first lines."""
    title = re.search(r"^# (.+)$", text, flags=re.MULTILINE)
    rest = text[title.end() :].strip() if title else text
    words = " ".join(rest.partition("\n\n")[0].split())
    return (title[1] if title else ""), words.partition(". ")[0].rstrip(".") + "."


def nav() -> dict[str, list[Path]]:
    """The pages by the parts of the documentation, in the order in which they are read."""
    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    parts: dict[str, list[Path]] = {}
    for part in listed:
        for title, entries in part.items():
            names = (next(iter(e.values())) if isinstance(e, dict) else e for e in entries)
            parts[title] = [DOCS / name for name in names]
    return parts


def llms() -> str:
    """The documentation as a list for a language model: https://llmstxt.org"""
    title, words = summary(README.read_text(encoding="utf-8"))
    lines = [f"# {title}", "", f"> {words}"]
    for part, listed in nav().items():
        lines += ["", f"## {part}", ""]
        for page in listed:
            title, words = summary(page.read_text(encoding="utf-8"))
            place = page.relative_to(ROOT).as_posix()
            lines.append(f"- [{title}]({ADDRESS}/blob/main/{place}): {words}")
    return "\n".join(lines) + "\n"


def write(only: list[str]) -> None:
    """Write all pages, or those whose names contain one of the words."""
    for page in pages():
        if only and not any(word in name_of(page) for word in only):
            continue
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as place:
            page.write_text(render(text, Path(place), everything=True), encoding="utf-8")
    LISTED.write_text(llms(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as place:
        picture.write(Path(place))


if __name__ == "__main__":
    write(sys.argv[1:])
