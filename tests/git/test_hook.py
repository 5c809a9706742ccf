"""Commits through the real hook: work tree, index and commit are compared byte for byte.

What pre-commit (`staged_files_only_test`, `install_uninstall_test`) and lint-staged (its
integration tests) show, and whether it is shown here or in `test_hook_installed.py`:

========================================================  ====
nothing staged, nothing unstaged                          yes
staged only                                               yes
staged and unstaged hunks in one file, apart              yes
staged and unstaged hunks in one file, touching           yes
unstaged change of the very line that is mended           yes
unstaged change that does not parse                       yes
unstaged deletion of a staged file                        yes
staged deletion, and of the file that lies there again    yes
staged rename, with and without changes                   yes
untracked files stay as they are                          yes
intent-to-add files stay so                               yes
mode changes, staged and unstaged                         yes
UTF-8 names and contents; contents in another encoding    yes
names with blanks, quotes, brackets, leading dashes       yes
binary files beside                                       yes
core.autocrlf true, input, false; CRLF in the blob        yes
apply.whitespace, apply.ignoreWhitespace                  yes
diff.noprefix, mnemonicPrefix, external, color, renames   yes
clean and smudge filters; ident                           yes
symlinked file, symlinked folder, file become a symlink   yes
a submodule beside, changed; commit inside of one         yes
submodule.recurse                                         yes
sparse checkout                                           yes
split index, index version 4, no optional locks           yes
linked worktree                                           yes
first commit of a repository                              yes
commit -a, --amend, -p hunks, --include, PATH             yes
empty commit, --no-verify                                 yes
merge without and with conflicts; MERGE_HEAD stays        yes
cherry-pick, revert and rebase that stop and go on        yes
detached head, depth-1 clone                              yes
index.lock held by another process                        yes
somebody stages during the run                            yes
killed, interrupted in between                            yes
called from a subfolder, with GIT_DIR set                 yes
several projects, a package that they share               yes
staged file also has an unstaged one of its lock          yes
a stash is left behind or restored                        no, none is ever made
empty commit prevented when fixers undo everything        no, a bump never undoes a change
diffs by colour or pager setting that break a patch       no, no diff of Git's is read
a hook that changes other files than the staged           no, only literals and locks
========================================================  ====
"""

from __future__ import annotations

import sys

import pytest
from support.hooked import BUMPED, FIT, GROWN, MODELS, Hooked, Views, grow, same

LOCK = ".sigclock.lock"


def test_a_commit_that_makes_nothing_due_passes_in_silence(project: Hooked) -> None:
    project.write("notes.txt", "x\n")
    project.write("fit.py", FIT.replace("0.0", "1.0 - 1.0"))
    project.git("add", ".")
    assert project.commits() == ""
    assert project.is_settled()


def test_an_empty_commit_passes(project: Hooked) -> None:
    assert project.commits("--allow-empty") == ""


def test_what_is_due_is_bumped_in_the_commit(project: Hooked) -> None:
    grow(project)
    said = project.commits()
    assert said == (
        "sigclock: models.py:6: field count: int added to models.Stats: "
        "fit.fit 1.0 → 1.1 (in this commit)\n"
    )
    assert project.views("fit.py") == same(BUMPED)
    assert project.views("models.py") == same(GROWN)
    assert project.issued() == ["1.0", "1.1"]
    assert project.is_settled()


def test_no_verify_and_the_environment_skip_it_and_the_next_one_leaves_it(project: Hooked) -> None:
    grow(project)
    project.commits("--no-verify")
    assert project.run(sys.executable, "-m", "sigclock", "check").status == 1
    project.write("other.py", "x = 1\n")
    project.git("add", ".")
    assert "1 finding stood before" in project.commits()
    assert project.views("fit.py") == same(FIT)
    project.write("models.py", MODELS)
    project.git("add", ".")
    project.commits(SIGCLOCK="0")
    assert project.is_settled()


def test_a_new_change_of_what_stood_is_bumped(project: Hooked) -> None:
    grow(project)
    project.commits("--no-verify")
    project.write("models.py", GROWN.replace("count", "total"))
    project.git("add", ".")
    project.commits()
    assert project.views("fit.py") == same(BUMPED)
    assert project.is_settled()


@pytest.mark.parametrize(
    ("staged", "disk"),
    [
        (FIT, FIT + "\n\n# later\n"),
        (FIT, "# earlier\n" + FIT),
        (FIT, FIT.replace("def fit", "# why\ndef fit")),
        (FIT, FIT.replace("import task", "import task, workflow")),
        (FIT + "# staged\n", "# earlier\n" + FIT + "# staged\n# later\n"),
        (FIT, FIT.replace("cache=True", "cache=True, retries=3")),
    ],
    ids=["below", "above", "touching", "in another line", "around a staged hunk", "in the line"],
)
def test_unstaged_hunks_stay_unstaged(project: Hooked, staged: str, disk: str) -> None:
    grow(project)
    project.write("fit.py", staged)
    project.git("add", "fit.py")
    project.write("fit.py", disk)
    project.commits()
    bumped = staged.replace("1.0", "1.1")
    assert project.views("fit.py") == Views(disk.replace("1.0", "1.1"), bumped, bumped)
    assert project.git("status", "--porcelain") == "M fit.py"


def test_an_unstaged_hunk_of_the_class_itself_makes_nothing_due(project: Hooked) -> None:
    project.write("models.py", GROWN)
    project.write("fit.py", FIT + "# staged\n")
    project.git("add", "fit.py")
    assert project.commits() == ""
    assert project.views("models.py") == Views(GROWN, MODELS, MODELS)
    assert project.views("fit.py") == same(FIT + "# staged\n")


def test_two_changes_of_a_class_one_of_them_staged(project: Hooked) -> None:
    grow(project)
    project.write("models.py", GROWN + "    total: int\n")
    project.commits()
    assert project.views("models.py") == Views(GROWN + "    total: int\n", GROWN, GROWN)
    assert project.views("fit.py") == same(BUMPED)
    project.commits("-a")
    assert project.views("fit.py") == same(FIT.replace("1.0", "1.2"))
    assert project.is_settled()


@pytest.mark.parametrize(
    "disk",
    [
        FIT.replace("1.0", "7"),
        FIT.replace("fit", "tune"),
        FIT.replace("(cache", "cache"),
        "",
        FIT.replace('cache_version="1.0"', "cache_version=VERSION"),
    ],
    ids=["another version", "another task", "does not parse", "emptied", "no literal"],
)
def test_a_literal_that_is_gone_on_disk_is_left_so(project: Hooked, disk: str) -> None:
    grow(project)
    project.write("fit.py", disk)
    project.commits()
    assert project.views("fit.py") == Views(disk, BUMPED, BUMPED)


def test_a_file_that_is_gone_from_disk_stays_gone(project: Hooked) -> None:
    grow(project)
    (project.path / "fit.py").unlink()
    project.commits()
    assert project.views("fit.py") == Views(None, BUMPED, BUMPED)
    assert project.git("status", "--porcelain") == "D fit.py"


def test_a_deleted_task_is_committed_as_such(project: Hooked) -> None:
    project.git("rm", "-q", "fit.py")
    project.commits()
    assert project.views("fit.py") == same(None)
    assert [*project.lock().snapshot.tasks] == []
    assert project.issued() == ["1.0"]
    assert project.is_settled()


def test_a_task_deleted_from_the_index_only(project: Hooked) -> None:
    project.git("rm", "-q", "--cached", "fit.py")
    project.commits()
    assert project.views("fit.py") == Views(FIT, None, None)
    assert project.git("status", "--porcelain") == "?? fit.py"


@pytest.mark.parametrize("change", [False, True], ids=["as it is", "and changed"])
def test_a_renamed_file(project: Hooked, *, change: bool) -> None:
    project.git("mv", "fit.py", "train.py")
    if change:
        grow(project)
    project.commits()
    assert project.views("train.py") == same(FIT)
    assert project.issued("train.fit") == ["1.0"]
    assert project.is_settled()


def test_a_renamed_class_file_costs_no_version(project: Hooked) -> None:
    project.git("mv", "models.py", "stats.py")
    moved = FIT.replace("from models", "from stats")
    project.write("fit.py", moved)
    project.git("add", ".")
    project.commits()
    assert project.views("fit.py") == same(moved)
    assert project.is_settled()


def test_untracked_files_are_not_seen(project: Hooked) -> None:
    grow(project)
    project.write("extra.py", FIT)
    project.commits()
    assert project.views("extra.py") == Views(FIT, None, None)
    assert [*project.lock().snapshot.tasks] == ["fit.fit"]


def test_a_file_intended_to_be_added_stays_so(project: Hooked) -> None:
    grow(project)
    project.write("extra.py", FIT)
    project.git("add", "--intent-to-add", "extra.py")
    project.commits()
    assert project.git("status", "--porcelain") == "A extra.py"
    assert [*project.lock().snapshot.tasks] == ["fit.fit"]
    project.git("add", ".")
    project.commits()
    assert [*project.lock().snapshot.tasks] == ["extra.fit", "fit.fit"]
    assert project.is_settled()


def test_a_new_finding_stops_the_commit_and_an_old_one_does_not(project: Hooked) -> None:
    void = FIT.replace("def fit(path: str) -> Stats", "def log(path: str) -> None")
    project.write("log.py", void)
    project.git("add", ".")
    done = project.try_git("commit", "-m", "work")
    assert (done.status, "void-cached" in done.said) == (1, True)
    project.commits("--no-verify")
    grow(project)
    assert "1 finding stood before" in project.commits()
    assert project.views("fit.py") == same(BUMPED)


def test_a_file_that_does_not_parse_stops_the_commit(project: Hooked) -> None:
    project.write("fit.py", FIT.replace("(cache", "cache"))
    project.git("add", ".")
    before = project.git("write-tree")
    done = project.try_git("commit", "-m", "work")
    assert (done.status, "unreadable-source" in done.said) == (1, True)
    assert project.git("write-tree") == before


def test_a_damaged_lock_stops_the_commit_and_is_left(project: Hooked) -> None:
    project.write(LOCK, "{")
    project.git("add", ".")
    done = project.try_git("commit", "-m", "work")
    assert (done.status, "restore it" in done.said) == (1, True)
    assert project.views(LOCK)[:2] == ("{", "{")


def test_a_lock_that_was_updated_on_disk_only_keeps_what_it_has(project: Hooked) -> None:
    project.write("extra.py", FIT)
    project.sigclock("update")
    grow(project)
    project.commits()
    assert [*project.lock().snapshot.tasks] == ["fit.fit"]
    project.git("add", ".")
    project.commits()
    assert project.issued("extra.fit") == ["1.0", "1.1"]
    assert project.is_settled()


def test_a_deleted_lock_comes_back(project: Hooked) -> None:
    project.git("rm", "-q", LOCK)
    said = project.commits()
    assert "restored from history" in said
    assert project.issued() == ["1.0"]
    assert project.is_settled()
