"""From a keystroke to its diagnostics: a real client and `sigclock lsp`, in several sizes.

    PYTHONPATH=tests python benchmarks/keystrokes.py [FILES ...] [--runs N]

The server's processor time for an edit, its ratio to that of a process that imports click, msgspec
and GitPython, and how long the client waited. Medians; the first edit of each kind is not counted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from support.editor import Editor
from synthetic import Shape, commit, make
from timing import Command, spent

YARDSTICK = [sys.executable, "-c", "import click, git, msgspec"]
Edit = Callable[[str, int], str]


def commented(text: str, number: int) -> str:
    return f"{text}# {number}\n"


def retyped(text: str, number: int) -> str:
    return text.replace("number: int", f"number: {('float', 'str')[number % 2]}", 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=int, default=[500, 5_000])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--made", type=Path, help="a repository that is there already")
    given = parser.parse_args()
    for files in given.files:
        with tempfile.TemporaryDirectory() as place:
            work = given.made or made(Path(place) / "work", files)
            measure(work, files, given.runs)


def made(work: Path, files: int) -> Path:
    make(work, Shape(files))
    spent(Command([sys.executable, "-m", "sigclock", "update", "-q"], work))
    commit(work, "lock")
    spent(Command([sys.executable, "-m", "sigclock", "check", "-q"], work))
    return work


def measure(work: Path, files: int, runs: int) -> None:
    yard = statistics.median(spent(Command(YARDSTICK, work)).seconds for _ in range(5))
    editor = Editor(work)
    part = work / "area0/part0"
    kinds: list[tuple[str, Path, Edit]] = [
        ("a comment in a file without tasks", part / "plain_2.py", commented),
        ("a comment in a file with tasks", part / "tasks_1.py", commented),
        ("a comment beside classes", part / "models.py", commented),
        ("a field retyped", part / "models.py", retyped),
    ]
    for name, file, edit in kinds:
        editor.open(file)
        text = editor.texts[file.as_uri()]
        editor.diagnostics(file)
        took, waited = [], []
        for number in range(runs + 1):
            cpu, clock = used(editor), time.perf_counter()
            editor.type(file, edit(text, number))
            editor.diagnostics(file)
            waited.append(time.perf_counter() - clock)
            took.append(used(editor) - cpu)
        editor.type(file, text)
        editor.diagnostics(file)
        spent_, wait = statistics.median(took[1:]), statistics.median(waited[1:])
        told = f"{1000 * spent_:5.0f} ms {spent_ / yard:5.2f}x, waited {1000 * wait:5.0f} ms"
        print(f"{files:>6} files  {name:<36} {told}", flush=True)
    print(f"{files:>6} files  memory {editor.memory() * os.sysconf('SC_PAGE_SIZE') / 1e6:.0f} MB")
    editor.close()


def used(editor: Editor) -> float:
    """The processor seconds of the server so far."""
    words = (
        Path(f"/proc/{editor.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    )
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
