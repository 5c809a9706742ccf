"""The hooks of `.pre-commit-hooks.yaml` under the real clients, from a clone of this repository."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from support.amount import FULL
from support.gate_histories import BLOCKED, PASSED
from support.gates import Change, History
from support.git import Repo
from support.hooked import BUMPED, FIT, GROWN, ROOT, Done, Hooked, Views, grow, same
from support.once import once, shared

LOCK = ".sigclock.lock"
#: The client itself puts unstaged hunks back by `git apply`, which wants three lines in between.
FAR = "#\n#\n#\n#\n"
CONFIG = """\
repos:
- repo: {path}
  rev: {commit}
  hooks:
  - id: sigclock-update
  - id: sigclock-check
    stages: [manual]
"""


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """What a release of this repository holds, as a repository: one for all processes."""
    place = shared(tmp_path_factory) / "release"

    def make() -> bytes:
        release = Repo.init(place)
        shutil.copytree(
            ROOT / "sigclock",
            release.path / "sigclock",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
            shutil.copy(ROOT / name, release.path / name)
        release.commit("release")
        return b"made"

    once(tmp_path_factory, "released", make)
    return Repo(place)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the clients keep environments; they lock it themselves."""
    place = shared(tmp_path_factory) / "cache"
    place.mkdir(exist_ok=True)
    return place


class Client:
    """pre-commit or prek in a project, with a cache that the whole session shares."""

    def __init__(self, name: str, project: Hooked, clone: Repo, cache: Path) -> None:
        self.program = str(Path(sys.executable).parent / name)
        self.project, self.clone = project, clone
        self.environment = {"PRE_COMMIT_HOME": str(cache), "PREK_HOME": str(cache / "prek")}
        self.environment["PYTHONPATH"] = ""

    def run(self, *arguments: str) -> Done:
        return self.project.run(self.program, *arguments, **self.environment)

    def commit(self) -> Done:
        return self.project.try_git("commit", "-m", "work", **self.environment)


CLIENTS = ["pre-commit", "prek"]


def one_of(name: str) -> pytest.MarkDecorator:
    """A test with that client, or with both if all is asked for."""
    return pytest.mark.parametrize("client", CLIENTS if FULL else [name], indirect=True)


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, project: Hooked, clone: Repo, cache: Path) -> Client:
    """A locked project that runs `sigclock-update` through the framework."""
    project.sigclock("hook", "uninstall")
    commit = clone.git("rev-parse", "HEAD")
    project.write(".pre-commit-config.yaml", CONFIG.format(path=clone.path, commit=commit))
    project.commit("configure")
    client = Client(request.param, project, clone, cache)
    assert client.run("install").status == 0
    return client


def test_a_commit_under_the_framework(client: Client) -> None:
    project = client.project
    project.write("fit.py", FIT + FAR)
    project.commit("far")
    grow(project)
    project.write("fit.py", FIT + FAR + "# unstaged\n")
    done = client.commit()
    assert (done.status, f"git add -- {LOCK} fit.py" in done.said) == (1, True), done.said
    assert project.views("fit.py") == Views(BUMPED + FAR + "# unstaged\n", FIT + FAR, FIT + FAR)
    project.git("add", LOCK, "fit.py")
    assert client.commit().status == 0
    assert project.views("fit.py") == same(BUMPED + FAR + "# unstaged\n")
    assert project.is_settled()


@one_of("prek")
def test_a_commit_that_only_deletes(client: Client) -> None:
    project = client.project
    project.git("rm", "-q", "fit.py")
    assert client.commit().status == 1
    project.git("add", LOCK)
    assert client.commit().status == 0
    assert [*project.lock().snapshot.tasks] == []
    assert project.is_settled()


@one_of("pre-commit")
def test_a_lock_that_is_not_added_stops_the_commit(client: Client) -> None:
    project = client.project
    project.git("rm", "-q", "--cached", LOCK)
    done = client.commit()
    assert (done.status, f"git add -- {LOCK}" in done.said) == (1, True), done.said


@one_of("prek")
def test_all_files_are_judged_where_nothing_is_staged(client: Client) -> None:
    project = client.project
    assert client.run("run", "--all-files").status == 0
    project.write("models.py", GROWN)
    project.git("commit", "-q", "--no-verify", "-a", "-m", "by hand")
    assert client.run("run", "--all-files").status == 1
    assert project.views("fit.py") == Views(BUMPED, FIT, FIT)


@one_of("pre-commit")
def test_the_check_writes_nothing(client: Client) -> None:
    project = client.project
    manual = ("run", "sigclock-check", "--hook-stage", "manual")
    assert client.run(*manual).status == 0
    grow(project)
    done = client.run(*manual)
    assert (done.status, "stale-cache" in done.said) == (1, True), done.said
    assert project.git("status", "--porcelain") == "M  models.py"


@one_of("pre-commit")
def test_both_hooks_are_tried_from_a_clone(client: Client) -> None:
    grow(client.project)
    done = client.run("try-repo", str(client.clone.path), "--verbose")
    assert done.status == 1, done.said
    assert ("sigclock update" in done.said, "sigclock check" in done.said) == (True, True)
    assert client.project.views("fit.py") == Views(BUMPED, FIT, FIT)


RANGE = ("run", "--hook-stage", "pre-push", "--from-ref", "base", "--to-ref", "HEAD")


def under(name: str, history: History, place: Path, clone: Repo, cache: Path) -> Client:
    """The client over a change that is staged."""
    config = CONFIG.format(path=clone.path, commit=clone.git("rev-parse", "HEAD"))
    locked = {**history.locked, ".pre-commit-config.yaml": config}
    client = Client(name, Change.made(place, history._replace(locked=locked)), clone, cache)
    assert client.run("install").status == 0
    return client


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("form", ["call", "unrecognized"])
def test_a_stale_cache_is_blocked(
    form: str, name: str, tmp_path: Path, clone: Repo, cache: Path
) -> None:
    rule, history = BLOCKED[form]
    client = under(name, history, tmp_path / "project", clone, cache)
    done = client.commit()
    assert (done.status, f"error[{rule}]" in done.said) == (1, True), done.said
    client.project.git("commit", "-q", "--no-verify", "-m", "past the hook")
    done = client.run(*RANGE)
    assert (done.status, f"error[{rule}]" in done.said) == (1, True), done.said


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("form", ["unrecognized, moved", "Flyte 2, model"])
def test_what_stood_before_blocks_nothing(
    form: str, name: str, tmp_path: Path, clone: Repo, cache: Path
) -> None:
    client = under(name, PASSED[form], tmp_path / "project", clone, cache)
    done = client.commit()
    assert (done.status, "error[" in done.said) == (0, False), done.said
    done = client.run(*RANGE)
    assert (done.status, "error[" in done.said) == (0, False), done.said
