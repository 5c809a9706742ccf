"""A repository that tries to run code on its reader does not, whatever comes with it."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

import pytest
from support.projects import FIT
from support.trees import open_

from safety.hostile import OPTIONS_FOR_NAMES, Hostile, handed_over, pushed
from sigclock.errors import GitError
from sigclock.git import fetching, hook_scripts
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READING = [
    ("check",),
    ("check", "--against", "HEAD~1", "-v"),
    ("check", "--merged-with", "side"),
    ("diff",),
    ("diff", "--staged"),
    ("diff", "HEAD~1", "side"),
    ("explain", "fit.fit"),
    ("audit",),
    ("log", "fit.fit"),
    ("comment", "--dry-run", "--base", "HEAD~1"),
    ("update", "--diff"),
    ("hook", "run", "--check"),
    ("hook", "status"),
    ("textconv", LOCK_NAME),
]
WRITING = [("update",), ("init",), ("accept", "fit.fit", "--reason", "why")]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    return handed_over(tmp_path_factory.mktemp("archive") / "original")


@pytest.fixture(scope="module")
def pushed_once(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    return pushed(tmp_path_factory.mktemp("pushed") / "original")


@pytest.fixture
def project(pushed_once: Hostile) -> Iterator[Hostile]:
    """A copy of what was pushed."""
    yield from copy(pushed_once)


@pytest.fixture
def handed(archive: Hostile) -> Iterator[Hostile]:
    """A copy of the archive."""
    yield from copy(archive)


def copy(original: Hostile) -> Iterator[Hostile]:
    """The copy lies beside the original, so it has the same canaries."""
    project = original.copied(original.path.with_name("project"))
    project.clear()
    yield project
    shutil.rmtree(project.path)


@pytest.mark.parametrize("verb", READING, ids=" ".join)
def test_no_verb_that_reads_runs_anything(archive: Hostile, verb: tuple[str, ...]) -> None:
    archive.clear()
    before = archive.state()
    told = archive.sigclock(*verb)
    assert (told.status in (0, 1), archive.ran) == (True, []), told
    assert archive.state() == before


@pytest.mark.parametrize("verb", WRITING, ids=" ".join)
def test_no_verb_that_writes_files_runs_anything(handed: Hostile, verb: tuple[str, ...]) -> None:
    told = handed.sigclock(*verb)
    assert (told.status, handed.ran) == (0, []), told


def test_the_traps_of_an_archive_do_go_off(handed: Hostile) -> None:
    handed.git("config", "--unset-all", "filter.evil.process")
    merge = ["merge-tree", "--write-tree", "main", "side"]
    for command in (["status"], ["diff"], ["add", "fit.py"], merge):
        handed.git(*command, fails=True)
    sprung = {"clean", "fsmonitor", "merge", "hook-post-index-change"}
    assert sprung - {*handed.ran} == set()


# -- Python ------------------------------------------------------------------------------------

#: As hook and drivers start it, and as the script that pip installs does.
HOOK = shlex.split(hook_scripts.driver())[1:]
SCRIPT = "import sys; from sigclock.cli import main; main()"


def test_a_package_of_our_name_is_not_ours(project: Hostile, tmp_path: Path) -> None:
    project.clear()
    project.write("sigclock/__init__.py", f"open({str(project.canaries / 'package')!r}, 'w')\n")
    project.write("sigclock/cli.py", "main = print\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/sigclock").write_text(SCRIPT)
    for start in (tuple(HOOK), (str(tmp_path / "bin/sigclock"),)):
        told = project.sigclock("check", start=start)
        assert (told.status, project.ran) == (1, []), told
        assert "1.2, due 1.3" in told.stdout


def test_a_commit_under_the_hook_runs_nothing_of_what_is_committed(project: Hostile) -> None:
    project.sigclock("hook", "install")
    project.write("sigclock/__init__.py", f"open({str(project.canaries / 'package')!r}, 'w')\n")
    project.clear()
    project.commit("under the hook")
    assert (project.ran, "1.3" in project.read("fit.py")) == ([], True)


# -- Git ---------------------------------------------------------------------------------------


def test_a_bare_repository_among_the_files_runs_nothing(project: Hostile) -> None:
    """It can be pushed as plain files, and Git takes a folder like that for a repository."""
    project.git("init", "-q", "--bare", "inner")
    project.git("-C", "inner", "config", "core.fsmonitor", project.trap("fsmonitor"))
    project.git("-C", "inner", "config", "core.hooksPath", str(project.path.parent / "traps"))
    project.git("-C", "inner", "config", "core.worktree", str(project.path))
    project.git("-C", "inner", "config", "core.bare", "false")
    project.clear()
    for verb in ("check", "audit", "update"):
        project.sigclock("-C", "inner", verb)
    assert project.ran == []


@pytest.mark.parametrize("verb", ["check", "audit"])
def test_what_a_partial_clone_lacks_is_not_fetched(handed: Hostile, verb: str) -> None:
    handed.git("config", "remote.origin.promisor", "true")
    handed.git("config", "extensions.partialClone", "origin")
    oid = handed.git("rev-parse", "HEAD~1:stats.py")
    (handed.path / ".git/objects" / oid[:2] / oid[2:]).unlink()
    told = handed.sigclock(verb)
    assert (told.status in (0, 1, 2), handed.ran) == (True, []), told


@pytest.mark.parametrize("way", ["remote.origin.url", "remote.origin.vcs"])
def test_a_fetch_that_was_asked_for_runs_no_helper_of_the_repository(
    project: Hostile, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sigclock.git.process.ONLINE_SECONDS", 5)
    project.git("config", "protocol.ext.allow", "always")
    project.git("config", "remote.origin.url", f"ext::{project.trap('remote')}")
    project.git("config", way, {"remote.origin.vcs": "ext"}.get(way, f"ext::{project.trap('x')}"))
    project.clear()
    with pytest.raises(GitError, match="transport 'ext' not allowed"):
        fetching.get(open_(project), ["f" * 40], "--depth=1")
    assert project.ran == []


def test_settings_in_another_file_count_as_little(handed: Hostile, tmp_path: Path) -> None:
    (handed.path / ".git/config").rename(tmp_path / "elsewhere")
    handed.write(".git/config", f"[include]\n\tpath = {tmp_path}/elsewhere\n")
    assert (handed.sigclock("check").status, handed.ran) == (1, [])


def test_settings_of_a_worktree_count_as_little(handed: Hostile) -> None:
    (handed.path / ".git/config").rename(handed.path / ".git/config.worktree")
    handed.write(".git/config", "[extensions]\n\tworktreeConfig = true\n")
    assert (handed.sigclock("check").status, handed.ran) == (1, [])


@pytest.mark.parametrize("verb", ["check", "update", "audit"])
def test_names_that_look_like_options_are_names(project: Hostile, verb: str) -> None:
    told = project.sigclock(verb)
    stolen = [path.name for path in project.path.iterdir() if path.name.startswith("stolen")]
    assert (told.status in (0, 1), stolen, project.ran) == (True, [], [])


def test_every_file_is_read_whatever_it_is_called(project: Hostile) -> None:
    bumped = {name for name in OPTIONS_FOR_NAMES if '"1.2"' in project.read(name)}
    project.sigclock("update")
    again = {name for name in OPTIONS_FOR_NAMES if '"1.3"' in project.read(name)}
    assert (bumped, again) == ({*OPTIONS_FOR_NAMES}, {*OPTIONS_FOR_NAMES})


# -- links -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("fit.py", ["update"]),
        (LOCK_NAME, ["check"]),
        (LOCK_NAME, ["update"]),
        ("pyproject.toml", ["init"]),
        (".gitattributes", ["init", "--merge-driver"]),
    ],
)
def test_a_link_that_leads_out_is_neither_read_nor_written(
    project: Hostile, tmp_path: Path, name: str, verb: list[str]
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"from flytekit import task\nSECRET = 1\n")
    (project.path / name).unlink(missing_ok=True)
    (project.path / name).symlink_to(outside)
    told = project.sigclock(*verb)
    assert told.status in (0, 1, 2), told
    assert "SECRET" not in told.stdout + told.stderr
    assert outside.read_bytes() == b"from flytekit import task\nSECRET = 1\n"


def test_a_folder_that_leads_out_is_not_entered(project: Hostile, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/fit.py").write_text(FIT)
    (project.path / "linked").symlink_to(tmp_path / "outside")
    project.sigclock("update")
    assert "linked" not in project.read(LOCK_NAME)
    assert (tmp_path / "outside/fit.py").read_text() == FIT
