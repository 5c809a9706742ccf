"""What a job is held against: what its forge puts the change onto, and nobody else's commits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.reviews import BUMPED, LOSS, Author, azure_pipeline, bitbucket_pipeline, merge_request

from sigclock.cli.commands.comment import Options, prepare
from sigclock.project.projects import Overrides

#: What somebody else did since: tasks that are cached and return nothing.
VOID = (
    "from flytekit import task\n\n\n@task(cache=True, cache_version='1')\ndef {}() -> None: ...\n"
)
URL = "http://127.0.0.1:1"


class Merged:
    """Two branches; `main` has moved on, and `first` is before `work` in a queue or a train."""

    def __init__(self, place: Path) -> None:
        self.author = Author.at(place / "author")
        self.author.push({"models.py": LOSS, "own.py": VOID.format("own")})
        for branch in ("main", "first"):
            self.author.git("switch", "-q", *(["-c"] if branch == "first" else []), branch)
            self.author.push({f"{branch}.py": VOID.format(branch)})

    def merge(self, onto: str, branch: str) -> str:
        """Check out a merge of the branch, with `onto` as its first parent."""
        self.author.git("switch", "-q", "--detach", onto)
        self.author.git("merge", "-q", "--no-ff", "-m", "merge", branch)
        return self.author.git("rev-parse", "HEAD")

    def judged(self, environ: dict[str, str]) -> tuple[str, list[str]]:
        """The base that was chosen, and the tasks of all new findings."""
        draft = prepare(str(self.author.path), Overrides(), Options(), environ)
        new = {f.task for f in draft.report.findings if f.new and f.rule != "lock-outdated"}
        return draft.report.baseline, sorted(map(str, new))


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Merged:
    return Merged(tmp_path_factory.mktemp("bases"))


OWN = ["own.own", "tasks.train"]


def merge_group(base: str, place: Path) -> dict[str, str]:
    path = place / "event.json"
    path.write_text(json.dumps({"merge_group": {"base_sha": base, "head_sha": ""}}))
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)}


@pytest.mark.parametrize("before", ["main", "first"])
def test_a_merge_group_is_held_against_what_it_is_put_onto(
    merged: Merged, tmp_path: Path, before: str
) -> None:
    base = merged.merge("main", "first") if before == "first" else "main"
    base = merged.author.git("rev-parse", base)
    merged.merge(base, "work")
    assert merged.judged(merge_group(base, tmp_path)) == (base, OWN)


@pytest.mark.parametrize("before", ["main", "first"])
def test_merged_results_and_a_train_are_held_against_the_first_parent(
    merged: Merged, before: str
) -> None:
    """Of a train, that is the merge of what is before it."""
    base = merged.merge("main", "first") if before == "first" else "main"
    base = merged.author.git("rev-parse", base)
    commit = merged.merge(base, "work")
    environ = merge_request(merged.author, URL) | {
        "CI_COMMIT_SHA": commit,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": merged.author.git("rev-parse", "work"),
    }
    assert merged.judged(environ) == (base, OWN)


ORDERS: dict[str, tuple[str, str, Callable[[Author, str], dict[str, str]]]] = {
    "Azure merges the branch into the target": ("main", "work", azure_pipeline),
    "Bitbucket merges the target into the branch": ("work", "main", bitbucket_pipeline),
}


@pytest.mark.parametrize(("onto", "branch", "environ"), ORDERS.values(), ids=ORDERS)
def test_a_pull_request_that_was_merged_for_its_job(
    merged: Merged, onto: str, branch: str, environ: Callable[[Author, str], dict[str, str]]
) -> None:
    merged.author.git("update-ref", "refs/remotes/origin/main", "main")
    merged.merge(onto, branch)
    base = merged.author.git("rev-parse", "main")
    assert merged.judged(environ(merged.author, URL)) == (base, OWN)


def test_two_branches_that_are_right_alone_collide_in_the_queue(tmp_path: Path) -> None:
    """Two clones issue 1.1 for two signatures: each lock is current, and only the merge is not."""
    author = Author.at(tmp_path / "author")
    other = Author(author.checkout(tmp_path / "other", "main").path)
    other.git("fetch", "-q", "--unshallow", "origin", "main")
    author.push({"models.py": LOSS}, locked=True)
    other.push({"models.py": LOSS.replace("loss: float", "bias: float")}, locked=True)
    author.git("fetch", "-q", str(other.path), "HEAD:refs/heads/first")
    author.git("switch", "-q", "first")
    base = author.git("rev-parse", "HEAD")
    author.git("merge", "-q", "--no-ff", "-X", "ours", "-m", "m", "work")
    author.push({"models.py": LOSS + "    bias: float = 0.0\n"})
    draft = prepare(str(author.path), Overrides(), Options(), merge_group(base, tmp_path))
    due = {f.task for f in draft.report.findings if f.new and f.level.value == "error"}
    assert ("tasks.train" in due, BUMPED) == (True, (author.path / "tasks.py").read_text("utf-8"))
