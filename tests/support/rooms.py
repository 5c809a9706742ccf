"""The rooms of the package: their layers, words, sizes and imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import grimp

from support.layered import Arrow
from support.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = ROOT / "sigclock"
#: Lines of code are rounded to so many, so that the picture changes with the house and not with
#: every line.
ROUND = 500


class House(NamedTuple):
    """Rooms and modules of the package by layer, top first; which touch no world; who imports whom.

    `lines` has the rounded length of each room, and no module.
    """

    layers: list[list[str]]
    pure: frozenset[str]
    lines: dict[str, int]
    imports: frozenset[Arrow]


def read_house() -> House:
    """What `pyproject.toml` and the package itself say."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c.get("containers") == ["sigclock"])
    pure = chain.from_iterable(c["source_modules"] for c in contracts if c["type"] == "forbidden")
    rooms = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    return House(
        layers=[layer.split(" | ") for layer in layers],
        pure=frozenset(name.removeprefix("sigclock.") for name in pure),
        lines={room: _length(room) for room in rooms},
        imports=_imports(),
    )


def _length(room: str) -> int:
    sources = (PACKAGE / room).rglob("*.py")
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in sources)
    return max(1, round(lines / ROUND)) * ROUND


def _imports() -> frozenset[Arrow]:
    graph = grimp.build_graph("sigclock", cache_dir=None)
    imports = {
        (_part(module), _part(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return frozenset((a, b) for a, b in imports if a != b and "" not in {a, b})


def _part(module: str) -> str:
    """The room or module of the package that a module belongs to; "" for the package itself."""
    return module.removeprefix("sigclock").lstrip(".").partition(".")[0]


def arrows(imports: frozenset[Arrow]) -> set[Arrow]:
    """The imports that no longer way down tells already."""
    below: dict[str, set[str]] = {}

    def reached(part: str) -> set[str]:
        if part not in below:
            direct = {b for a, b in imports if a == part}
            below[part] = direct  # what a circle finds, which import-linter tells of
            below[part] = direct.union(*map(reached, direct))
        return below[part]

    return {(a, b) for a, b in imports if not any(b in reached(c) for d, c in imports if d == a)}


def plan(house: House, *, deep: bool) -> str:
    """Each room, the top one first, with the sentence that its docstring is.

    Where it is `deep`, also the rooms within rooms, and the modules beside them.
    """
    rows = [("sigclock/", "")]
    for layer in house.layers:
        for part in layer:
            if part in house.lines:
                rows += _room(PACKAGE / part, "├── ", deep=deep)
            elif deep:
                rows.append((f"├── {part}.py", sentence(PACKAGE / f"{part}.py")))
    rows[-1] = (rows[-1][0].replace("├", "└"), rows[-1][1])
    wide = max(len(name) for name, _ in rows) + 2
    return "".join(f"{name:<{wide}}{words}".rstrip() + "\n" for name, words in rows)


def _room(folder: Path, stem: str, *, deep: bool) -> Iterator[tuple[str, str]]:
    yield f"{stem}{folder.name}/", sentence(folder / "__init__.py")
    inner = sorted(path.parent for path in folder.glob("*/__init__.py")) if deep else []
    for path in inner:
        branch = "└── " if path == inner[-1] else "├── "
        yield from _room(path, stem.replace("├──", "│  ").replace("└──", "   ") + branch, deep=deep)


def sentence(path: Path) -> str:
    """What a module promises: the first paragraph of its docstring."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split())
