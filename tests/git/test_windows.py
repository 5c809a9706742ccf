"""What Windows does otherwise, tried here by what each function is given; the rest runs there."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from support.hooked import FIT, Hooked
from support.paths import ROOT

from sigclock.git.names import decoded, encoded, is_forged, may_have_forged
from sigclock.git.repository import Repository
from sigclock.git.windows import below, git_in, lock_byte, long_root, patiently, remove


def test_git_is_never_looked_for_in_the_current_folder() -> None:
    there = {r"C:\Git\cmd\git.exe", r".\git.exe", r"git.exe", r"bin\git.exe", r"\tools\git.exe"}
    assert git_in(r".;;bin;\tools;C:\Windows;C:\Git\cmd", there.__contains__) == (
        r"C:\Git\cmd\git.exe"
    )
    assert git_in(r".;;bin;\tools", there.__contains__) is None


@pytest.mark.parametrize(
    ("root", "long"),
    [
        (r"C:\code\repo", r"\\?\C:\code\repo"),
        ("C:/code/repo", r"\\?\C:\code\repo"),
        (r"\\host\share\repo", r"\\?\UNC\host\share\repo"),
        (r"\\?\C:\code\repo", r"\\?\C:\code\repo"),
        (".", "."),
    ],
)
def test_a_path_may_be_long(root: str, long: str) -> None:
    assert long_root(root, windows=True) == long
    assert below(long, "a/b.py", windows=True) == rf"{long}\a\b.py"


def test_elsewhere_a_path_stays_as_it_is() -> None:
    assert below(long_root("/code", windows=False), "a/b.py", windows=False) == "/code/a/b.py"


ALWAYS = ["", "/a.py", "../a.py", "a/../b.py", ".git/a.py", "a/.GIT/b.py", "a//b.py", "./a.py"]
THERE = [r"..\a.py", r"a\b.py", "C:a.py", "a.py:b", "git~1/a.py", ".git /a.py", ".git./a.py", "a."]
NEVER = ["a.py", ".github/a.py", "a/.gitignore", "a b.py", "...py", "git~a/b.py", "é.py"]


def test_names_that_git_never_checks_out() -> None:
    names = [*ALWAYS, *THERE, *NEVER]
    assert [name for name in names if is_forged(name, windows=False)] == ALWAYS
    assert [name for name in names if is_forged(name, windows=True)] == [*ALWAYS, *THERE]
    for windows in (False, True):
        for name in filter(lambda name: is_forged(name, windows=windows), names):
            listing = f"100644 blob 0\ta.py\x00100644 blob 0\t{name}\x00100644 blob 0\tz.py"
            assert may_have_forged(listing, windows=windows), name


def test_the_bytes_of_a_name_survive_as_text() -> None:
    assert encoded(decoded(b"caf\xe9/\xff.py")) == b"caf\xe9/\xff.py"
    with pytest.raises(UnicodeEncodeError):
        encoded("\ud800")


def test_nothing_is_decoded_as_only_one_system_can() -> None:
    """`os.fsdecode` refuses, on Windows, what is not UTF-8; `names.decoded` takes all."""
    used = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("sigclock/**/*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Attribute) and node.attr in {"fsdecode", "fsencode"}
    }
    assert used == set()


def test_what_is_forbidden_for_a_moment_is_tried_again() -> None:
    tries = iter([PermissionError(), PermissionError(), None])

    def action() -> None:
        if error := next(tries):
            raise error

    patiently(action, waits=(0, 0))
    assert next(tries, "none left") == "none left"


def test_the_last_error_counts(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        patiently((tmp_path / "none").unlink, waits=(0, 0))


def test_a_read_only_draft_is_removed(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    draft.touch(0o400)
    remove(draft, windows=True)
    assert not draft.exists()


def test_one_byte_is_locked_and_the_file_stands_where_it_stood(tmp_path: Path) -> None:
    """`fcntl.lockf` locks bytes as `msvcrt.locking` does, but from a place that it is given."""
    fcntl = pytest.importorskip("fcntl")
    locked = []

    def locking(handle: int, way: int, size: int) -> None:
        locked.append(os.lseek(handle, 0, os.SEEK_CUR))
        fcntl.lockf(handle, way, size)

    (tmp_path / "note").write_bytes(b"abc")
    with (tmp_path / "note").open("r+b", buffering=0) as file:
        file.read(1)
        lock_byte(file.fileno(), locking, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert (file.read(), locked) == (b"bc", [2**30])


def test_a_link_that_git_writes_as_a_file_is_no_source(tmp_path: Path) -> None:
    """Git for Windows does so where its user has no right to make links."""
    project = Hooked.of(tmp_path / "project", {"fit.py": FIT, "models.py": "class Stats: ...\n"})
    (project.path / "link.py").symlink_to("fit.py")
    project.commit("a link")
    assert "link.py" not in Repository.open(project.path).worktree().paths()
    project.git("config", "core.symlinks", "false")
    (project.path / "link.py").unlink()
    project.git("checkout", "-q", "--", "link.py")
    assert (project.path / "link.py").read_bytes() == b"fit.py"
    assert (project.path / "link.py").is_symlink() is False
    assert "link.py" not in Repository.open(project.path).worktree().paths()
    assert project.is_settled()
