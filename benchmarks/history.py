"""Cost of `audit` over histories of N, 2N and 4N commits: by distinct blobs, not commits x files.

`same` histories touch the same few files to and fro, so that distinct blobs stay the same;
`new` histories change one file to something new at each commit. Prints one line a history, and
fails where twice the commits cost more than they may.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from sigclock.commands import audit
from sigclock.project import Overrides

FILES = 200
#: Twice the commits may cost this many times as much: with the same blobs, and with new ones.
SAME, NEW = 1.5, 2.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=200, help="N")
    asked = parser.parse_args()
    failed = False
    for kind, limit in (("same", SAME), ("new", NEW)):
        times = [measured(kind, asked.commits * factor) for factor in (1, 2, 4)]
        ratios = [after / before for before, after in pairwise(times)]
        failed |= max(ratios) > limit
        shown = ", ".join(f"{one:.2f} s" for one in times)
        print(
            f"{kind:<5} {asked.commits} commits and twice, four times as many: {shown}; "
            f"ratios {', '.join(f'{one:.2f}' for one in ratios)} (at most {limit})"
        )
    sys.exit(int(failed))


def measured(kind: str, commits: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), kind, commits)
        started = time.process_time()
        audit.run(folder, Overrides())
        return time.process_time() - started


def build(folder: Path, kind: str, commits: int) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    lines: list[str] = []
    for number in range(commits):
        lines += [
            "commit refs/heads/main",
            f"committer A <a@example.org> {1_700_000_000 + number * 60} +0000",
            "data 1",
            "x",
        ]
        for file in range(FILES) if number == 0 else [number % 7]:
            text = source(file, number // 7 % 2 if kind == "same" else number)
            lines += [f"M 100644 inline tasks_{file}.py", f"data {len(text)}", text]
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=folder,
        input="\n".join([*lines, ""]).encode(),
        check=True,
    )


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
