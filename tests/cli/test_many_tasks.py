"""A pull request that changes very many tasks with very long names: one comment that a forge takes.

By default two hundred tasks; with `SIGCLOCK_FULL=1` ten thousand.
"""

from __future__ import annotations

import msgspec
import pytest
from support.amount import FULL
from support.forge_server import TOKEN, GitHubServer, GitLabServer, serving
from support.git import Repo

from sigclock.cli.commands import comment as verb
from sigclock.forges import FORGES
from sigclock.forges.comment import Target
from sigclock.project.projects import Overrides

FILES = 100 if FULL else 2
#: What GitHub takes of a comment and of a job's summary, and GitLab of a note.
TAKEN = {"github": 65_536, "gitlab": 1_000_000}
SUMMARY = 1024 * 1024
LONG = "n" * 190


def module(fields: str) -> str:
    made = [
        f"@dataclass\nclass C{i}:\n    x: int\n{fields}\n"
        f'@task(cache=True, cache_version="1.0")\ndef {LONG}{i}() -> C{i}: ...\n'
        for i in range(100)
    ]
    return "\n".join(["from dataclasses import dataclass\nfrom flytekit import task", *made])


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> verb.Draft:
    repo = Repo.init(tmp_path_factory.mktemp("many") / "repo")
    for fields in ("", "    y: int"):
        for number in range(FILES):
            repo.write(f"{LONG}/{number}.py", module(fields))
        repo.commit("next")
    return verb.prepare(str(repo.path), Overrides(), verb.Options(base="HEAD~1"), {})


@pytest.mark.parametrize("name", TAKEN)
def test_one_comment_says_how_many(draft: verb.Draft, name: str) -> None:
    server = GitHubServer() if name == "github" else GitLabServer()
    with serving(server):
        suffix = "/api/v4" if name == "gitlab" else ""
        target = Target(f"{server.url}{suffix}", "acme/pipeline", 7, "a" * 40, "b" * 40)
        posted = msgspec.structs.replace(draft, forge=FORGES[name], target=target)
        environ = {"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN}
        actions = [result.action for _ in range(2) for result in verb.post(posted, environ)]
    (remark,) = server.remarks
    assert actions == ["created", "unchanged"]
    assert f"{FILES * 100} caches go stale" in remark.body.splitlines()[1]
    assert len(remark.body) <= TAKEN[name]
    assert len(posted.summary.encode()) <= SUMMARY
    assert name == "gitlab" or "Left out for length: " in remark.body
