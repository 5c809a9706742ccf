"""The hook where names, encodings, settings and places of a repository need care."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.amount import sample
from support.git import Repo
from support.hooked import BUMPED, FIT, GROWN, MODELS, Hooked, Views, grow, same

LOCK = ".sigclock.lock"


def test_modes_stay(project: Hooked) -> None:
    project.git("update-index", "--chmod=+x", "fit.py")
    (project.path / "fit.py").chmod(0o755)
    grow(project)
    project.commits()
    assert project.git("ls-files", "--stage", "fit.py").startswith("100755")
    assert (project.path / "fit.py").stat().st_mode & 0o777 == 0o755
    (project.path / "fit.py").chmod(0o644)
    project.write("models.py", MODELS)
    project.git("add", "models.py")
    project.commits()
    assert project.git("ls-files", "--stage", "fit.py").startswith("100755")


LATIN = b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + FIT.encode()


def test_another_encoding_stays(project: Hooked) -> None:
    project.write("fit.py", LATIN)
    grow(project)
    project.git("add", ".")
    project.commits()
    assert project.raw_views("fit.py") == same(LATIN.replace(b"1.0", b"1.1"))


@pytest.mark.parametrize(
    "name", ['it\'s a "task".py', "-dash.py", "[a].py", "caf\u00e9/\u2603.py", "a\tb.py", ":x.py"]
)
def test_names_that_need_care(project: Hooked, name: str) -> None:
    project.git("rm", "-q", "fit.py")
    project.write(name, FIT)
    project.git("add", ".")
    project.commits()
    grow(project)
    project.commits()
    assert project.views(name) == same(BUMPED)
    assert project.is_settled()


def test_binary_files_beside(project: Hooked) -> None:
    project.write("image.png", b"\x89PNG\r\n\x1a\n\0\xff")
    project.git("add", "image.png")
    project.write("image.png", b"\0\0")
    grow(project)
    project.commits()
    stored = b"\x89PNG\r\n\x1a\n\0\xff"
    assert project.raw_views("image.png") == Views(b"\0\0", stored, stored)


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("setting", ["true", "input", "false"])
def test_crlf_as_git_converts_it(project: Hooked, setting: str) -> None:
    project.git("config", "core.autocrlf", setting)
    project.git("config", "core.safecrlf", "false")
    for name, text in {"models.py": GROWN, "fit.py": FIT}.items():
        project.write(name, crlf(text))
    project.git("add", ".")
    project.commits()
    stored = crlf(BUMPED) if setting == "false" else BUMPED.encode()
    assert project.raw_views("fit.py") == Views(crlf(BUMPED), stored, stored)
    assert project.is_settled()


def test_a_checkout_with_crlf_is_at_rest(project: Hooked) -> None:
    project.git("config", "core.autocrlf", "true")
    for name in ("models.py", "fit.py", LOCK):
        (project.path / name).unlink()
    project.git("checkout", "--", ".")
    assert b"\r\n" in (project.disk(LOCK) or b"")
    assert project.is_settled()
    project.write("models.py", crlf(GROWN))
    project.git("add", ".")
    project.commits()
    assert project.raw_views("fit.py") == Views(crlf(BUMPED), BUMPED.encode(), BUMPED.encode())
    assert b"\r\n" in (project.disk(LOCK) or b"")
    assert project.is_settled()


SETTINGS = [
    ("apply.whitespace", "error"),
    ("apply.whitespace", "fix"),
    ("apply.ignoreWhitespace", "change"),
    ("core.whitespace", "trailing-space,cr-at-eol"),
    ("diff.noprefix", "true"),
    ("diff.mnemonicPrefix", "true"),
    ("diff.external", "false"),
    ("color.ui", "always"),
    ("diff.renames", "copies"),
    ("index.version", "4"),
    ("core.splitIndex", "true"),
    ("core.untrackedCache", "true"),
    ("core.quotePath", "false"),
    ("submodule.recurse", "true"),
    ("core.fsmonitor", "true"),
    ("index.skipHash", "true"),
]


@pytest.mark.parametrize(("key", "value"), sample(SETTINGS, str, 2))
def test_settings_that_must_not_matter(project: Hooked, key: str, value: str) -> None:
    project.git("config", key, value)
    trailing = FIT.replace("Stats(0.0)", "Stats(0.0)  \t")
    project.write("fit.py", trailing)
    grow(project)
    project.git("add", ".")
    project.commits()
    assert project.views("fit.py") == same(trailing.replace("1.0", "1.1"))
    assert project.is_settled()


def test_clean_and_smudge_filters(project: Hooked) -> None:
    project.git("config", "filter.case.clean", "sed s/cached/CACHED/")
    project.git("config", "filter.case.smudge", "sed s/CACHED/cached/")
    project.write(".gitattributes", "fit.py filter=case ident\n")
    project.write("fit.py", "# cached $Id$\n" + FIT)
    grow(project)
    project.git("add", ".")
    project.commits()
    stored = "# CACHED $Id$\n" + BUMPED
    assert project.views("fit.py") == Views("# cached $Id$\n" + BUMPED, stored, stored)
    assert project.is_settled()


def test_a_symlinked_file_is_not_followed(project: Hooked) -> None:
    project.write("real/fit.py", FIT)
    (project.path / "link.py").symlink_to("real/fit.py")
    project.git("add", ".")
    project.commits()
    grow(project)
    project.commits()
    assert (project.path / "link.py").readlink() == Path("real/fit.py")
    assert project.views("real/fit.py") == same(BUMPED)


def test_a_folder_that_became_a_symlink_on_disk(project: Hooked, tmp_path: Path) -> None:
    project.write("pkg/fit.py", FIT)
    project.git("add", ".")
    project.commits()
    (project.path / "pkg").rename(tmp_path / "elsewhere")
    (project.path / "pkg").symlink_to(tmp_path / "elsewhere")
    grow(project)
    project.commits()
    assert (tmp_path / "elsewhere/fit.py").read_text() == FIT
    assert project.blob("HEAD:pkg/fit.py") == BUMPED.encode()


def test_a_sparse_checkout_stays_sparse(project: Hooked) -> None:
    project.write("far/fit.py", FIT)
    project.git("add", ".")
    project.commits()
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/far/")
    grow(project)
    project.commits()
    assert project.views("far/fit.py") == Views(None, BUMPED, BUMPED)
    assert project.git("ls-files", "-t", "far/fit.py") == "S far/fit.py"
    assert project.is_settled()


def test_a_submodule_beside_is_no_concern(project: Hooked, tmp_path: Path) -> None:
    inner = Hooked.of(tmp_path / "inner")
    project.git("submodule", "add", "-q", str(inner.path), "vendor")
    project.write("vendor/fit.py", FIT + "# local\n")
    grow(project)
    project.commits()
    assert project.views("vendor/fit.py").disk == FIT + "# local\n"
    assert [*project.lock().snapshot.tasks] == ["fit.fit"]


def test_a_commit_in_a_submodule(project: Hooked, tmp_path: Path) -> None:
    inner = Hooked.of(tmp_path / "inner")
    project.git("submodule", "add", "-q", str(inner.path), "vendor")
    vendor = Hooked(project.path / "vendor")
    vendor.sigclock("hook", "install")
    grow(vendor)
    vendor.commits()
    assert vendor.views("fit.py") == same(BUMPED)
    assert project.views("fit.py") == same(FIT)


def test_a_commit_in_a_linked_worktree(project: Hooked, tmp_path: Path) -> None:
    project.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = Hooked(tmp_path / "linked")
    grow(linked)
    linked.commits()
    assert linked.views("fit.py") == same(BUMPED)
    assert project.views("fit.py") == same(FIT)
    assert linked.is_settled()


def test_a_detached_head(project: Hooked) -> None:
    project.git("switch", "-q", "--detach")
    grow(project)
    project.commits()
    assert project.views("fit.py") == same(BUMPED)


def test_a_clone_of_depth_one(project: Hooked, tmp_path: Path) -> None:
    project.git("clone", "-q", "--depth=1", f"file://{project.path}", str(tmp_path / "clone"))
    clone = Hooked(tmp_path / "clone")
    clone.sigclock("hook", "install")
    grow(clone)
    clone.commits()
    assert clone.views("fit.py") == same(BUMPED)
    assert clone.is_settled()


def test_the_first_commit_of_a_repository(tmp_path: Path) -> None:
    project = Hooked(Repo.init(tmp_path / "new").path)
    project.sigclock("hook", "install")
    for name, text in {"models.py": MODELS, "fit.py": FIT}.items():
        project.write(name, text)
    project.git("add", ".")
    project.commits()
    assert project.views("fit.py") == same(FIT)
    assert project.issued() == ["1.0"]
    assert project.is_settled()


def test_no_lock_is_made_for_no_task(tmp_path: Path) -> None:
    project = Hooked(Repo.init(tmp_path / "new").path)
    project.sigclock("hook", "install")
    project.write("a.py", "x = 1\n")
    project.git("add", ".")
    assert project.commits() == ""
    assert project.views(LOCK) == same(None)
