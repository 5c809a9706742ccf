"""Bars that stand on what a run keeps, a row each: `benchmarks/rows.py [ROW] [--runs N]`.

Every figure is a whole process in processor time; what is compared runs in turn, and ratios are
medians of paired runs. The repositories are those of `synthetic.py`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from synthetic import Shape, commit, make
from timing import Command, forget, git, memory, paired, ratio, seconds, spent

#: What a hook needs before it can decide anything.
IMPORTS = "import click, msgspec, git"
#: A file that may hold tasks and does not parse.
BROKEN = "from flytekit import task\n{{ cookiecutter.name }} = (\n"


class Row(NamedTuple):
    """What is measured against what, and the most that it may be."""

    commands: Mapping[str, Command]
    most: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", nargs="?", choices=sorted(ROWS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=5_000)
    given = parser.parse_args()
    missed = 0
    for name in [given.row] if given.row else ROWS:
        with tempfile.TemporaryDirectory() as folder:
            for row in ROWS[name](Path(folder), given.files):
                found = paired(row.commands, given.runs)
                mine, yardstick = found
                held = ratio(found[mine], found[yardstick])
                missed += held > row.most
                print(
                    f"{mine}: {seconds(found[mine]):.3f} s, {memory(found[mine]):.0f} MB; "
                    f"{yardstick}: {seconds(found[yardstick]):.3f} s; {held:.2f}x of {row.most}x",
                    flush=True,
                )
    sys.exit(int(bool(missed)))


def sigclock(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sigclock", *arguments]


def locked(folder: Path, name: str, files: int) -> Path:
    """A repository that is locked, committed and known to the store."""
    place = make(folder / name, Shape(files))
    for verb in ("update", "check"):
        spent(Command(sigclock(verb, "-q"), place))
        commit(place, "lock")
    return place


def copied(place: Path, name: str) -> Path:
    return Path(shutil.copytree(place, place.with_name(name), symlinks=True))


def back(place: Path) -> None:
    git(place, "reset", "-q", "--hard")


def grown(place: Path, packages: int) -> None:
    """A field in the models of some packages: the tasks that reach them are due."""
    back(place)
    for path in sorted(place.glob("area*/part*/models.py"))[:packages]:
        path.write_text(path.read_text() + "    added: int = 0\n")


# -- the rows ------------------------------------------------------------------------------------


def hook_with_nothing_to_do(folder: Path, files: int) -> Iterator[Row]:
    place = locked(folder, "hooked", files)
    spent(Command(sigclock("hook", "install"), place))
    (place / "README.md").write_text("Words.\n")
    git(place, "add", "--all")
    hook = Command([str(place / ".git/hooks/pre-commit")], place)
    imports = Command([sys.executable, "-c", IMPORTS], place)
    yield Row({"hook, README staged": hook, "imports": imports}, 0.25)


def due_tasks(folder: Path, files: int) -> Iterator[Row]:
    place = locked(folder, "due", files)
    many = Command(sigclock("check", "-q"), place, lambda: grown(place, 14))
    few = Command(sigclock("check", "-q"), place, lambda: grown(place, 1))
    yield Row({"check, 14 packages due": many, "one": few}, 1.5)


def unreadable_file(folder: Path, files: int) -> Iterator[Row]:
    place = locked(folder, "sound", files)
    broken = copied(place, "broken")
    (broken / "template.py").write_text(BROKEN)
    commit(broken, "template")
    spent(Command(sigclock("check", "-q"), broken))
    with_it, without = (Command(sigclock("check", "-q"), where) for where in (broken, place))
    yield Row({"check, a file that does not parse": with_it, "none": without}, 1.1)


def restored_cache(folder: Path, files: int) -> Iterator[Row]:
    """The same package in another folder with other times, as a new installation is."""
    place = locked(folder, "restored", files)
    shutil.copytree(Path(__file__).parents[1] / "sigclock", folder / "new/sigclock")
    start = f"import sys; sys.path.insert(0, {str(folder / 'new')!r}); "
    check = [sys.executable, "-c", f"{start}from sigclock.cli import main; main(['check', '-q'])"]
    old = Command(sigclock("check", "-q"), place)
    yield Row({"check, another installation": Command(check, place), "the same": old}, 1.1)


def unseen_commit(folder: Path, files: int) -> Iterator[Row]:
    place = locked(folder, "unseen", files)
    spent(Command(sigclock("hook", "install"), place))
    leaf = min(place.glob("area0/part0/plain_*.py"))

    def change(text: str, *options: str) -> None:
        leaf.write_text(f"{leaf.read_text()}{text}")
        git(place, "add", "--all")
        git(place, "commit", "-q", *options, "--message", "step")

    def due(*, seen: bool) -> None:
        back(place)
        change("x = 1\n")
        change("y = 1\n", *([] if seen else ["--no-verify"]))
        grown(place, 1)
        git(place, "add", "--all")

    commands = {
        "hook after a commit that it did not see": lambda: due(seen=False),
        "after one that it saw": lambda: due(seen=True),
    }
    hook = sigclock("hook", "run")
    yield Row({name: Command(hook, place, state) for name, state in commands.items()}, 1.5)


def audit(folder: Path, files: int) -> Iterator[Row]:
    place = locked(folder, "audited", files)
    cold = {
        f"{verb}, cold": Command(sigclock(verb), place, lambda: forget(place))
        for verb in ("audit", "check")
    }
    yield Row(cold, 1.3)
    for verb in ("audit", "check"):
        spent(Command(sigclock(verb), place))
    warm = {f"{verb}, warm": Command(sigclock(verb), place) for verb in ("audit", "check")}
    yield Row(warm, 2)


ROWS: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "audit": audit,
    "due-tasks": due_tasks,
    "hook-with-nothing-to-do": hook_with_nothing_to_do,
    "restored-cache": restored_cache,
    "unreadable-file": unreadable_file,
    "unseen-commit": unseen_commit,
}


if __name__ == "__main__":
    main()
