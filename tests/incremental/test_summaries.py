"""What is kept in the Git directory makes runs faster and nothing else."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from support import kept
from support.amount import FULL
from support.changing import CHOICES
from support.git import Repo
from support.projects import COUNT, FIT, STATS, Project

from sigclock.cli.commands import check
from sigclock.git.repository import Repository
from sigclock.project.projects import Overrides
from sigclock.reports.json import render
from sigclock.tasks.tree_state import TreeState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {"stats.py": STATS, "fit.py": FIT}
FLOW = "@workflow\ndef flow() -> None:\n    fit(x=1)\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """`fit.fit` returns a `Stats` under version 1.0; locked, committed and checked."""
    project = Project.of(tmp_path / "project", FILES)
    project.check()
    return project


def states(project: Project) -> list[bytes]:
    return [*kept.bodies(project, "summaries").values()]


def told(project: Project) -> tuple[str, list[object]]:
    """What `check` says and `update` would write."""
    return render(project.check()), [*project.update(write=False).changes]


def forgetful(project: Project) -> tuple[str, list[object]]:
    """The same of a repository that no run has seen before."""
    shutil.rmtree(project.path / ".git/sigclock", ignore_errors=True)
    return told(project)


@pytest.mark.parametrize("seed", range(3 if FULL else 1))
def test_every_step_of_a_history_is_told_as_by_a_first_run(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible edits
    project = Project(Repo.init(tmp_path / "project").path)
    for _ in range(14):
        for path in chance.sample(sorted(CHOICES), chance.choice((0, 1, 2, 4))):
            text = chance.choice(CHOICES[path])
            (project.path / path).unlink(missing_ok=True)
            if text is not None:
                project.write(path, text)
        if chance.random() < 0.5:
            project.update()
        if chance.random() < 0.5:
            project.git("add", "--all")
        if chance.random() < 0.3:
            project.git("commit", "-q", "--allow-empty", "-m", "step")
        copy = project.copied(tmp_path / "copy")
        assert told(project) == forgetful(copy)
        shutil.rmtree(copy.path)


def unsound(body: bytes) -> bytes:
    """A state whose parts do not fit together."""
    state = msgspec.msgpack.decode(body, type=TreeState)
    return msgspec.msgpack.encode(msgspec.structs.replace(state, classes={}))


@pytest.mark.parametrize(
    ("damage", "sound"),
    [
        pytest.param(lambda _: b"", False, id="empty"),
        pytest.param(lambda body: body[:-9], False, id="cut-off"),
        pytest.param(lambda body: body.replace(b"float", b"bytes"), False, id="another-type"),
        pytest.param(lambda _: b"\xc1" * 4000, True, id="foreign"),
        pytest.param(unsound, True, id="unsound"),
    ],
)
def test_a_damaged_cache_is_as_good_as_none(
    project: Project, damage: Callable[[bytes], bytes], *, sound: bool
) -> None:
    (key,) = kept.bodies(project, "summaries")
    kept.change(project, key, damage, sound=sound)
    project.write("stats.py", STATS + COUNT)
    assert project.bumped() == [("1.0", "1.1")]
    assert project.found() == []


def test_a_git_directory_that_cannot_be_written_does_without(project: Project) -> None:
    shutil.rmtree(project.path / ".git/sigclock")
    (project.path / ".git/sigclock").write_text("a file")
    project.write("stats.py", STATS + COUNT)
    assert project.bumped() == [("1.0", "1.1")]


def test_processes_that_run_at_once_all_tell_the_same(project: Project) -> None:
    command = [sys.executable, "-m", "sigclock", "check", "--format", "json"]
    shutil.rmtree(project.path / ".git/sigclock")
    running = [
        subprocess.Popen(command, cwd=project.path, stdout=subprocess.PIPE) for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in running}) == 1
    assert len(states(project)) == 1


def test_an_edit_that_git_cannot_see_is_seen(project: Project) -> None:
    """Git compares size and seconds: of a file with an old date, which `cp -p` gives, that is all.

    All of it has to happen within a second.
    """
    path, old = project.path / "stats.py", (10**18, 10**18)
    edited = STATS.replace("float", "bytes")
    for _ in range(5):
        time.sleep(1 - time.time() % 1)
        path.write_text(STATS)
        os.utime(path, ns=old)
        project.git("add", "stats.py")
        path.write_text(edited)
        os.utime(path, ns=old)
        if project.git("diff", "--name-only") == "":
            break
    assert project.bumped() == [("1.0", "1.1")]


def test_what_a_filter_changes_on_disk_is_read_from_disk(project: Project) -> None:
    project.write(".gitattributes", "*.py ident\n")
    project.write("stats.py", "# $Id$\n" + STATS)
    project.git("add", "--all")
    project.git("commit", "-q", "-m", "ident")
    (project.path / "stats.py").unlink()
    project.git("checkout", "--", "stats.py")
    assert "$Id: " in project.read("stats.py")
    tree = Repository.open(project.path).worktree()
    assert tree.ids(["stats.py"]) != {"stats.py": project.git("rev-parse", ":stats.py")}


def test_only_the_states_of_the_last_configurations_are_kept(project: Project) -> None:
    for number in range(9):
        project.write("pyproject.toml", f'[tool.sigclock]\nexclude = ["none{number}"]\n')
        project.check()
    assert len(states(project)) == 6


#: Runs `sigclock check` and says how often each Python file of the current folder was opened.
WATCHED = """
import collections, os, sys
here, opened = os.getcwd() + "/", collections.Counter()
def hook(event, given):
    if event == "open" and str(given[0]).startswith(here) and str(given[0]).endswith(".py"):
        opened[str(given[0]).removeprefix(here)] += 1
sys.addaudithook(hook)
from sigclock.cli.commands import check
from sigclock.project.projects import Overrides
found = check.run(".", Overrides()).report
print(dict(sorted(opened.items())), [task.downstream for task in found.tasks if task.cached])
"""


def test_no_file_is_read_twice_where_something_changed(project: Project) -> None:
    project.write("flow.py", "from flytekit import workflow\nfrom fit import fit\n" + FLOW)
    project.write("stats.py", f"{STATS}{COUNT}")
    # What is staged later than it was written need not be read to be told from what is staged.
    time.sleep(1.1)
    project.git("add", "--all")
    shutil.rmtree(project.path / ".git/sigclock")
    command = [sys.executable, "-c", WATCHED]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=True)
    assert done.stdout == "{'fit.py': 1, 'flow.py': 1, 'stats.py': 1} [1]\n"


#: Reviews HEAD against its parent, and says how often each source that imports was parsed.
REVIEWED = """
import collections, json, sys
from sigclock.git.repository import Repository
from sigclock.project import pull_request
from sigclock.project.projects import Overrides
parsed = collections.Counter()
def hook(event, given):
    if event == "compile" and given[0].startswith((b"from ", b"import ")):
        parsed[given[0].decode()] += 1
sys.addaudithook(hook)
pull_request.review(Repository.open("."), "HEAD~1", "HEAD", Overrides())
print(json.dumps(parsed))
"""


def test_a_review_reads_each_file_of_base_and_head_once(project: Project) -> None:
    project.write("stats.py", STATS + COUNT)
    project.commit("head")
    # So nothing can be kept, which would hide that the base is read again.
    shutil.rmtree(project.path / ".git/sigclock")
    (project.path / ".git/sigclock").write_text("a file")
    command = [sys.executable, "-c", REVIEWED]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {FIT: 2, STATS: 1, STATS + COUNT: 1}


def test_a_base_leaves_what_is_remembered_of_the_tree(project: Project) -> None:
    project.write("stats.py", STATS + COUNT)
    project.check()
    (remembered,) = states(project)
    check.run(str(project.path), Overrides(), against="HEAD")
    assert states(project) == [remembered]
