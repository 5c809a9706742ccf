"""The store makes runs faster and nothing else, whoever had his hands on the Git directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import kept
from support.focused import checked_project, is_focused, settle, settled_project, told
from support.projects import COUNT, Project

import sigclock
from sigclock.cli.commands import audit
from sigclock.cli.main import main
from sigclock.incremental import store
from sigclock.incremental.store import Store
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from collections.abc import Callable

project, settled = checked_project, settled_project


def listing(folder: Path) -> dict[str, object]:
    """Every name below a folder, with what is there; a pipe is not read."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else path.lstat().st_mode
        for path in sorted(folder.rglob("*"))
    }


def every_verb(project: Project) -> None:
    """Run what reads or writes the store, with something due."""
    project.edit("stats.py", "mean: float\n", f"mean: float\n{COUNT}")
    project.git("add", "--all")
    told(project)
    project.check()
    project.update()
    audit.run(str(project.path), Overrides())


# -- what lies there is not ours ----------------------------------------------------------------


STRANGERS = (
    *(f"summaries-of-year-{number}.txt" for number in range(9)),
    ".notes.tmp",
    "drafts-aaaa",
    "drafts-0123456789abcdef.txt",
    "store-0123456789abcdef.sqlite.bak",
    "a0" * 16,
)


def strangers(folder: Path) -> None:
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for name in STRANGERS:
        (folder / name).write_text(name)
        (folder / "pages" / name).write_text(name)


def test_the_files_of_others_in_the_folder_stay(settled: Project) -> None:
    folder = kept.folder(settled)
    strangers(folder)
    before = listing(folder)
    every_verb(settled)
    assert before.items() <= listing(folder).items() | {(kept.file(settled).name, None)} | {
        item for item in before.items() if item[0].startswith("store-") and "bak" not in item[0]
    }


def test_a_folder_that_is_a_link_is_not_entered(settled: Project, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    strangers(victim)
    (victim / "drafts-0123456789abcdef").write_text("fit.py\0")
    shutil.rmtree(kept.folder(settled))
    kept.folder(settled).symlink_to(victim)
    before = listing(victim)
    every_verb(settled)
    assert listing(victim) == before


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        *((kind, "") for kind in ("link", "dangling", "hard link", "pipe", "folder")),
        *((kind, "-journal") for kind in ("link", "pipe")),
        *(("link", end) for end in ("-wal", "-shm")),
    ],
)
def test_what_is_no_file_of_ours_is_left(
    project: Project, tmp_path: Path, kind: str, end: str
) -> None:
    victim, missing = tmp_path / "victim", tmp_path / "missing"
    victim.write_bytes(kept.file(project).read_bytes() if kind == "link" else b"words")
    place = kept.folder(project) / f"{kept.file(project).name}{end}"
    place.unlink(missing_ok=True)
    make: dict[str, Callable[[], object]] = {
        "link": lambda: place.symlink_to(victim),
        "dangling": lambda: place.symlink_to(missing),
        "hard link": lambda: os.link(victim, place),
        "pipe": lambda: os.mkfifo(place),
        "folder": place.mkdir,
    }
    make[kind]()
    before = (victim.read_bytes(), listing(kept.folder(project)))
    every_verb(project)
    assert (victim.read_bytes(), listing(kept.folder(project))) == before
    assert not missing.exists()


def test_a_note_of_drafts_that_is_a_pipe_holds_nobody_up(project: Project) -> None:
    for name in ("drafts-aaaa", "drafts-0123456789abcdef"):
        os.mkfifo(kept.folder(project) / name)
    every_verb(project)
    assert project.check().findings == ()


def test_a_journal_that_names_a_file_to_delete_deletes_none(
    project: Project, tmp_path: Path
) -> None:
    """SQLite deletes the file that a rollback journal names at its end, once that is undone."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"words")
    name = os.fsencode(victim)
    end = b"".join(
        (
            (0).to_bytes(4, "big"),
            name,
            len(name).to_bytes(4, "big"),
            sum(name).to_bytes(4, "big"),
            bytes.fromhex("d9d505f920a163d7"),
        )
    )
    journal = kept.folder(project) / f"{kept.file(project).name}-journal"
    journal.write_bytes(bytes.fromhex("d9d505f920a163d7").ljust(512, b"\0") + end)
    every_verb(project)
    assert victim.read_bytes() == b"words"
    assert journal.exists()


def test_what_another_owner_has_there_is_left(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listing(kept.folder(project))
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    every_verb(project)
    assert listing(kept.folder(project)) == before


def test_a_body_that_was_put_under_another_key_is_none(tmp_path: Path) -> None:
    """Also where what tells of damage was moved along."""
    folder = tmp_path / "sigclock"
    opened = store.Store(folder)
    assert opened.put("kind", {"a": b"1", "b": b"2"})
    opened.close()
    (file,) = folder.iterdir()
    for change in ("body = x'31'", "digest = (SELECT digest FROM entry WHERE body = x'31')"):
        kept.altered(file, f"UPDATE entry SET {change}")  # noqa: S608 - both are above
        again = store.Store(folder)
        assert [again.body("kind", key) for key in "ab"] == [b"1", None]
        again.close()


# -- who made it ---------------------------------------------------------------------------------


def test_only_the_newest_makers_are_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        monkeypatch.setattr(store, "maker", lambda number=number: f"{number:016x}")
        os.utime(next(iter(kept.folder(project).glob("store-*"))), (number, number))
        project.check()
    names = {path.name for path in kept.folder(project).iterdir()}
    assert names == {f"store-{number:016x}.sqlite" for number in (2, 3)}


def test_a_new_installation_of_the_same_sigclock_uses_what_the_last_one_kept(
    tmp_path: Path,
) -> None:
    package = Path(sigclock.__file__).parent
    code = "from sigclock.incremental.store import maker; print(maker())"
    makers: set[str] = set()
    for name in ("one", "two"):
        shutil.copytree(package, tmp_path / name / "sigclock")
        for path in (tmp_path / name / "sigclock").rglob("*"):
            os.utime(path, (len(makers), 10**9))
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(tmp_path / name)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        makers.add(done.stdout)
    assert len(makers) == 1


def test_the_record_of_an_installation_tells_the_sources(tmp_path: Path) -> None:
    package = tmp_path / "sigclock"
    package.mkdir()
    record = tmp_path / f"sigclock-{sigclock.__version__}.dist-info/RECORD"
    record.parent.mkdir()

    def maker(*lines: str) -> bytes:
        record.write_text("".join(f"{line}\n" for line in lines))
        return store.sources(package)

    one, two = "sigclock/a.py,sha256=abc,1", "sigclock/b.py,sha256=def,1"
    assert maker(one, two, "../../bin/sigclock,sha256=x,9") == maker(two, one, "INSTALLER,,")
    assert maker(one, two) != maker(one, "sigclock/b.py,sha256=ghi,1")


# -- the switch ----------------------------------------------------------------------------------


def test_the_switch_uses_and_leaves_nothing(
    settled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listing(kept.folder(settled))
    monkeypatch.setenv(store.SWITCH, "0")
    settled.edit("stats.py", "mean: float\n", f"mean: float\n{COUNT}")
    settled.git("add", "--all")
    assert not is_focused(settled)
    every_verb(settled)
    assert listing(kept.folder(settled)) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), ""),
        (("-v",), "re-used 1 of 1 files\n"),
        (("-v", "--no-cache"), "re-used 0 of 1 files\n"),
    ],
)
def test_what_was_reused_is_told(
    project: Project, capfd: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    store.forget_told()
    with pytest.raises(SystemExit) as ended:
        main(["-C", str(project.path), "check", *options])
    assert (ended.value.code, capfd.readouterr().err) == (0, said)
    assert store.SWITCH not in os.environ


def test_a_repository_gives_its_file_back(project: Project) -> None:
    opened = Store(kept.folder(project))
    assert opened.put("kind", {"key": b"body"})
    opened.close()
    assert (opened.body("kind", "key"), opened.put("kind", {"key": b"body"})) == (None, False)
    again = Store(kept.folder(project))
    assert again.body("kind", "key") == b"body"
    again.close()


def test_a_settled_project_is_settled(settled: Project) -> None:
    settle(settled)
    settled.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    settled.git("add", "--all")
    assert is_focused(settled)
