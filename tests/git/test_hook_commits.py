"""The hook in every way in which Git makes a commit, and where it makes one without a hook."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.hooked import BUMPED, FIT, GROWN, MODELS, SIGCLOCK, Hooked, Views, grow, same

LOCK = ".sigclock.lock"
TWICE = FIT.replace("1.0", "1.2")
OTHER = f"{MODELS}    total: int\n"
BOTH = f"{MODELS}    total: int\n    count: int\n"


def is_red(project: Hooked) -> bool:
    return project.run(*SIGCLOCK, "check").status == 1


# -- one commit --------------------------------------------------------------------------------


def test_commit_all(project: Hooked) -> None:
    project.write("models.py", GROWN)
    project.commits("-a")
    assert project.views("fit.py") == same(BUMPED)
    assert project.is_settled()


def test_commit_include(project: Hooked) -> None:
    project.write("notes.txt", "x")
    project.git("add", "notes.txt")
    project.write("models.py", GROWN)
    project.commits("--include", "models.py")
    assert project.views("fit.py") == same(BUMPED)
    assert project.is_settled()


def test_commit_hunks(project: Hooked) -> None:
    project.write("models.py", f"# top\n{GROWN}")
    done = project.run("sh", "-c", "printf 's\\nn\\ny\\n' | git commit -q -m work --patch")
    assert done.status == 0, done.said
    assert project.views("models.py") == Views(f"# top\n{GROWN}", GROWN, GROWN)
    assert project.views("fit.py") == same(BUMPED)


def test_amend_takes_a_version_of_its_own(project: Hooked) -> None:
    grow(project)
    project.commits()
    project.write("models.py", OTHER)
    project.commits("-a", "--amend")
    assert project.views("fit.py") == same(TWICE)
    assert project.issued() == ["1.0", "1.1", "1.2"]
    assert project.is_settled()


def test_amend_of_the_message_changes_nothing(project: Hooked) -> None:
    grow(project)
    project.commits()
    tree = project.git("write-tree")
    assert project.commits("--amend") == ""
    assert project.git("rev-parse", "HEAD^{tree}") == tree


def test_commit_of_a_path_is_mended_on_disk_and_told_how_to_repeat(project: Hooked) -> None:
    project.write("staged.py", "x = 1\n")
    project.git("add", "staged.py")
    project.write("models.py", GROWN)
    done = project.try_git("commit", "-q", "-m", "work", "models.py")
    assert done.status == 1
    assert "git commit -- models.py fit.py .sigclock.lock" in done.said
    assert project.views("fit.py") == Views(BUMPED, FIT, FIT)
    assert project.views("models.py") == Views(GROWN, MODELS, MODELS)
    assert project.git("diff", "--cached", "--name-only") == "staged.py"
    project.commits("--", "models.py", "fit.py", LOCK)
    assert project.views("fit.py") == same(BUMPED)
    assert project.git("status", "--porcelain") == "A  staged.py"


def test_commit_of_a_path_with_nothing_due(project: Hooked) -> None:
    project.write("models.py", f"# why\n{MODELS}")
    assert project.commits("models.py") == ""
    assert project.is_settled()


def test_commit_of_a_path_that_needs_a_new_lock(project: Hooked) -> None:
    project.git("rm", "-q", LOCK)
    project.commits("--no-verify")
    project.write("fit.py", FIT + "# why\n")
    done = project.try_git("commit", "-q", "-m", "work", "fit.py")
    assert done.status == 1
    assert f"git add -- {LOCK} && git commit -- fit.py {LOCK}" in done.said


def test_a_commit_from_a_subfolder(project: Hooked) -> None:
    project.write("sub/x.txt", "x")
    grow(project)
    done = Hooked(project.path / "sub").try_git("commit", "-q", "-m", "work")
    assert done.status == 0, done.said
    assert project.views("fit.py") == same(BUMPED)


def test_a_commit_from_elsewhere(project: Hooked, tmp_path: Path) -> None:
    grow(project)
    places = {"GIT_DIR": str(project.path / ".git"), "GIT_WORK_TREE": str(project.path)}
    done = Hooked(tmp_path).try_git("commit", "-q", "-m", "work", **places)
    assert done.status == 0, done.said
    assert project.views("fit.py") == same(BUMPED)


def test_an_index_of_ones_own(project: Hooked) -> None:
    index = project.path / ".git/mine"
    index.write_bytes((project.path / ".git/index").read_bytes())
    project.write("models.py", GROWN)
    project.try_git("add", "models.py", GIT_INDEX_FILE=str(index))
    project.commits(GIT_INDEX_FILE=str(index))
    assert project.blob("HEAD:fit.py") == BUMPED.encode()
    assert project.blob(":fit.py") == FIT.encode()


def test_a_constant_in_another_file_with_hunks_of_its_own(tmp_path: Path) -> None:
    shared = "from versions import V\n" + FIT.replace('"1.0"', "V")
    project = Hooked.of(
        tmp_path / "p", {"models.py": MODELS, "fit.py": shared, "versions.py": 'V = "3"\n'}
    )
    grow(project)
    project.write("versions.py", '# mine\nV = "3"\n')
    project.commits()
    assert project.views("versions.py") == Views('# mine\nV = "4"\n', 'V = "4"\n', 'V = "4"\n')
    assert project.views("fit.py") == same(shared)


def test_update_can_stage_what_it_writes(project: Hooked) -> None:
    grow(project)
    project.write("fit.py", FIT + "# mine\n")
    project.sigclock("update", "--stage")
    assert project.views("fit.py") == Views(BUMPED + "# mine\n", BUMPED, FIT)
    assert project.commits() == ""
    assert project.git("status", "--porcelain") == "M fit.py"


# -- projects ----------------------------------------------------------------------------------

TABLE = "[tool.sigclock]\n"


@pytest.fixture
def monorepo(tmp_path: Path) -> Hooked:
    """Two projects with a lock each, whose tasks return a class of a package beside them."""
    task = FIT.replace("from models", "from shared.models")
    return Hooked.of(
        tmp_path / "mono",
        {
            "shared/__init__.py": "",
            "shared/models.py": MODELS,
            "one/pyproject.toml": TABLE,
            "one/fit.py": task,
            "two/pyproject.toml": TABLE,
            "two/fit.py": task.replace("1.0", "7"),
        },
    )


def test_projects_that_share_a_package_move_together(monorepo: Hooked) -> None:
    monorepo.write("shared/models.py", GROWN)
    monorepo.commits("-a")
    assert 'cache_version="1.1"' in str(monorepo.views("one/fit.py").commit)
    assert 'cache_version="8"' in str(monorepo.views("two/fit.py").commit)
    assert monorepo.git("show", "--name-only", "--format=").split() == [
        f"one/{LOCK}", "one/fit.py", "shared/models.py", f"two/{LOCK}", "two/fit.py"
    ]  # fmt: skip
    assert monorepo.is_settled()


def test_a_project_that_is_not_concerned_keeps_its_lock(monorepo: Hooked) -> None:
    before = monorepo.views(f"two/{LOCK}")
    text = str(monorepo.views("one/fit.py").disk)
    monorepo.write("one/fit.py", text.replace("path: str", "path: str, n: int"))
    monorepo.commits("-a")
    assert monorepo.views(f"two/{LOCK}") == before


# -- several commits ---------------------------------------------------------------------------


def branches(project: Hooked, ours: str, theirs: str) -> None:
    """`theirs` on the branch `side`, `ours` on `main`: each a class, committed under the hook."""
    project.git("switch", "-q", "-c", "side")
    project.write("models.py", theirs)
    project.commits("-a")
    project.git("switch", "-q", "main")
    project.write("models.py", ours)
    with project.without("side"):
        project.commits("-a")


def test_a_clean_merge_is_judged(project: Hooked) -> None:
    """Each side is settled; only the merge returns a class that the task reaches and grew."""
    project.git("switch", "-q", "-c", "side")
    project.write("models.py", GROWN)
    project.git("rm", "-q", "fit.py")
    project.commits("-a")
    project.git("switch", "-q", "main")
    project.write("again.py", FIT.replace("def fit", "def again"))
    project.git("add", ".")
    project.commits()
    text = FIT.replace("def fit", "def again")
    assert project.try_git("merge", "-m", "merge", "side").status == 1
    project.sigclock("update", "--stage")
    project.commits()
    assert project.views("again.py") == same(text.replace("1.0", "1.1"))
    assert len(project.git("rev-list", "--parents", "-1", "HEAD").split()) == 3
    assert project.is_settled()


def test_a_merge_that_git_makes_without_a_conflict(project: Hooked) -> None:
    project.git("switch", "-q", "-c", "side")
    project.write("models.py", GROWN)
    project.commits("-a", "--no-verify")
    project.git("switch", "-q", "main")
    project.write("notes.txt", "x")
    project.git("add", ".")
    project.commits()
    done = project.try_git("merge", "-m", "merge", "side")
    assert (done.status, "complete it: git commit" in done.said) == (1, True), done.said
    assert project.views("fit.py") == Views(BUMPED, BUMPED, FIT)
    project.commits()
    assert project.views("fit.py") == same(BUMPED)
    assert len(project.git("rev-list", "--parents", "-1", "HEAD").split()) == 3
    assert project.is_settled()


def test_one_version_for_two_signatures_ends_in_the_next(project: Hooked) -> None:
    branches(project, f"{MODELS}    count: int\n", f"# side\n{MODELS}    total: int\n")
    project.try_git("merge", "-q", "-m", "merge", "side")
    assert (project.path / ".git/MERGE_HEAD").exists()
    project.write("models.py", BOTH)
    project.git("add", "models.py")
    said = project.sigclock("update", "--stage")
    assert "has merge conflicts; both sides were merged" in said
    project.git("add", LOCK)
    project.commits()
    assert project.views("fit.py") == same(TWICE)
    assert [len(hashes) for hashes in project.lock().ledger["fit.fit"].issued.values()] == [1, 2, 1]
    assert project.is_settled()


def test_a_conflict_resolved_by_taking_a_side_is_still_due(project: Hooked) -> None:
    branches(project, GROWN, OTHER)
    project.try_git("merge", "-q", "-m", "merge", "side")
    project.git("checkout", "-q", "--ours", "--", "models.py", LOCK)
    project.git("add", ".")
    project.commits()
    assert project.views("fit.py") == same(TWICE)
    assert project.is_settled()


def test_a_picked_commit_keeps_what_its_branch_issued(project: Hooked) -> None:
    branches(project, GROWN, OTHER)
    project.try_git("cherry-pick", "side")
    project.write("models.py", BOTH)
    project.git("checkout", "-q", "--ours", "--", LOCK)
    project.git("add", ".")
    done = project.try_git("-c", "core.editor=true", "cherry-pick", "--continue")
    assert done.status == 0, done.said
    assert project.views("fit.py") == same(TWICE)
    assert project.is_settled()


def is_seen(project: Hooked) -> bool:
    """Whether a commit with our lock counts what is being picked, known by a packed reference."""
    project.git("pack-refs", "--all")
    project.write("models.py", BOTH)
    project.git("checkout", "-q", "--ours", "--", LOCK)
    project.git("add", ".")
    project.commits()
    return project.views("fit.py") == same(TWICE)


def test_a_pick_is_seen_where_git_keeps_no_file_for_it(project: Hooked) -> None:
    """With reftable no file has what is picked; here a packed reference has it, as Git knows it."""
    branches(project, GROWN, OTHER)
    picked = project.git("rev-parse", "side")
    project.git("branch", "-qD", "side")
    project.git("reflog", "expire", "--expire=now", "--all")
    project.try_git("cherry-pick", picked)
    (project.path / ".git/CHERRY_PICK_HEAD").unlink()
    project.git("update-ref", "refs/CHERRY_PICK_HEAD", picked)
    assert is_seen(project)


def test_a_rebase_is_seen_where_git_keeps_no_file_for_it(project: Hooked) -> None:
    branches(project, GROWN, OTHER)
    project.try_git("rebase", "-q", "side")
    picked = project.git("rev-parse", "REBASE_HEAD")
    (project.path / ".git/REBASE_HEAD").unlink()
    project.git("update-ref", "-d", "refs/heads/main")
    project.git("reflog", "expire", "--expire=now", "--all")
    project.git("update-ref", "refs/REBASE_HEAD", picked)
    assert is_seen(project)


def test_a_rebase_that_stops(project: Hooked) -> None:
    branches(project, GROWN, OTHER)
    project.try_git("rebase", "-q", "side")
    project.write("models.py", BOTH)
    project.git("checkout", "-q", "--ours", "--", LOCK)
    project.git("add", ".")
    done = project.try_git("-c", "core.editor=true", "rebase", "--continue")
    assert done.status == 0, done.said
    project.sigclock("update")
    assert project.views("fit.py").disk == TWICE


def test_a_revert_goes_back_to_the_old_version(project: Hooked) -> None:
    grow(project)
    project.commits()
    project.git("revert", "--no-edit", "HEAD")
    assert project.views("fit.py") == same(FIT)
    assert project.issued() == ["1.0"]
    assert project.is_settled()
    grow(project)
    project.commits()
    assert project.views("fit.py") == same(TWICE)


def test_a_pick_without_a_hook_is_seen_afterwards(project: Hooked) -> None:
    """Git rebases and picks cleanly without a hook; `check` is red until `update` has run."""
    project.git("switch", "-q", "-c", "side")
    project.write("models.py", GROWN)
    project.git("commit", "-q", "--no-verify", "-a", "-m", "by hand")
    project.git("switch", "-q", "main")
    project.git("cherry-pick", "side")
    assert is_red(project)
    project.sigclock("update")
    project.commits("-a")
    assert project.views("fit.py") == same(BUMPED)
    assert project.is_settled()
