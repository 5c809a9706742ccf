"""Every three-way merge of one task, through the driver, `--merged-with` and conflict markers."""

from __future__ import annotations

import re
import shutil
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from support.amount import sample
from support.git import Repo
from support.hooked import Hooked, grow
from support.projects import COUNT, STATS, Project
from support.projects import FIT as FIT_STATS

from sigclock.cli.commands import check, init, merge_driver, update
from sigclock.errors import GitError, LockError
from sigclock.lock import ledger, reader
from sigclock.lock.lock import Lock
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME
from sigclock.verdict.finding import Outcome as CacheOutcome
from sigclock.verdict.finding import Report

MODELS = """\
from dataclasses import dataclass

@dataclass
class Stats:
    {b}
    #
    mean: float
    #
    {c}
"""
FIT = """\
from flytekit import task
from models import Stats

@task(cache=True, cache_version="{version}")
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
MORE = FIT.replace("def fit", "def more").format(version="7")

#: What each side adds to the class, which version it writes, and what becomes of the task.
SIGNATURES = {"same": ("", ""), "changed": ("b", ""), "alike": ("b", "b"), "apart": ("b", "c")}
VERSIONS = {"1.0": ("1.0", "1.0"), "1.1 both": ("1.1", "1.1"), "1.1 and 1.2": ("1.1", "1.2")}
TASKS = ("stays", "added", "removed", "moved")
TABLE = [*product(SIGNATURES, VERSIONS, TASKS)]


class Outcome(NamedTuple):
    """What stands after a merge and `update`: files, lock, and what was bumped."""

    files: dict[str, bytes]
    lock: Lock
    bumped: dict[str, str]


def models(fields: str) -> str:
    parts = {name: f"{name}: int" if name in fields else "#" for name in "bc"}
    return MODELS.format(**parts)


def run_update(path: Path) -> Report:
    return update.run(str(path), Overrides()).report


def commit_side(repo: Repo, fields: str, version: str, task: str) -> None:
    """A side as the hook leaves it; under the old version, a change that nobody judged."""
    repo.write("models.py", models(fields))
    repo.write("fit.py", FIT.format(version=version))
    if task == "added":
        repo.write("more.py", MORE)
    if task == "removed":
        repo.git("rm", "-qf", "fit.py")
    if task == "moved":
        repo.git("mv", "fit.py", "train.py")
    if not fields or version != "1.0":
        run_update(repo.path)
    repo.commit(f"{fields} {version} {task}")


def branched(path: Path, signature: str, version: str, task: str) -> Repo:
    """`main` with our side checked out, `side` with theirs, both grown from one commit."""
    repo = Repo.init(path)
    commit_side(repo, "", "1.0", "stays")
    repo.git("branch", "side")
    (ours, theirs), (our_version, their_version) = SIGNATURES[signature], VERSIONS[version]
    commit_side(repo, ours, our_version, "stays" if task == "added" else task)
    repo.git("switch", "-q", "side")
    with repo.without("main"):
        commit_side(repo, theirs, their_version, "added" if task == "added" else "stays")
    repo.git("switch", "-q", "main")
    return repo


def blob(repo: Repo, name: str) -> bytes:
    return (repo.git("cat-file", "blob", name) + "\n").encode()


def merge(repo: Repo) -> set[str]:
    """Merge as a forge does; conflicts in sources are settled for us, else for them."""
    repo.git("merge", "--no-commit", "--no-ff", "side", fails=True)
    conflicts = set(repo.git("diff", "--name-only", "--diff-filter=U").splitlines()) - {LOCK_NAME}
    for path in sorted(conflicts):
        repo.git("checkout", "--ours", "--", path, fails=True)
        repo.git("add", path)
    return conflicts


def by_driver(repo: Repo) -> None:
    """Put in place what the merge driver makes of the three locks."""
    parted = repo.git("merge-base", "main", "side")
    names = {"base": parted, "ours": "main", "theirs": "side"}
    for name, revision in names.items():
        (repo.path.parent / name).write_bytes(blob(repo, f"{revision}:{LOCK_NAME}"))
    base, ours, theirs = (str(repo.path.parent / name) for name in names)
    merge_driver.run(base, ours, theirs, LOCK_NAME)
    repo.write(LOCK_NAME, Path(ours).read_bytes())
    repo.git("add", LOCK_NAME)


def outcome(repo: Repo) -> Outcome:
    report = run_update(repo.path)
    bumped = {task: bump.current for bump in report.bumps for task in bump.tasks}
    files = {path.name: path.read_bytes() for path in repo.path.iterdir() if path.is_file()}
    return Outcome(files, reader.loads(files[LOCK_NAME]), bumped)


def holds(lock: Lock) -> bool:
    """Whether no task stands on a version that names another signature too."""
    return not any(
        ledger.conflicts(lock.ledger[name], task.cache.version or "", task.signature)
        for name, task in lock.snapshot.tasks.items()
    )


@pytest.mark.parametrize(("signature", "version", "task"), sample(TABLE, str, 3))
def test_the_three_ways_agree(tmp_path: Path, signature: str, version: str, task: str) -> None:
    repo = branched(tmp_path / "markers", signature, version, task)
    sides = [reader.loads(blob(repo, f"{name}:{LOCK_NAME}")) for name in ("main", "side")]
    before = repo.git("rev-parse", "HEAD"), repo.git("count-objects"), repo.git("status", "-s")
    foretold = check.run(str(repo.path), Overrides(), merged_with="side").report
    after = repo.git("rev-parse", "HEAD"), repo.git("count-objects"), repo.git("status", "-s")
    assert before == after
    shutil.copytree(repo.path, tmp_path / "driver")
    driven = Repo(tmp_path / "driver")

    conflicts = merge(repo)
    merge(driven)
    by_driver(driven)
    one, other = outcome(repo), outcome(driven)
    assert one == other
    assert holds(one.lock)
    assert ledger.join([one.lock.ledger, *(side.ledger for side in sides)]) == one.lock.ledger
    assert check.run(str(repo.path), Overrides()).report.findings == ()
    if conflicts:
        assert {finding.path for finding in foretold.findings} & conflicts or task == "removed"
    else:
        assert {t.name: t.next_version for t in foretold.tasks if t.next_version} == one.bumped
    if signature == "apart" and version == "1.1 both" and task == "stays":
        assert one.bumped == {"fit.fit": "1.2"}


def test_the_driver_stops_git_and_says_why(tmp_path: Path) -> None:
    repo = branched(tmp_path / "repo", "apart", "1.1 both", "stays")
    done = use_driver(repo)
    assert re.search(
        r'"1.1" was issued with signature \w{16} on our side, \w{16} on their side', done
    )
    assert repo.git("diff", "--name-only", "--diff-filter=U") == LOCK_NAME
    assert b"<<<<" not in (repo.path / LOCK_NAME).read_bytes()
    assert outcome(repo).bumped == {"fit.fit": "1.2"}


def test_the_driver_merges_what_git_could_not(tmp_path: Path) -> None:
    repo = branched(tmp_path / "repo", "alike", "1.1 both", "added")
    assert use_driver(repo) == ""
    assert repo.git("rev-list", "--parents", "-1", "HEAD").count(" ") == 2
    assert check.run(str(repo.path), Overrides()).report.findings == ()


def use_driver(repo: Repo) -> str:
    """Merge with the driver that `init` configures; what it said."""
    project = Hooked(repo.path)
    told = project.sigclock("init", "--merge-driver", "--diff-driver")
    assert ".gitattributes: .sigclock.lock merge=sigclock diff=sigclock" in told
    assert ".gitattributes" not in project.sigclock("init", "--merge-driver", "--diff-driver")
    repo.commit("attributes")
    said = project.try_git("merge", "-q", "-m", "merge", "side").said
    return "".join(line for line in said.splitlines() if line.startswith("sigclock"))


def test_a_damaged_lock_is_left_to_people(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("{")
    with pytest.raises(LockError):
        merge_driver.run(str(lock), str(lock), str(lock), LOCK_NAME)
    assert lock.read_text() == "{"


def test_git_shows_a_lock_as_short_text(project: Hooked) -> None:
    project.sigclock("init", "--diff-driver")
    grow(project)
    project.sigclock("update")
    shown = project.git("diff", "--unified=0", "--", LOCK_NAME).splitlines()
    signature = project.lock("").snapshot.tasks["fit.fit"].signature[:12]
    assert [line for line in shown if line[0] in "+-" and line[:3] not in ("+++", "---")] == [
        "-    cache: pinned 1.0",
        "+    cache: pinned 1.1",
        f"+    issued 1.1: {_locked(project)}",
        "+    count: int",
    ]
    assert signature != _locked(project)


def _locked(project: Hooked) -> str:
    lock = reader.loads((project.path / LOCK_NAME).read_bytes())
    return lock.snapshot.tasks["fit.fit"].signature[:12]


def test_a_conflict_names_the_commit_of_each_side(tmp_path: Path) -> None:
    repo = branched(tmp_path / "repo", "apart", "1.1 both", "stays")
    merge(repo)
    ours, theirs = (repo.git("rev-parse", "--short=7", name) for name in ("main", "side"))
    told = (
        rf'fit.fit: "1.1" was issued with signature \w{{16}} on {ours} "b 1.1 stays", '
        rf'\w{{16}} on {theirs} "c 1.1 stays" of side; `sigclock update` moves it'
    )
    assert [note for note in run_update(repo.path).notes if re.fullmatch(told, note)]


def test_a_merge_with_what_is_unknown_is_refused(repo: Repo) -> None:
    with pytest.raises(GitError, match="unknown revision"):
        check.run(str(repo.path), Overrides(), merged_with="--output=x")


def test_a_merge_is_foretold_in_a_bare_repository(tmp_path: Path) -> None:
    repo = branched(tmp_path / "repo", "apart", "1.1 both", "stays")
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    report = check.run(str(tmp_path / "bare.git"), Overrides(), merged_with="side").report
    assert [task.next_version for task in report.tasks] == ["1.2"]
    told = re.compile(r'fit.fit: "1.1" was issued with signature \w{16} on HEAD, \w{16} on side;')
    assert any(map(told.match, report.notes))


def test_a_clone_that_lacks_the_common_commit_says_so(tmp_path: Path) -> None:
    repo = branched(tmp_path / "repo", "apart", "1.1 both", "stays")
    url, clone = f"file://{repo.path}", str(tmp_path / "clone")
    repo.git("clone", "-q", "--depth=1", "--no-single-branch", url, clone)
    with pytest.raises(GitError) as caught:
        check.run(clone, Overrides(), merged_with="origin/side")
    assert "git fetch --unshallow" in caught.value.advice


def test_a_merge_of_texts_says_nothing_of_outputs_that_the_lock_lost(tmp_path: Path) -> None:
    """One side changes the class, the other adds a task that returns it: the lock has both."""
    project = Project.of(tmp_path / "project", {"stats.py": STATS, "fit.py": FIT_STATS})
    project.git("switch", "-q", "-c", "side")
    project.write("zoo.py", FIT_STATS)
    project.update()
    project.commit("side")
    project.git("switch", "-q", "main")
    project.write("stats.py", STATS + COUNT)
    project.update()
    project.commit("main")
    project.git("merge", "-q", "-m", "merge", "side")
    (task,) = (task for task in project.check().tasks if task.name == "zoo.fit")
    assert task.outputs_changed
    assert (task.prediction.local, task.prediction.remote) == (
        CacheOutcome.STALE,
        CacheOutcome.UNKNOWN,
    )


def test_the_merge_of_a_forge_is_foretold_and_not_that_of_the_driver(tmp_path: Path) -> None:
    """One side removes the last task, the other changes a class and adds a task behind it."""
    files = {"stats.py": STATS, "fit.py": FIT_STATS, "more.py": FIT_STATS}
    project = Project.of(tmp_path / "project", files)
    init.run(str(project.path), Overrides(), merge_driver=True)
    project.commit("driver")
    project.git("switch", "-q", "-c", "side")
    project.write("zoo.py", FIT_STATS)
    project.update()
    project.commit("side")
    project.git("switch", "-q", "main")
    project.git("rm", "-q", "more.py")
    project.write("stats.py", STATS + COUNT)
    project.update()
    project.commit("main")
    foretold = check.run(str(project.path), Overrides(), merged_with="side").report
    project.git("clone", "-q", "--bare", ".", str(tmp_path / "forge.git"))
    forge = Repo(tmp_path / "forge.git")
    tree = forge.git("merge-tree", "--write-tree", "main", "side")
    project.git("fetch", "-q", str(forge.path))
    merged = forge.git("commit-tree", "-p", "main", "-p", "side", "-m", "merge", tree)
    project.git("fetch", "-q", str(forge.path), merged)
    project.git("reset", "-q", "--hard", merged)
    now = project.check()
    told = [(finding.rule, finding.task, finding.message) for finding in now.findings]
    assert [(each.rule, each.task, each.message) for each in foretold.findings] == told
    assert (foretold.notes, now.notes) == ((), ())
    assert ("stale-cache", "zoo.fit") in {(rule, task) for rule, task, _ in told}
