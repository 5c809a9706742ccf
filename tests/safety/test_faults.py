"""A disk or a Git that fails: one line of what, one of what to do, and the tree as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from support.hooked import ROOT, Hooked
from support.projects import COUNT, FIT, STATS, Project

FILES = {"stats.py": STATS, "a/fit.py": FIT}
#: Runs sigclock as somebody whom file modes bind, root or not: without root's two passes.
BOUND = """\
import ctypes, sys
prctl, DROP = ctypes.CDLL(None).prctl, 24
prctl(DROP, 1), prctl(DROP, 2)
import os
os.execv(sys.executable, [sys.executable, "-m", "sigclock", *sys.argv[1:]])
"""
#: Runs sigclock so that no file may grow beyond a size: a disk that is full, as errors go.
LIMITED = """\
import resource, sys
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
from sigclock.cli import main
main()
"""
#: Runs sigclock, and a line of Python of ours before a file is opened for the first time.
MEANWHILE = """\
import os, sys
path, line = sys.argv.pop(1), sys.argv.pop(1)
from sigclock.cli import main
def watch(event, arguments):
    global path
    if path and event == "open" and path in str(arguments[0]):
        path = ""
        exec(line)
sys.addaudithook(watch)
main()
"""
#: Runs sigclock, for which the disk is full at the second draft.
SECOND_FAILS = """\
import errno, sys
drafts = set()
from sigclock.cli import main
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".tmp") and ".sigclock-" in str(arguments[0]):
        drafts.add(str(arguments[0]))
        if len(drafts) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
sys.addaudithook(watch)
main()
"""


class Refused(NamedTuple):
    status: int
    said: list[str]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.of(tmp_path_factory.mktemp("pristine") / "project", FILES)
    project.write("stats.py", STATS + COUNT)
    return project


@pytest.fixture
def due(pristine: Project, tmp_path: Path) -> Project:
    """A bump is due in `a/fit.py`."""
    return pristine.copied(tmp_path / "project")


def run(project: Project, *command: str, **environment: str) -> Refused:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )
    return Refused(done.returncode, done.stderr.decode().splitlines())


# -- the disk ----------------------------------------------------------------------------------

AGAIN = "  nothing was changed; make room or give permission, then run again"


@pytest.mark.parametrize(
    ("path", "mode", "message", "advice"),
    [
        ("a", 0o555, "cannot write a/fit.py: Permission denied", AGAIN),
        (".", 0o555, "cannot write .sigclock.lock: Permission denied", AGAIN),
        (
            "a/fit.py",
            0,
            "cannot read a/fit.py: Permission denied",
            "  make it readable and run again",
        ),
        ("a", 0, "cannot read a/fit.py: Permission denied", "  make it readable and run again"),
    ],
    ids=["folder", "root", "file", "closed folder"],
)
def test_what_permissions_forbid(
    due: Project, path: str, mode: int, message: str, advice: str
) -> None:
    before = due.state()
    (due.path / path).chmod(mode)
    refused = run(due, "-c", BOUND, "update")
    (due.path / path).chmod(0o755)
    assert refused == (2, [f"sigclock: error: {message}", advice])
    assert due.state() == before


@pytest.mark.parametrize("size", [0, 20, 300])
def test_a_disk_without_room(due: Project, size: int) -> None:
    before = due.state()
    status, said = run(due, "-c", LIMITED, str(size), "update")
    assert (status, said[1:]) == (2, [AGAIN])
    assert said[0].startswith("sigclock: error: ")
    assert said[0].endswith(": File too large")
    assert due.state() == before
    assert due.bumped() == [("1.0", "1.1")]


@pytest.mark.parametrize("size", [0, 300])
def test_a_hook_on_a_disk_without_room(tmp_path: Path, size: int) -> None:
    project = Hooked.of(tmp_path / "project")
    project.write("models.py", STATS.replace("mean", "median"))
    project.git("add", ".")
    before = [project.raw_views(path) for path in ("fit.py", "models.py", ".sigclock.lock")]
    done = project.run(sys.executable, "-c", LIMITED, str(size), "hook", "run")
    assert (done.status, len(done.said.splitlines())) == (2, 2), done.said
    assert before == [project.raw_views(path) for path in ("fit.py", "models.py", ".sigclock.lock")]
    (project.path / ".git/index.lock").unlink(missing_ok=True)
    project.commits()
    assert project.is_settled()


@pytest.mark.parametrize("locked", [True, False], ids=["with a lock", "without"])
def test_a_hook_that_cannot_write_the_lock_takes_the_rest_back(
    tmp_path: Path, *, locked: bool
) -> None:
    """The lock is written last: by then the source is edited, and the index too."""
    project = Hooked.of(tmp_path / "project")
    if not locked:
        project.git("rm", "-q", ".sigclock.lock")
        project.git("commit", "-q", "--no-verify", "-m", "without")
    project.write("models.py", STATS + COUNT)
    project.git("add", ".")
    before = [project.raw_views(path) for path in ("fit.py", "models.py", ".sigclock.lock")]
    staged = project.git("ls-files", "--stage")
    done = project.run(sys.executable, "-c", SECOND_FAILS, "hook", "run")
    assert (done.status, "cannot write .sigclock.lock: No space left" in done.said) == (2, True)
    assert before == [project.raw_views(path) for path in ("fit.py", "models.py", ".sigclock.lock")]
    assert project.git("ls-files", "--stage") == staged
    project.commits()
    assert project.is_settled()


def test_a_report_that_finds_no_room(due: Project) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    status, said = run(due, "-m", "sigclock", "check", "--format", f"json:{full}")
    assert (status, said[0]) == (
        2,
        f"sigclock: error: cannot write {full}: No space left on device",
    )


# -- somebody else at work ---------------------------------------------------------------------


def test_a_file_that_goes_while_it_is_read(due: Project) -> None:
    gone = "os.unlink('a/fit.py')"
    refused = run(due, "-c", MEANWHILE, "a/fit.py", gone, "update")
    assert refused == (
        2,
        [
            "sigclock: error: a/fit.py went away while sigclock was reading",
            "  run the command again",
        ],
    )


CHANGED = ["changed while sigclock was reading", "  nothing was written; run the command again"]


@pytest.mark.parametrize("path", ["a/fit.py", ".sigclock.lock"])
def test_a_file_that_changes_before_it_is_written_is_kept(due: Project, path: str) -> None:
    before = due.state()
    edit = f"open({path!r}, 'a').write('mine')"
    status, said = run(due, "-c", MEANWHILE, ".sigclock-", edit, "update")
    assert (status, [said[0].partition(f"{path} ")[2], said[1]]) == (2, CHANGED)
    assert due.state() == {**before, path: before[path] + b"mine"}


def test_a_file_that_changes_while_it_is_read_costs_nothing(due: Project) -> None:
    assert (
        run(due, "-c", MEANWHILE, ".sigclock-", "open('stats.py', 'a').write(' ')", "update").status
        == 0
    )
    assert due.read("stats.py") == STATS + COUNT + " "
    assert due.found() == []


@pytest.mark.parametrize("another", ["os.mkdir('{0}')", "os.symlink('../stats.py', '{0}')"])
def test_something_else_in_place_of_a_file(due: Project, another: str) -> None:
    swap = f"os.unlink('a/fit.py'); {another.format('a/fit.py')}"
    status, said = run(due, "-c", MEANWHILE, ".sigclock-", swap, "update")
    assert (status, said[0]) == (
        2,
        "sigclock: error: a/fit.py is not a regular file in this tree",
    )
    assert due.read("stats.py") == STATS + COUNT


# -- names -------------------------------------------------------------------------------------


def test_two_names_that_differ_by_case_are_two_files(tmp_path: Path) -> None:
    files = {"stats.py": STATS, "fit.py": FIT, "Fit.py": FIT}
    project = Project.of(tmp_path / "project", files)
    project.git("config", "core.ignorecase", "true")
    project.write("stats.py", STATS + COUNT)
    assert project.bumped() == [("1.0", "1.1"), ("1.0", "1.1")]
    assert project.found() == []


def test_two_names_that_the_disk_takes_for_one_are_refused(tmp_path: Path) -> None:
    files = {"stats.py": STATS, "fit.py": FIT, "Fit.py": FIT}
    project = Project.of(tmp_path / "project", files)
    project.write("stats.py", STATS + COUNT)
    before = project.state()
    bound = "mount --bind fit.py Fit.py && exec $0 -m sigclock update"
    refused = privately(project, bound)
    assert refused == (
        2,
        [
            "sigclock: error: Fit.py and fit.py are one file on this disk",
            "  nothing was written; rename one of them in Git, for the disk ignores case",
        ],
    )
    assert project.state() == before


def test_a_full_file_system(due: Project) -> None:
    """A real one, of two hundred kilobytes, with the folder of the task on it."""
    before = due.state()
    fill = "dd if=/dev/zero of=a/zero bs=1k 2>/dev/null"
    mounted = (
        "cp a/fit.py .git/kept && mount -t tmpfs -o size=200k none a && cp .git/kept a/fit.py &&"
        f" {{ {fill}; $0 -m sigclock update; status=$?; cat a/fit.py > .git/left; exit $status; }}"
    )
    refused = privately(due, mounted)
    assert refused == (
        2,
        ["sigclock: error: cannot write a/fit.py: No space left on device", AGAIN],
    )
    assert (due.state(), due.read(".git/left")) == (before, FIT)


def test_a_read_only_file_system(due: Project) -> None:
    before = due.state()
    status, said = privately(
        due, "mount --bind . . && mount -o remount,ro,bind . && cd $PWD && $0 -m sigclock update"
    )
    assert (status, said) == (
        2,
        ["sigclock: error: cannot write a/fit.py: Read-only file system", AGAIN],
    )
    assert due.state() == before


def privately(project: Project, script: str) -> Refused:
    """Run a shell script that may mount something that nobody else sees; skip if it may not."""
    probe = ["unshare", "--mount", "true"]
    if (
        not shutil.which("unshare")
        or subprocess.run(probe, check=False, capture_output=True).returncode
    ):
        pytest.skip("needs a mount namespace")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, sys.executable],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    return Refused(done.returncode, done.stderr.decode().splitlines())


def test_an_immutable_file_takes_the_others_back(due: Project) -> None:
    before = due.state()
    lock = due.path / ".sigclock.lock"
    if (
        not shutil.which("chattr")
        or subprocess.run(["chattr", "+i", str(lock)], check=False, capture_output=True).returncode
    ):
        pytest.skip("needs chattr +i")
    try:
        refused = run(due, "-m", "sigclock", "update")
    finally:
        subprocess.run(["chattr", "-i", str(lock)], check=True)
    assert refused == (
        2,
        ["sigclock: error: cannot write .sigclock.lock: Operation not permitted", AGAIN],
    )
    assert due.state() == before


# -- Git ---------------------------------------------------------------------------------------

OLD_GIT = """\
#!/bin/sh
case "$*" in version) echo git version 1.8.3.1;; *) echo error: unknown option >&2; exit 129;; esac
"""


@pytest.mark.parametrize("verb", [["update"], ["hook", "run"]], ids=" ".join)
@pytest.mark.parametrize("git", ["missing", "old", "of another user"])
def test_a_git_that_does_not_serve(due: Project, tmp_path: Path, git: str, verb: list[str]) -> None:
    (tmp_path / "bin").mkdir()
    if git == "old":
        (tmp_path / "bin/git").write_text(OLD_GIT)
        (tmp_path / "bin/git").chmod(0o755)
    environment = {
        "missing": {"PATH": str(tmp_path / "bin")},
        "old": {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        "of another user": {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
    }[git]
    message, advice = {
        "missing": ("Git cannot be run", "install Git 2.25 or newer and put it on PATH"),
        "old": ("Git 1.8.3.1 is too old for sigclock", "install Git 2.25 or newer"),
        "of another user": (
            f"Git refuses the repository at {due.path}: another user owns it",
            f"if you trust it, run: git config --global --add safe.directory {due.path}",
        ),
    }[git]
    before = due.state()
    refused = run(due, "-m", "sigclock", *verb, **environment)
    assert refused == (2, [f"sigclock: error: {message}", f"  {advice}"])
    assert due.state() == before


def cut(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:150])


DAMAGED = {
    "index": (
        ".git/index",
        "the index is damaged: ",
        "  move the index file away, then run: git reset",
    ),
    "pack": (
        ".git/objects/pack/*.pack",
        "the object database is damaged: ",
        "  run git fsck, then fetch or clone again what it names",
    ),
}


@pytest.mark.parametrize("verb", ["update", "check"])
@pytest.mark.parametrize("what", DAMAGED)
def test_a_git_folder_that_is_cut_off(due: Project, what: str, verb: str) -> None:
    pattern, message, advice = DAMAGED[what]
    due.git("repack", "-adq")
    cut(next(due.path.glob(pattern)))
    before = due.state()
    status, said = run(due, "-m", "sigclock", verb)
    assert (status, said[1:]) == (2, [advice]), said
    assert said[0].startswith(f"sigclock: error: {message}")
    assert due.state() == before


@pytest.mark.parametrize("head", ["", "ref: refs/heads/../../x", "f" * 40])
def test_a_head_that_leads_nowhere(due: Project, head: str) -> None:
    due.write(".git/HEAD", head)
    before = due.state()
    status, said = run(due, "-m", "sigclock", "update")
    assert (status, len(said)) == (2, 2), said
    assert due.state() == before
