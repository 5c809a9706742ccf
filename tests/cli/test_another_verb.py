"""A verb is one file and one line, and nothing else knows of it."""

from __future__ import annotations

import re
from pathlib import Path

from support.extending import extended, run, stale_project

VERB = '''\
"""`mine`: how many files there are."""

import click

from sigclock.cli.options import Settings, say
from sigclock.git.repository import Repository


@click.command()
@click.option("--loud", is_flag=True, help="Louder.")
def command(*, loud: bool) -> None:
    """Count the files of the work tree."""
    tree = Repository.open(Settings({}).directory).worktree()
    say(f"{len(list(tree.paths()))} files{'!' * loud}\\n")
'''


def test_a_verb(tmp_path: Path) -> None:
    stale = stale_project(tmp_path / "project")
    line = '    "merge-driver": "Merge two locks, for Git.",'
    table = (line, f'{line}\n    "mine": "Count the files.",')
    env = extended(tmp_path / "copy", "cli/commands/mine.py", VERB, "cli/main.py", table)
    told = run(stale.path, env, "--help")[1]
    assert re.search(r"^  mine +Count the files\.$", told, re.MULTILINE)
    whole = run(stale.path, env, "mine", "--help")[1]
    assert "Count the files of the work tree." in whole
    assert "Louder." in whole
    count = len(stale.git("ls-files").splitlines())
    assert run(stale.path, env, "mine", "--loud") == (0, f"{count} files!\n", "")
