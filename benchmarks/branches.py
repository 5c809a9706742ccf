"""What it costs to choose a version in a clone with 1,000 branches, each with a lock and a source.

Processor time of `sigclock update --diff`, held against a clone with 10 such branches: with nothing
kept, with all kept, and after one branch moved. Fails where it is more than 1.5 times as much.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from timing import Command, forget, git, paired, ratio, seconds

FEW, MANY, BAR, RUNS = 10, 1000, 1.5, 5
TASKS = 20
STATS = "from dataclasses import dataclass\n\n@dataclass\nclass Stats:\n    mean: float\n"
FIT = """\
from flytekit import task
from stats import Stats

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
"""
COMMIT = """\
commit refs/heads/{branch}
committer Ada <ada@example.org> 1700000000 +0000
data 1
x
from refs/heads/main^0
M 100644 inline .sigclock.lock
data {size}
{lock}
M 100644 inline fit0.py
data {length}
{source}
"""
UPDATE = (sys.executable, "-m", "sigclock", "update", "--diff")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        places = {count: made(Path(folder) / str(count), count) for count in (FEW, MANY)}
        ways: dict[str, Callable[[Path], object]] = {
            "cold": forget,
            "warm": bool,
            "one branch moved": move,
        }
        found = {way: cost(places, way, prepare) for way, prepare in ways.items()}
    failed = [way for way, times in found.items() if times > BAR]
    if failed:
        sys.exit(f"more than {BAR} times as much: {', '.join(failed)}")


def cost(places: dict[int, Path], way: str, prepare: Callable[[Path], object]) -> float:
    """How many times as much the clone with many branches costs."""
    commands = {
        str(count): Command(UPDATE, place, partial(prepare, place))
        for count, place in places.items()
    }
    times = paired(commands, RUNS)
    few, many = times[str(FEW)], times[str(MANY)]
    print(f"{way}: {seconds(few):.2f} s, {seconds(many):.2f} s: {ratio(many, few):.2f}x")
    return ratio(many, few)


def made(place: Path, count: int) -> Path:
    """A clone in which each branch issued a version of its own, and a bump is due."""
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    (place / "stats.py").write_text(STATS)
    for number in range(TASKS):
        (place / f"fit{number}.py").write_text(FIT)
    subprocess.run([*UPDATE[:-1]], cwd=place, check=True, stdout=subprocess.DEVNULL)
    git(place, "add", "--all")
    git(place, "commit", "-q", "-m", "first")
    lock = (place / ".sigclock.lock").read_text()
    stream = "".join(commit(lock, number) for number in range(count))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=place, input=stream.encode(), check=True)
    git(place, "pack-refs", "--all")
    (place / "stats.py").write_text(f"{STATS}    count: int\n")
    return place


def commit(lock: str, number: int) -> str:
    issued = f'"9.{number}": ["{number:064x}"],\n        "1.0": ['
    text = lock.replace('"1.0": [', issued, 1)
    source = FIT.replace('"1.0"', f'"9.{number}"')
    sizes = {"size": len(text), "length": len(source)}
    return COMMIT.format(branch=f"b{number}", lock=text, source=source, **sizes)


def move(place: Path) -> None:
    """Move one branch to another's commit, each time to a further one."""
    moved = place / ".git/moved"
    number = int(moved.read_text()) + 1 if moved.is_file() else 1
    moved.write_text(str(number))
    git(place, "update-ref", "refs/heads/b0", f"b{number}")


if __name__ == "__main__":
    main()
