"""Small histories as values: what each commit declares, made real in Git by one import."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from sigclock.cli.commands import audit
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.git import Repo

    from sigclock.audit.breaches import Audit

#: Task → (version, signature); what is missing is not there.
Tasks = dict[str, tuple[str, int]]

_RETURNS = ("int", "str", "float")


class Commit(msgspec.Struct, frozen=True):
    """`parents` are numbers of earlier commits."""

    parents: tuple[int, ...]
    tasks: Mapping[str, tuple[str, int]]


def source(tasks: Mapping[str, tuple[str, int]]) -> str:
    lines = ["from flytekit import task"]
    for name, (version, signature) in sorted(tasks.items()):
        lines += [
            f'@task(cache=True, cache_version="{version}")',
            f"def {name}() -> {_RETURNS[signature]}: ...",
        ]
    return "\n".join(lines) + "\n"


def build(repo: Repo, commits: Sequence[Commit]) -> None:
    """Every commit at once, through `git fast-import`; the last one is HEAD."""
    lines: list[str] = []
    for number, commit in enumerate(commits):
        text = source(commit.tasks)
        lines += [
            "commit refs/heads/main",
            f"mark :{number + 1}",
            f"committer Ada <ada@example.org> {1_700_000_000 + number * 86_400} +0000",
            f"data {len(str(number))}",
            str(number),
        ]
        for place, parent in enumerate(commit.parents):
            lines.append(f"{'merge' if place else 'from'} :{parent + 1}")
        lines += ["deleteall", "M 100644 inline m.py", f"data {len(text)}", text]
    stream = "\n".join([*lines, "done", ""]).encode()
    command = ["git", "fast-import", "--quiet", "--force", "--done"]
    subprocess.run(command, cwd=repo.path, input=stream, check=True)
    repo.git("checkout", "-q", "--force", "main")


def audited(repo: Repo, *, range_: str | None = None, first_parent: bool = False) -> Audit:
    return audit.run(str(repo.path), Overrides(), range_, first_parent=first_parent).audit


def sigclock(repo: Repo, *arguments: str) -> tuple[int, str, str]:
    """Status, output and errors of a run over the repository."""
    command = [sys.executable, "-m", "sigclock", "-C", str(repo.path), *arguments]
    wide = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=wide)
    return done.returncode, done.stdout, done.stderr
