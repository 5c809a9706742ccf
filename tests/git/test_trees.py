from __future__ import annotations

import hashlib
import os
import sys
import zlib
from pathlib import Path

import pytest
from support.git import Repo
from support.trees import FIRST, all_trees, conflict, contents, hash_of, open_, visible

from sigclock.errors import SigclockError
from sigclock.git.repository import Repository

SHOW_INDEX = f"""\
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from sigclock.git.repository import Repository
tree = Repository.open(".").index()
Path("seen").write_text(repr([tree.read(path).decode() for path in tree.paths()]))
"""


def test_the_trees_of_a_clean_repository_are_equal(repo: Repo) -> None:
    assert [contents(tree) for tree in all_trees(repo)] == [FIRST] * 4


def test_trees_say_what_they_are(repo: Repo) -> None:
    labels = [tree.label for tree in all_trees(repo)]
    assert labels == ["worktree", "worktree", "index", repo.git("rev-parse", "HEAD")]


def test_staged_and_unstaged_edits_are_told_apart(repo: Repo) -> None:
    repo.write("a.py", "a = 2\n")
    repo.git("add", "a.py")
    repo.write("a.py", "a = 3\n")
    opened = open_(repo)
    read = [
        tree.read("a.py") for tree in (opened.revision("HEAD"), opened.index(), opened.worktree())
    ]
    assert read == [b"a = 1\n", b"a = 2\n", b"a = 3\n"]


def test_a_file_deleted_on_disk_is_still_staged(repo: Repo) -> None:
    (repo.path / "a.py").unlink()
    opened = open_(repo)
    assert contents(opened.worktree()) == {"pkg/b.py": "b = 1\n"}
    assert contents(opened.index()) == FIRST


def test_a_staged_rename_moves_the_file(repo: Repo) -> None:
    repo.git("mv", "a.py", "c.py")
    opened = open_(repo)
    moved = {"c.py": "a = 1\n", "pkg/b.py": "b = 1\n"}
    assert [contents(opened.index()), contents(opened.worktree())] == [moved, moved]


def test_an_untracked_file_is_in_the_work_tree_only(repo: Repo) -> None:
    repo.write("new.py", "")
    opened = open_(repo)
    assert list(opened.worktree().paths()) == ["a.py", "new.py", "pkg/b.py"]
    assert contents(opened.tracked()) == contents(opened.index()) == FIRST


def test_ignored_files_are_absent(repo: Repo) -> None:
    repo.write(".gitignore", "/.gitignore\nvenv\n")
    repo.write("venv/x.py", "")
    assert contents(open_(repo).worktree()) == FIRST


def test_a_file_announced_with_intent_to_add_is_not_staged(repo: Repo) -> None:
    repo.write("empty.py", "")
    repo.git("add", "empty.py")
    repo.write("new.py", "new = 1\n")
    repo.git("add", "--intent-to-add", "new.py")
    opened = open_(repo)
    assert contents(opened.index()) == {**FIRST, "empty.py": ""}
    assert opened.tracked().read("new.py") == b"new = 1\n"


def test_an_announced_file_is_found_in_a_split_index(repo: Repo) -> None:
    repo.write("new.py", "new = 1\n")
    repo.git("add", "--intent-to-add", "new.py")
    repo.git("update-index", "--split-index")
    assert contents(open_(repo).index()) == FIRST


def test_symlinks_are_no_files(repo: Repo) -> None:
    (repo.path / "link.py").symlink_to("a.py")
    repo.commit()
    (repo.path / "untracked.py").symlink_to("/etc/passwd")
    assert [contents(tree) for tree in all_trees(repo)] == [FIRST] * 4


def test_a_file_replaced_by_a_symlink_is_gone(repo: Repo) -> None:
    (repo.path / "a.py").unlink()
    (repo.path / "a.py").symlink_to("/etc/passwd")
    assert contents(open_(repo).worktree()) == {"pkg/b.py": "b = 1\n"}


def test_a_folder_replaced_by_a_symlink_leads_nowhere(repo: Repo, tmp_path: Path) -> None:
    (repo.path / "pkg").rename(tmp_path / "outside")
    (repo.path / "pkg").symlink_to(tmp_path / "outside")
    assert contents(open_(repo).worktree()) == {"a.py": "a = 1\n"}


def test_a_file_that_became_a_symlink_after_listing_is_not_followed(repo: Repo) -> None:
    tree = open_(repo).worktree()
    (repo.path / "a.py").unlink()
    (repo.path / "a.py").symlink_to("/etc/passwd")
    with pytest.raises(SigclockError, match="went away"):
        tree.read("a.py")


@pytest.mark.parametrize("path", ["none.py", "pkg", "../repo/a.py", "/etc/passwd", ""])
def test_what_is_not_listed_is_not_read(repo: Repo, path: str) -> None:
    for tree in all_trees(repo):
        with pytest.raises(KeyError):
            tree.read(path)


def test_an_unreadable_file_is_said(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    tree = open_(repo).worktree()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SigclockError, match=r"^cannot read a\.py: Permission denied$"):
        tree.read("a.py")


def test_bytes_are_as_stored(empty_repo: Repo) -> None:
    odd = b"\xef\xbb\xbfx = '\xff\0'\r\n\x0c"
    empty_repo.write("odd.py", odd)
    empty_repo.commit()
    assert [tree.read("odd.py") for tree in all_trees(empty_repo)] == [odd] * 4


def test_filters_do_not_run(empty_repo: Repo, tmp_path: Path) -> None:
    empty_repo.write(".gitattributes", "*.py filter=spy diff=spy text eol=crlf\n")
    empty_repo.write("a.py", "a = 1\n")
    empty_repo.commit()
    for key in ("filter.spy.clean", "filter.spy.smudge", "diff.spy.textconv", "core.fsmonitor"):
        empty_repo.git("config", key, f"touch {tmp_path}/ran; cat")
    empty_repo.write("a.py", "a = 2\r\n")
    opened = open_(empty_repo)
    read = [tree.read("a.py") for tree in (opened.worktree(), opened.index())]
    assert [*read, opened.lock_history("a.py")] == [b"a = 2\r\n", b"a = 1\n", [b"a = 1\n"]]
    assert not (tmp_path / "ran").exists()


def test_names_that_are_not_utf8_are_read(empty_repo: Repo) -> None:
    name = os.fsdecode(b"caf\xe9\n\t\"'.py")
    empty_repo.write(name, "x = 1\n")
    empty_repo.commit()
    assert [contents(tree) for tree in all_trees(empty_repo)] == [{name: "x = 1\n"}] * 4


def test_object_ids_are_given_where_git_knows_them(repo: Repo) -> None:
    opened = open_(repo)
    oid = hash_of(b"a = 1\n", repo)
    trees = (opened.worktree(), opened.index(), opened.revision("HEAD"))
    assert [tree.oid("a.py") for tree in trees] == [None, oid, oid]
    assert [tree.oid("none.py") for tree in trees] == [None] * 3


def test_a_submodule_is_no_file(repo: Repo, tmp_path: Path) -> None:
    other = Repo.init(tmp_path / "other")
    other.write("x.py", "x = 1\n")
    other.commit()
    repo.git("submodule", "--quiet", "add", str(other.path), "vendor")
    repo.commit()
    (repo.path / ".gitmodules").unlink()
    opened = open_(repo)
    assert contents(opened.worktree()) == FIRST
    assert list(opened.revision("HEAD").paths()) == [".gitmodules", *FIRST]
    inside = Repository.open(repo.path / "vendor")
    assert (inside.root, contents(inside.index())) == (repo.path / "vendor", {"x.py": "x = 1\n"})


def test_an_untracked_repository_inside_is_not_entered(repo: Repo) -> None:
    Repo.init(repo.path / "nested").write("x.py", "")
    assert contents(open_(repo).worktree()) == FIRST


def test_a_sparse_checkout_has_every_file(repo: Repo) -> None:
    repo.git("sparse-checkout", "set", "--no-cone", "/a.py")
    assert not (repo.path / "pkg").exists()
    assert [contents(tree) for tree in all_trees(repo)] == [FIRST] * 4


def test_a_sparse_index_is_expanded(repo: Repo) -> None:
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "none")
    opened = open_(repo)
    assert [contents(opened.worktree()), contents(opened.index())] == [FIRST, FIRST]


def test_a_skipped_file_that_lies_on_disk_is_read_there(repo: Repo) -> None:
    repo.git("update-index", "--skip-worktree", "a.py")
    repo.write("a.py", "a = 2\n")
    assert open_(repo).worktree().read("a.py") == b"a = 2\n"


def test_another_index_is_read_where_git_names_one(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py", "a = 2\n")
    (repo.path / "commit.index").write_bytes((repo.path / ".git/index").read_bytes())
    repo.git("add", "a.py")
    (repo.path / ".git/index").rename(repo.path / "next.index")
    (repo.path / "commit.index").rename(repo.path / ".git/index")
    monkeypatch.setenv("GIT_INDEX_FILE", "next.index")
    opened = Repository.open(repo.path / "pkg")
    assert opened.index().read("a.py") == b"a = 2\n"


@pytest.mark.parametrize("options", [["-a"], ["--only", "a.py"]], ids=["all", "only"])
@pytest.mark.parametrize("linked", [False, True], ids=["main", "linked"])
def test_a_hook_sees_what_will_be_committed(
    repo: Repo, tmp_path: Path, options: list[str], *, linked: bool
) -> None:
    hook = repo.write(".git/hooks/pre-commit", f"#!{sys.executable}\n{SHOW_INDEX}")
    hook.chmod(0o755)
    if linked:
        repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    place = Repo(tmp_path / "linked") if linked else repo
    place.write("pkg/b.py", "b = 2\n")
    place.write("a.py", "a = 2\n")
    place.git("commit", "-q", "-m", "x", *options)
    staged = "b = 2\n" if options == ["-a"] else "b = 1\n"
    assert (place.path / "seen").read_text() == repr(["a = 2\n", staged])


def test_a_conflict_shows_our_side_and_its_paths(repo: Repo) -> None:
    conflict(repo, "a.py")
    opened = open_(repo)
    assert contents(opened.index()) == {"a.py": "ours\n", "pkg/b.py": "b = 1\n"}
    assert opened.index().unmerged == {"a.py"}
    assert opened.worktree().read("a.py").startswith(b"<<<<<<<")


def test_a_file_that_our_side_deleted_is_unmerged_and_absent(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "theirs")
    repo.write("a.py", "theirs\n")
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.git("rm", "-q", "a.py")
    repo.commit()
    repo.git("merge", "theirs", fails=True)
    index = open_(repo).index()
    assert (contents(index), index.unmerged) == ({"pkg/b.py": "b = 1\n"}, frozenset({"a.py"}))


def test_the_index_is_left_as_it_is(repo: Repo) -> None:
    os.utime(repo.path / "a.py", (1, 1))
    before = (repo.path / ".git/index").read_bytes()
    opened = open_(repo)
    read = [contents(opened.worktree()), contents(opened.index()), visible(opened, "a.py")]
    assert read == [FIRST, FIRST, [b"a = 1\n"]]
    assert (repo.path / ".git/index").read_bytes() == before


def test_hundreds_of_blobs_are_read_through_one_process(empty_repo: Repo) -> None:
    written = {f"m{number:03}.py": f"x = {number}\n" for number in range(300)}
    for path, text in written.items():
        empty_repo.write(path, text)
    empty_repo.commit()
    assert contents(open_(empty_repo).revision("HEAD")) == written


@pytest.mark.parametrize("name", ["..", ".", ".git", ".GIT"])
def test_a_name_that_git_never_checks_out_is_no_file(repo: Repo, name: str) -> None:
    """Git's own commands make no such tree; a program that writes objects does."""
    blob = repo.git("rev-parse", "HEAD:a.py")
    inner = tree_of(repo, ("100644", "evil.py", blob))
    outer = tree_of(repo, ("40000", name, inner), ("100644", "a.py", blob))
    commit = repo.git("commit-tree", "-m", "forged", outer)
    assert contents(open_(repo).revision(commit)) == {"a.py": "a = 1\n"}


def tree_of(repo: Repo, *entries: tuple[str, str, str]) -> str:
    """Write a tree object as it is given, whatever its names are."""
    parts = (f"{mode} {name}\0".encode() + bytes.fromhex(oid) for mode, name, oid in entries)
    body = b"".join(parts)
    data = b"tree %d\0" % len(body) + body
    oid = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    file = repo.path / ".git/objects" / oid[:2] / oid[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(data))
    return oid
