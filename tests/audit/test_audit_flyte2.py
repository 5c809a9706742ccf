"""What history says of Flyte 2, whose keys have the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.git import Repo

from audit.histories import audited, sigclock

if TYPE_CHECKING:
    from pathlib import Path

FLYTE_2 = """\
import flyte
env = flyte.TaskEnvironment(name="e", cache={cache})
@env.task
def t() -> {output}: ...
"""


def test_what_reached_no_cache_is_harmless(tmp_path: Path) -> None:
    """Flyte 2 has the interface in its own keys."""
    repo = Repo.init(tmp_path)
    for text in ("int", "str"):
        cache = 'flyte.Cache("auto", version_override="1")'
        repo.write("m.py", FLYTE_2.format(cache=cache, output=text))
        repo.commit(text)
    (breach,) = audited(repo).breaches
    assert [breach.state, breach.live, breach.next_version] == ["harmless", True, "2"]
    assert [sigclock(repo, "audit")[0], sigclock(repo, "audit", "--all")[0]] == [0, 1]


def test_an_automatic_version_of_flyte_2_follows_what_its_key_sees(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path)
    for text in ("int", "str"):
        repo.write("m.py", FLYTE_2.format(cache='"auto"', output=text))
        repo.commit(text)
    assert audited(repo).breaches == ()
