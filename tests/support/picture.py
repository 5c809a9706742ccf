"""The picture on the front page: a terminal in which a stale cache is caught."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from support.paths import ROOT
from support.sessions import Session

PICTURE = ROOT / "docs/stale-cache.svg"
MODELS = """\
from dataclasses import dataclass


@dataclass
class Stats:
    mean: float
"""
FLOW = """\
from flytekit import task

from models import Stats


@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(mean=0.0)
"""
COMMANDS = ("sigclock check", "sigclock update")
_COLOR = re.compile("\x1b\\[[0-9;]*m")


def session(place: Path) -> str:
    """What the terminal shows, with its colours."""
    project = Session(place, everything=False)
    project.run("git init -q", "")
    project.write("models.py", MODELS)
    project.write("flow.py", FLOW)
    project.run("sigclock update && git add -A && git commit -qm first", "")
    project.write("models.py", f"{MODELS}    count: int = 0\n")
    parts = [f"$ {line}\n{project.run(f'{line} --color always', '')}" for line in COMMANDS]
    return "\n".join(parts)


def plain(text: str) -> list[str]:
    """The words of each line, without colours and without the space between them."""
    return ["".join(line.split()) for line in _COLOR.sub("", text).splitlines() if line.strip()]


def shown() -> list[str]:
    """The words of each line of the picture that is there."""
    lines: dict[float, str] = {}
    for text in ET.parse(PICTURE).iter("{http://www.w3.org/2000/svg}text"):  # noqa: S314 - ours
        if "clip-path" in text.attrib:
            height = float(text.attrib["y"])
            lines[height] = lines.get(height, "") + (text.text or "")
    return [words for line in lines.values() if (words := "".join(line.split()))]


def write(place: Path) -> None:
    """Draw the picture anew."""
    from rich.console import Console  # noqa: PLC0415 - only the generator draws
    from rich.terminal_theme import MONOKAI  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    text = session(place)
    width = max(map(len, _COLOR.sub("", text).splitlines()))
    console = Console(record=True, width=width, file=(place / "out").open("w"))
    console.print(Text.from_ansi(text), no_wrap=True, crop=False)
    drawn = console.export_svg(title="a field was added to Stats", theme=MONOKAI, unique_id="s")
    # A picture fetches nothing: readers have a font of their own.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL))
