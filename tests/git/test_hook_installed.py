"""Putting the hooks in place and taking them away: another's hook is never lost, to the byte."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.hooked import BUMPED, GROWN, SIGCLOCK, Done, Hooked, grow, same
from support.trees import open_

from sigclock.git import hook_scripts, refs, staging

if TYPE_CHECKING:
    from collections.abc import Callable

FOREIGN = "#!/bin/sh\n# caf\udce9\necho theirs $0 >> said\nexit ${STATUS:-0}\n".encode(
    "utf-8", "surrogateescape"
)
HOOK = ".git/hooks/pre-commit"
ASIDE = ".git/hooks/pre-commit.before-sigclock"


def hook(project: Repo, *arguments: str) -> Done:
    return Hooked(project.path).run(*SIGCLOCK, "hook", *arguments)


def write_hook(
    project: Repo, path: str = HOOK, content: bytes = FOREIGN, mode: int = 0o750
) -> None:
    project.write(path, content).chmod(mode)


def entries(project: Repo) -> set[str]:
    return {path.name for path in (project.path / ".git/hooks").glob("*[!e]")}


def test_installing_twice_is_installing_once(project: Hooked) -> None:
    once = project.disk(HOOK)
    done = hook(project, "install")
    assert done == Done(
        0,
        f"pre-commit: installed ({project.path / HOOK})\n"
        f"pre-merge-commit: installed ({project.path / '.git/hooks/pre-merge-commit'})\n",
    )
    assert project.disk(HOOK) == once
    assert os.access(project.path / HOOK, os.X_OK)


def test_uninstalling_leaves_nothing(repo: Repo) -> None:
    before = entries(repo)
    assert (hook(repo, "install").status, hook(repo, "uninstall").status) == (0, 0)
    assert entries(repo) == before
    assert "pre-commit: not installed" in hook(repo, "uninstall").said


def test_another_hook_runs_first_and_returns_byte_for_byte(repo: Repo) -> None:
    write_hook(repo)
    assert "installed, after pre-commit.before-sigclock" in hook(repo, "install").said
    assert "installed, after" in hook(repo, "install").said
    Hooked(repo.path).commits("--allow-empty")
    assert (repo.path / "said").read_text().startswith("theirs ")
    hook(repo, "uninstall")
    assert Hooked(repo.path).disk(HOOK) == FOREIGN
    assert (repo.path / HOOK).stat().st_mode & 0o777 == 0o750
    assert not (repo.path / ASIDE).exists()


def test_another_hook_that_refuses_stops_the_commit(project: Hooked) -> None:
    hook(project, "uninstall")
    write_hook(project)
    hook(project, "install")
    grow(project)
    assert project.try_git("commit", "-m", "work", STATUS="3").status == 1
    assert (project.disk("models.py"), project.blob("HEAD:models.py") == GROWN.encode()) == (
        GROWN.encode(),
        False,
    )
    project.commits()
    assert project.views("fit.py") == same(BUMPED)


def test_another_hook_runs_though_ours_is_skipped(repo: Repo) -> None:
    write_hook(repo)
    hook(repo, "install")
    assert (
        Hooked(repo.path)
        .try_git("commit", "-m", "x", "--allow-empty", SIGCLOCK="0", STATUS="1")
        .status
    )
    assert (repo.path / "said").exists()


def test_a_hook_that_git_does_not_run_is_not_run_by_ours(repo: Repo) -> None:
    write_hook(repo, mode=0o644)
    hook(repo, "install")
    Hooked(repo.path).commits("--allow-empty", STATUS="1")
    hook(repo, "uninstall")
    assert (repo.path / HOOK).stat().st_mode & 0o777 == 0o644


def test_a_symlinked_hook_stays_one(repo: Repo) -> None:
    write_hook(repo, "tools/check")
    (repo.path / HOOK).symlink_to("../../tools/check")
    hook(repo, "install")
    Hooked(repo.path).commits("--allow-empty")
    assert (repo.path / "said").exists()
    hook(repo, "uninstall")
    assert (repo.path / HOOK).readlink() == Path("../../tools/check")
    assert Hooked(repo.path).disk("tools/check") == FOREIGN


def test_our_hook_with_changes_by_hand_is_left(project: Hooked) -> None:
    with (project.path / HOOK).open("a") as file:
        file.write("echo mine\n")
    edited = project.disk(HOOK)
    for verb in ("install", "uninstall"):
        done = hook(project, verb)
        assert (done.status, "with changes by hand" in done.said) == (2, True)
    assert "installed, and edited since" in hook(project, "status").said
    assert project.disk(HOOK) == edited


def test_another_hook_that_came_after_ours_is_not_taken_away(project: Hooked) -> None:
    write_hook(project)
    assert "pre-commit: another hook" in hook(project, "uninstall").said
    assert project.disk(HOOK) == FOREIGN


def test_two_hooks_of_others_are_not_chained(repo: Repo) -> None:
    write_hook(repo)
    write_hook(repo, ASIDE, b"#!/bin/sh\n")
    done = hook(repo, "install")
    assert (done.status, "make one of the two" in done.said) == (2, True)
    assert Hooked(repo.path).disk(HOOK) == FOREIGN
    assert Hooked(repo.path).disk(ASIDE) == b"#!/bin/sh\n"


def test_an_interrupted_installation_is_completed(repo: Repo) -> None:
    write_hook(repo)
    os.link(repo.path / HOOK, repo.path / ASIDE)
    assert hook(repo, "install").status == 0
    hook(repo, "uninstall")
    assert Hooked(repo.path).disk(HOOK) == FOREIGN


def test_a_hooks_folder_of_the_repository_itself(project: Hooked) -> None:
    hook(project, "uninstall")
    project.git("config", "core.hooksPath", "tools/hooks")
    assert str(project.path / "tools/hooks/pre-commit") in hook(project, "install").said
    grow(project)
    project.commits()
    assert project.views("fit.py") == same(BUMPED)
    hook(project, "uninstall")
    assert not (project.path / "tools/hooks/pre-commit").exists()


def test_a_hooks_folder_of_one_linked_worktree(project: Hooked, tmp_path: Path) -> None:
    project.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    project.git("config", "extensions.worktreeConfig", "true")
    linked = Hooked(tmp_path / "linked")
    linked.git("config", "--worktree", "core.hooksPath", str(tmp_path / "own"))
    assert str(tmp_path / "own/pre-commit") in hook(linked, "install").said
    assert str(project.path / HOOK) in hook(project, "status").said


def test_a_linked_worktree_has_the_hooks_of_all(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    assert str(repo.path / HOOK) in hook(Repo(tmp_path / "linked"), "install").said


def test_a_worktree_of_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", ".", str(bare))
    done = hook(Repo(bare), "install")
    assert (done.status, "this repository is bare" in done.said) == (2, True)
    Repo(bare).git("worktree", "add", "-q", str(tmp_path / "linked"), "main")
    assert str(bare / "hooks/pre-commit") in hook(Repo(tmp_path / "linked"), "install").said


@pytest.mark.parametrize("way", ["global", "command"])
def test_a_hooks_folder_for_all_repositories_is_refused(
    repo: Repo, tmp_path: Path, way: str
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[core]\n\thooksPath = {tmp_path}/all\n")
    more = {
        "global": {"GIT_CONFIG_GLOBAL": str(settings)},
        "command": {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.hooksPath",
            "GIT_CONFIG_VALUE_0": f"{tmp_path}/all",
        },
    }[way]
    done = Hooked(repo.path).run(*SIGCLOCK, "hook", "install", **more)
    assert done.status == 2
    assert "for more than this repository" in done.said
    assert "git config core.hooksPath .git/hooks" in done.said
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize(
    ("name", "content", "refused"),
    [
        (".pre-commit-config.yaml", "repos:\n- hooks:\n  - id: sigclock-update\n", True),
        (".pre-commit-config.yaml", "repos:\n- hooks: [{id: 'sigclock-check'}]\n", True),
        ("prek.toml", '[[repos.hooks]]\nid = "sigclock-update"\n', True),
        (".pre-commit-config.yaml", "repos:\n- hooks:\n  # - id: sigclock-update\n", False),
        (".pre-commit-config.yaml", "repos:\n- hooks:\n  - id: ruff\n", False),
    ],
    ids=["update", "check", "prek", "commented out", "others"],
)
def test_the_framework_is_enough(repo: Repo, name: str, content: str, *, refused: bool) -> None:
    repo.write(name, content)
    done = hook(repo, "install")
    assert (done.status, f"{name} runs sigclock already" in done.said) == (2 * refused, refused)


def test_husky_is_left_alone(repo: Repo) -> None:
    repo.git("config", "core.hooksPath", ".husky/_")
    done = hook(repo, "install")
    assert (done.status, "to .husky/pre-commit" in done.said) == (2, True)


def test_no_code_of_the_repository_runs(project: Hooked) -> None:
    for name in ("sigclock", "click", "msgspec", "git", "json", "sitecustomize"):
        project.write(f"{name}.py", "import pathlib\npathlib.Path('ran').touch()\n")
    grow(project)
    project.git("add", ".")
    project.commits()
    assert project.views("fit.py") == same(BUMPED)
    assert not (project.path / "ran").exists()


def test_an_interpreter_that_is_gone_is_told(project: Hooked) -> None:
    script = (project.path / HOOK).read_text()
    (project.path / HOOK).write_text(script.replace(sys.executable, "/nowhere/python"))
    project.commits("--allow-empty")
    touch(project, "plain.py")
    done = project.try_git("commit", "-m", "x")
    assert (done.status, "SIGCLOCK=0 git commit" in done.said) == (1, True)
    assert hook(project, "install").status == 0
    project.commits()


def test_an_interpreter_that_lost_sigclock_is_told(project: Hooked) -> None:
    bare = project.write(".git/bare", f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    script = (project.path / HOOK).read_text()
    (project.path / HOOK).write_text(script.replace(sys.executable, str(bare)))
    touch(project, "plain.py")
    done = project.try_git("commit", "-q", "-m", "x")
    assert (done.status, "Traceback" in done.said) == (1, False)
    assert "no longer has sigclock: install it there" in done.said
    assert "SIGCLOCK=0 git commit" in done.said


def test_a_hook_in_the_configuration_of_git_counts(repo: Repo) -> None:
    repo.git("config", "hook.check.command", "sigclock hook run")
    assert hook_scripts.configured(open_(repo)) == []
    repo.git("config", "--add", "hook.check.event", "pre-push")
    repo.git("config", "--add", "hook.check.event", "pre-commit")
    opened = open_(repo)
    assert hook_scripts.status(opened)[-1].startswith("hook.check.command runs sigclock")
    assert hook_scripts.is_at_work(opened)
    repo.git("config", "hook.check.enabled", "false")
    assert not hook_scripts.is_at_work(open_(repo))


def test_folders_with_blanks_and_quotes(tmp_path: Path) -> None:
    project = Hooked.of(tmp_path / "it's a $HOME `x`")
    write_hook(project, ".git/hooks/pre-merge-commit")
    hook(project, "install")
    grow(project)
    project.commits()
    assert project.views("fit.py") == same(BUMPED)


def touch(project: Hooked, path: str) -> None:
    project.write(path, "x = 1\n")
    project.git("add", "--all")


def arrive(project: Hooked, name: str) -> None:
    touch(project, "README.md")
    project.git("update-ref", name, "HEAD")


@pytest.mark.parametrize(
    ("stage", "starts"),
    [
        pytest.param(lambda _: None, False, id="nothing"),
        pytest.param(lambda project: touch(project, "README.md"), False, id="words"),
        pytest.param(lambda project: touch(project, "fit.py.orig"), False, id="another-ending"),
        pytest.param(
            lambda project: touch(project, "a/my-pyproject.toml"), False, id="another-name"
        ),
        pytest.param(lambda project: touch(project, "fit.py"), True, id="a-source"),
        pytest.param(lambda project: touch(project, "a b/é.pyi"), True, id="a-stub"),
        pytest.param(
            lambda project: project.git("rm", "-q", "fit.py"), True, id="a-removed-source"
        ),
        pytest.param(lambda project: touch(project, "a/.sigclock.lock"), True, id="a-lock"),
        pytest.param(lambda project: touch(project, "pyproject.toml"), True, id="settings"),
        pytest.param(lambda project: touch(project, "a/pyproject.toml"), True, id="settings-below"),
        *(
            pytest.param(lambda project, name=name: arrive(project, name), True, id=name)
            for name in refs.ARRIVING
        ),
        pytest.param(
            lambda project: project.git("checkout", "-q", "--orphan", "new"), True, id="no-commit"
        ),
    ],
)
def test_python_starts_where_the_commit_can_make_a_version_due(
    project: Hooked, stage: Callable[[Hooked], object], *, starts: bool
) -> None:
    stub = project.write("../stub", "#!/bin/sh\necho started\n")
    stub.chmod(0o755)
    script = (project.path / HOOK).read_text()
    project.write(HOOK, re.sub(r"^python=.*$", f"python={stub}", script, flags=re.MULTILINE))
    stage(project)
    said = "started\n" if starts else ""
    assert project.run(HOOK) == Done(0, said)
    assert project.run(HOOK, GIT_LITERAL_PATHSPECS="1", GIT_INDEX_FILE=".git/index") == Done(
        0, said
    )
    opened = open_(project)
    due = opened.head() is None or staging.concerns(opened, staging.staged_paths(opened))
    assert due is starts


def test_the_script_of_an_earlier_sigclock_is_ours(project: Hooked) -> None:
    once = (project.path / HOOK).read_text()
    start, rest = once.index("commits="), once.index('if [ ! -x "$python"')
    project.write(HOOK, once[:start] + once[rest:])
    assert "pre-commit: installed (" in hook(project, "status").said
    hook(project, "install")
    assert (project.path / HOOK).read_text() == once
