"""Makes a Git repository of any size: so many Python files, so many of them with tasks.

A tenth of the files hold models, task files return them, the rest is plain code. The models of a
package are a graph: `depth` classes below one another, `width` of them in each. The same arguments
give the same bytes.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from timing import git

#: Files of one package; about as many as large repositories have in a folder.
_PACKAGE = 50
_PYPROJECT = '[project]\nname = "synthetic"\n\n[tool.sigclock]\nsource-roots = ["."]\n'


class Shape(NamedTuple):
    """What a repository is like: `share` of its files hold `tasks` tasks each.

    Task files of real repositories have some 50 lines a task (flytesnacks, flytekit, flyte-sdk).
    `lines` are those of a file without tasks, `body` those of a task.
    """

    files: int = 500
    share: float = 0.1
    tasks: int = 3
    depth: int = 4
    width: int = 3
    lines: int = 30
    body: int = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--share", type=float, default=0.1, help="of files that hold tasks")
    parser.add_argument("--depth", type=int, default=4, help="of the class graph")
    parser.add_argument("--width", type=int, default=3, help="of the class graph")
    given = parser.parse_args()
    make(given.path, Shape(given.files, given.share, depth=given.depth, width=given.width))


def make(folder: Path, shape: Shape) -> Path:
    """A repository with one commit and its work tree; `folder` must not exist yet."""
    folder.mkdir(parents=True)
    for path, text in contents(shape):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "sources")
    return folder


def commit(folder: Path, message: str) -> None:
    """Commit everything as it lies on disk, under no hook."""
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "--no-verify", "--allow-empty", "--message", message)


def contents(shape: Shape) -> Iterator[tuple[str, str]]:
    """Path and text of every file."""
    chance = random.Random(repr(shape))  # noqa: S311 - to vary texts, and the same each time
    yield "pyproject.toml", _PYPROJECT
    every = max(1, round(1 / shape.share))
    for number in range(shape.files):
        package, place = divmod(number, _PACKAGE)
        folder = f"area{package % 20}/part{package}"
        if place == 0:
            yield f"area{package % 20}/__init__.py", ""
            yield f"{folder}/__init__.py", ""
            yield f"{folder}/models.py", "".join(_models(shape, chance))
        elif number % every == 1 or every == 1:
            yield f"{folder}/tasks_{number}.py", _tasks(shape, number, folder, chance)
        else:
            yield f"{folder}/plain_{number}.py", _plain(shape.lines, number, chance)


def _models(shape: Shape, chance: random.Random) -> Iterator[str]:
    yield "from __future__ import annotations\n\nfrom dataclasses import dataclass\n"
    for level in range(shape.depth):
        for column in range(shape.width):
            yield f"\n\n@dataclass\nclass Model{level}x{column}:\n"
            yield f"    number: int\n    name_{chance.randrange(1000)}: str\n"
            if level + 1 < shape.depth:
                yield from (
                    f"    part{other}: list[Model{level + 1}x{other}]\n"
                    for other in range(shape.width)
                )


def _tasks(shape: Shape, number: int, folder: str, chance: random.Random) -> str:
    models = f"{folder.replace('/', '.')}.models"
    names = [f"Model0x{column}" for column in range(shape.width)]
    lines = [
        "import json",
        "",
        "from flytekit import task",
        "",
        f"from {models} import {', '.join(names)}",
        "",
        "",
    ]
    for one in range(shape.tasks):
        returned = chance.choice(names)
        lines += [
            f'@task(cache=True, cache_version="1.{one}")',
            f"def produce_{number}_{one}(seed: int, scale: float = 1.0) -> {returned}:",
            *(f"    {_statement(chance)}" for _ in range(shape.body)),
            f"    return {returned}()",
            "",
            "",
        ]
    return "\n".join(lines)


def _plain(lines: int, number: int, chance: random.Random) -> str:
    rows = ["import json", "import logging", "", "", f"class Plain{number}:", '    """A class."""']
    while len(rows) < lines:
        rows += ["", f"    def method_{len(rows)}(self, a: int, b: str) -> dict[str, int]:"]
        rows += [f"        {_statement(chance)}" for _ in range(4)]
        rows += ["        return {b: a}"]
    return "\n".join([*rows, ""])


def _statement(chance: random.Random) -> str:
    return f"value_{chance.randrange(100)} = json.dumps([{chance.randrange(10**6)}, 'some text'])"


if __name__ == "__main__":
    main()
