"""What `audit` costs over N, 2N and 4N commits: it follows distinct blobs, not commits x files.

`same` histories go to and fro between two states of a few files, `new` ones change a file to
something new at each commit; both with few files and with four times as many. Processor time of the
best of three runs. Fails where twice the commits cost far more than twice as much, where a further
commit costs more because of files that it does not touch, or where one without a new blob is dear.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from sigclock.cli.commands import audit
from sigclock.project.projects import Overrides

FEW, MANY = 100, 400
RUNS = 3
#: At most so many times as much: twice the commits; a further commit among many files; one without
#: a new blob, of one with.
DOUBLED, AMONG_MANY, NOTHING_NEW = 2.6, 2.0, 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=300, help="N")
    first = parser.parse_args().commits
    further = {
        (kind, files): further_commit(kind, files, (first, 2 * first, 4 * first))
        for kind in ("same", "new")
        for files in (FEW, MANY)
    }
    among_many = further["new", MANY] / further["new", FEW]
    nothing_new = further["same", MANY] / further["new", MANY]
    print(f"a further commit among {MANY} files, of one among {FEW}: {among_many:.2f}")
    print(f"a further commit without a new blob, of one with: {nothing_new:.2f}")
    sys.exit(int(among_many > AMONG_MANY or nothing_new > NOTHING_NEW))


def further_commit(kind: str, files: int, sizes: Sequence[int]) -> float:
    """Seconds that a commit more costs; exits where cost grows faster than history."""
    times = [measured(kind, commits, files) for commits in sizes]
    ratios = [after / before for before, after in pairwise(times)]
    spent = ", ".join(f"{one:.2f} s" for one in times)
    grown = ", ".join(f"{one:.2f}" for one in ratios)
    each = (times[-1] - times[0]) / (sizes[-1] - sizes[0])
    print(
        f"{kind:<4} {files} files, {sizes} commits: {spent} (x {grown}), {each * 1000:.2f} ms each"
    )
    if max(ratios) > DOUBLED:
        sys.exit(1)
    return each


def measured(kind: str, commits: int, files: int) -> float:
    """Seconds of processor time; every run starts without what earlier ones kept."""
    times = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder), kind, commits, files)
            started = time.process_time()
            audit.run(folder, Overrides())
            times.append(time.process_time() - started)
    return min(times)


def build(folder: Path, kind: str, commits: int, files: int) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    lines: list[str] = []
    for number in range(commits):
        lines += [
            "commit refs/heads/main",
            f"committer A <a@example.org> {1_700_000_000 + number * 60} +0000",
            "data 1",
            "x",
        ]
        for file in range(files) if number == 0 else [number % 7]:
            text = source(file, number // 7 % 2 if kind == "same" else number)
            lines += [f"M 100644 inline tasks_{file}.py", f"data {len(text)}", text]
    stream = "\n".join([*lines, ""]).encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)


def source(file: int, state: int) -> str:
    fields = "".join(f"    field_{number}: int\n" for number in range(3))
    return (
        "from dataclasses import dataclass\nfrom flytekit import task\n"
        f"@dataclass\nclass Model:\n{fields}    state_{state}: int\n"
        f'@task(cache=True, cache_version="{state}")\n'
        f"def fit_{file}(x: int) -> Model: ...\n"
    )


if __name__ == "__main__":
    main()
