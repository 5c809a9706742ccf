from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from sigclock.errors import EditError, SigclockError
from sigclock.git import drafts
from sigclock.git.atomic_write import FileChange, replace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with `a.py` and `pkg/b.py`."""
    folder = tmp_path / "root"
    (folder / "pkg").mkdir(parents=True)
    (folder / "a.py").write_bytes(b"a\n")
    (folder / "pkg/b.py").write_bytes(b"b\n")
    return folder


def files(root: Path) -> dict[str, bytes]:
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


A = FileChange("a.py", b"a\n", b"A\r\n")
B = FileChange("pkg/b.py", b"b\n", b"B")
NEW = FileChange(".lock", None, b"lock\n")
BEFORE = {"a.py": b"a\n", "pkg/b.py": b"b\n"}


def test_files_are_replaced_and_made(root: Path) -> None:
    replace(root, [A, B, NEW])
    assert files(root) == {".lock": b"lock\n", "a.py": b"A\r\n", "pkg/b.py": b"B"}


def test_no_change_is_no_write(root: Path) -> None:
    replace(root, [])
    assert files(root) == BEFORE


@pytest.mark.parametrize(
    "stale",
    [
        FileChange("a.py", b"other", b"A"),
        FileChange("a.py", None, b"A"),
        FileChange("gone.py", b"x", b"A"),
    ],
    ids=["edited", "made", "deleted"],
)
def test_nothing_is_written_if_any_file_changed(root: Path, stale: FileChange) -> None:
    with pytest.raises(EditError, match="changed while sigclock was reading") as caught:
        replace(root, [B, stale])
    assert (caught.value.location, files(root)) == (stale.path, BEFORE)


def test_a_change_made_while_drafts_are_written_is_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: (root / "pkg/b.py").write_bytes(b"edited"))
    with pytest.raises(EditError, match=r"^pkg/b\.py changed"):
        replace(root, [A, B])
    assert files(root) == {"a.py": b"a\n", "pkg/b.py": b"edited"}


@pytest.mark.parametrize(
    "path",
    ["../out.py", "/etc/hosts", "pkg/../../out.py", "", ".", "pkg", ".git/config", "no/x.py"],
)
def test_a_path_that_leads_elsewhere_is_refused(root: Path, path: str) -> None:
    (root / ".git").mkdir()
    with pytest.raises(EditError, match="is not a regular file in this tree"):
        replace(root, [A, FileChange(path, None, b"x")])
    assert (files(root), (root.parent / "out.py").exists()) == (BEFORE, False)


@pytest.mark.parametrize("target", ["a.py", "../out.py", "nowhere"])
def test_a_symlink_is_refused(root: Path, target: str) -> None:
    (root.parent / "out.py").write_bytes(b"a\n")
    (root / "link.py").symlink_to(target)
    for before in (b"a\n", None):
        with pytest.raises(EditError, match="is not a regular file"):
            replace(root, [FileChange("link.py", before, b"x")])
    assert ((root / "a.py").read_bytes(), (root.parent / "out.py").read_bytes()) == (b"a\n", b"a\n")


@pytest.mark.parametrize("name", ["a.py", "new.py"])
def test_a_folder_behind_a_symlink_is_refused(root: Path, name: str) -> None:
    (root.parent / "out").mkdir()
    (root / "side").symlink_to("../out")
    with pytest.raises(EditError):
        replace(root, [FileChange(f"side/{name}", None, b"x")])
    assert files(root.parent / "out") == {}


@pytest.mark.parametrize("mode", [0o755, 0o600, 0o444, 0o4750])
def test_the_mode_is_kept(root: Path, mode: int) -> None:
    (root / "a.py").chmod(mode)
    replace(root, [A])
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_umask_leaves(root: Path) -> None:
    old = os.umask(0o027)
    try:
        replace(root, [NEW])
    finally:
        os.umask(old)
    assert stat.S_IMODE((root / ".lock").stat().st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to give")
def test_the_owner_is_kept(root: Path) -> None:
    os.chown(root / "a.py", 1234, 5678)
    replace(root, [A])
    found = (root / "a.py").stat()
    assert (found.st_uid, found.st_gid) == (1234, 5678)


def test_another_name_of_the_file_keeps_its_content(root: Path) -> None:
    (root / "twin.py").hardlink_to(root / "a.py")
    replace(root, [A])
    assert (root / "twin.py").read_bytes() == b"a\n"


def test_a_full_disk_changes_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def full_at_the_second(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_at_the_second)
    with pytest.raises(SigclockError) as caught:
        replace(root, [A, B, NEW])
    assert caught.value.message == "cannot write pkg/b.py: No space left on device"
    assert files(root) == BEFORE


def test_a_failing_rename_takes_the_others_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace

    def fail_for_b(self: Path, target: Path) -> Path:
        if target.name == "b.py":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, target)

    (root / "a.py").chmod(0o640)
    monkeypatch.setattr(Path, "replace", fail_for_b)
    with pytest.raises(SigclockError, match=r"^cannot write pkg/b\.py: Permission denied$"):
        replace(root, [A, NEW, B])
    assert files(root) == BEFORE
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o640


def test_an_interrupt_between_two_renames_takes_the_first_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace

    def interrupt(self: Path, target: Path) -> Path:
        if target.name == "b.py":
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace(root, [A, NEW, B])
    assert files(root) == BEFORE


def test_an_interrupt_leaves_no_draft(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace(root, [A, B, NEW])
    assert files(root) == BEFORE


# -- what a killed process left ----------------------------------------------------------------

DRAFT = "pkg/.sigclock-0123456789abcdef.tmp"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def leave(notes: Path, *drafts: str) -> Path:
    """A note of these drafts, as a process leaves it that is killed."""
    note = notes / "drafts-0123456789abcdef"
    note.write_bytes(b"".join(draft.encode() + b"\0" for draft in drafts))
    return note


def test_a_draft_that_a_killed_process_left_goes_with_its_note(root: Path, notes: Path) -> None:
    (root / DRAFT).write_bytes(b"half")
    leave(notes, DRAFT, "gone/.sigclock-0123456789abcdef.tmp")
    replace(root, [A], notes)
    assert (files(root), files(notes)) == ({**BEFORE, "a.py": b"A\r\n"}, {})


def test_a_draft_of_a_living_process_stays(root: Path, notes: Path) -> None:
    (root / DRAFT).write_bytes(b"half")
    with drafts.recorded(notes, [DRAFT]):
        replace(root, [A], notes)
        assert (files(root)[DRAFT], len(files(notes))) == (b"half", 1)
    assert files(notes) == {}


def test_a_file_like_a_draft_that_no_note_names_stays(root: Path, notes: Path) -> None:
    (root / DRAFT).write_bytes(b"mine")
    replace(root, [A], notes)
    assert files(root)[DRAFT] == b"mine"


@pytest.mark.parametrize(
    "named",
    [
        "a.py",
        "../out.tmp",
        "../.sigclock-0123456789abcdef.tmp",
        "link/.sigclock-0123456789abcdef.tmp",
    ],
)
def test_a_forged_note_takes_nothing_away(root: Path, notes: Path, named: str) -> None:
    outside = [root.parent / "out.tmp", root.parent / ".sigclock-0123456789abcdef.tmp"]
    (root / "link").symlink_to("..")
    for file in outside:
        file.write_bytes(b"mine")
    leave(notes, named, f"{root.parent}/.sigclock-0123456789abcdef.tmp")
    replace(root, [B], notes)
    assert ((root / "a.py").read_bytes(), [one.read_bytes() for one in outside]) == (
        b"a\n",
        [b"mine", b"mine"],
    )


def test_where_no_note_can_be_kept_files_are_written_all_the_same(root: Path) -> None:
    replace(root, [A], root / "a.py/none")
    assert files(root) == {**BEFORE, "a.py": b"A\r\n"}


def test_a_draft_of_what_only_its_owner_reads_is_nobody_elses(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.py").chmod(0o600)
    modes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: modes.append(os.fstat(handle).st_mode & 0o777))
    replace(root, [A])
    assert modes[0] == 0o600
