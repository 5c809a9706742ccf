"""What is written of the rooms: a picture, and a plan in the documentation and in CONTRIBUTING.md.

`PYTHONPATH=tests python -m support.house` writes all of it anew.
"""

from __future__ import annotations

from pathlib import Path

from support.drawing import draw
from support.paths import ROOT
from support.rooms import House, plan, read_house

PICTURE = ROOT / "docs/house.svg"
BUILT = ROOT / "docs/explanation/built.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
START = "<!-- rooms: written by `PYTHONPATH=tests python -m support.house` -->\n\n```\n"
END = "```\n\n<!-- end of rooms -->\n"


def plan_in(text: str) -> str:
    """What stands between the two marks."""
    return text.partition(START)[2].partition(END)[0]


def write_plan(path: Path, house: House, *, deep: bool) -> None:
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition(START)
    tail = rest.partition(END)[2]
    path.write_text(f"{head}{START}{plan(house, deep=deep)}{END}{tail}", encoding="utf-8")


def write() -> None:
    house = read_house()
    PICTURE.write_text(draw(house), encoding="utf-8")
    write_plan(BUILT, house, deep=False)
    write_plan(CONTRIBUTING, house, deep=True)


if __name__ == "__main__":
    write()
