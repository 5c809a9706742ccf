"""The hook beside other processes, and killed: nothing is lost, and the next run ends alike."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.git import Repo
from support.hooked import BUMPED, FIT, GROWN, MODELS, SIGCLOCK, Hooked, Views, grow, same

from sigclock.errors import EditError
from sigclock.git import staging
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository

LOCK = ".sigclock.lock"
#: Runs sigclock, and kills it at its n-th write in the repository, Git's own among them.
KILLER = """\
import os, signal, sys
sys.dont_write_bytecode = True
left = int(sys.argv.pop(1))
def writes(event, arguments):
    if event == "subprocess.Popen":
        return {"apply", "update-index"} & set(arguments[1])
    if event == "open":
        changes = arguments[2] & (os.O_WRONLY | os.O_RDWR) and not isinstance(arguments[0], int)
    else:
        changes = event in ("os.rename", "os.chmod", "os.remove")
    return changes and os.path.abspath(arguments[0]).startswith(os.getcwd())
def watch(event, arguments):
    global left
    if writes(event, arguments):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
from sigclock.cli import main
sys.addaudithook(watch)
main()
"""


def hook(project: Hooked) -> tuple[int, str]:
    return project.run(*SIGCLOCK, "hook", "run")


def test_an_index_that_another_process_holds_is_left(project: Hooked) -> None:
    grow(project)
    (project.path / ".git/index.lock").touch()
    status, said = hook(project)
    assert status == 2
    assert "another Git command is at work here" in said
    assert "if none runs, remove that file" in said
    (project.path / ".git/index.lock").unlink()
    assert project.views("fit.py") == same(FIT)
    assert project.views("models.py") == Views(GROWN, GROWN, MODELS)
    project.commits()
    assert project.views("fit.py") == same(BUMPED)


def test_what_is_staged_meanwhile_is_not_overwritten(repo: Repo) -> None:
    repo.write("pkg/b.py", "b = 2\n")
    repo.git("add", ".")
    before = repo.git("ls-files", "--stage")
    stale = [
        FileChange("a.py", b"a = 1\n", b"a = 3\n"),
        FileChange("pkg/b.py", b"b = 1\n", b"b = 3\n"),
    ]
    with pytest.raises(EditError, match="changed while sigclock was reading"):
        staging.stage(Repository.open(repo.path), stale)
    assert repo.git("ls-files", "--stage") == before


def test_a_file_that_appeared_meanwhile_is_not_overwritten(repo: Repo) -> None:
    before = repo.git("ls-files", "--stage")
    with pytest.raises(EditError):
        staging.stage(Repository.open(repo.path), [FileChange("a.py", None, b"a = 3\n")])
    assert repo.git("ls-files", "--stage") == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"x\n"), (b"x\n", b""), (b"x", b"x\n"), (b"x\n", b"x"), (b"a\r\nb", b"a\r\nc"),
        (b"\0\xff\n", b"\xff\0"), (None, b""), (None, b"x"), (b"-- a\n+++ b\n", b"@@ -1 +1 @@\n"),
        (b"a\n" * 5000, b"b\n" + b"a\n" * 4999), (b"  \t\n", b"\n"), (b"\\ No newline\n", b"\\"),
    ],
)  # fmt: skip
def test_any_bytes_are_staged_as_they_are(
    empty_repo: Repo, before: bytes | None, after: bytes
) -> None:
    name = 'o "dd"\t\u00e9\\.py'
    if before is not None:
        empty_repo.write(name, before)
        empty_repo.git("add", ".")
    staging.stage(Repository.open(empty_repo.path), [FileChange(name, before, after)])
    assert Hooked(empty_repo.path).blob(f":{name}") == after


def killed_at(count: int, project: Hooked) -> bool:
    """Run the hook until its n-th write; whether it came so far."""
    done = project.run(sys.executable, "-c", KILLER, str(count), "hook", "run")
    assert done.status in (0, -signal.SIGKILL), done.said
    return done.status != 0


def state(project: Hooked) -> list[Views]:
    return [project.raw_views(name) for name in ("fit.py", "models.py", LOCK)]


def test_killed_at_any_write_the_next_commit_ends_alike(project: Hooked, tmp_path: Path) -> None:
    project.write("fit.py", FIT + "# staged\n")
    grow(project)
    project.git("add", ".")
    project.write("fit.py", FIT + "# staged\n# unstaged\n")
    whole = copied(project, tmp_path / "whole")
    whole.commits()
    count = 1
    while killed_at(count, again := copied(project, tmp_path / f"killed-{count}")):
        (again.path / ".git/index.lock").unlink(missing_ok=True)
        again.commits()
        assert state(again) == state(whole), count
        count += 1
    assert count > 8


def copied(project: Hooked, path: Path) -> Hooked:
    shutil.copytree(project.path, path, symlinks=True)
    return Hooked(path)


def test_two_commits_at_once(project: Hooked) -> None:
    project.write("models.py", GROWN)
    project.write("notes.txt", "x\n")
    project.git("add", ".")
    commit = ["git", "commit", "-q", "-a", "-m", "work"]
    both = [
        subprocess.Popen(commit, cwd=project.path, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for one in both:
        one.communicate()
    if project.git("status", "--porcelain"):
        project.commits("-a")
    assert project.views("models.py") == same(GROWN)
    assert project.views("fit.py") in (same(BUMPED), same(BUMPED.replace("1.1", "1.2")))
    assert project.views("notes.txt") == same("x\n")
    assert project.is_settled()
