"""A pull request that changes very many tasks with very long names: one comment that a forge takes.

By default two hundred tasks; with `SIGCLOCK_FULL=1` ten thousand.
"""

from __future__ import annotations

import msgspec
import pytest
from support.amount import FULL
from support.forge_server import serving
from support.forge_servers import ENVIRON, SERVERS
from support.git import Repo

from sigclock.cli.commands import comment as verb
from sigclock.forges import FORGES
from sigclock.project.projects import Overrides

FILES = 100 if FULL else 2
#: What GitHub takes of a job's summary.
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


@pytest.mark.parametrize("name", SERVERS)
def test_one_comment_says_how_many(draft: verb.Draft, name: str) -> None:
    server = SERVERS[name]()
    with serving(server):
        posted = msgspec.structs.replace(draft, forge=FORGES[name], target=server.target)
        actions = [result.action for _ in range(2) for result in verb.post(posted, ENVIRON)]
    (remark,) = server.remarks
    assert actions == ["created", "unchanged"]
    assert f"{FILES * 100} caches go stale" in remark.body
    assert len(remark.body) <= server.LIMIT
    assert len(posted.summary.encode()) <= SUMMARY
    assert name == "gitlab" or "Left out for length: " in remark.body
