"""Whatever a tree is like: findings or exit 2, within bounds, and no byte changed but of literals.

By default the trees of a family lie in one repository. With `SIGCLOCK_FUZZ=1` every tree of every
family has its own, and more verbs run on it (half an hour).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.amount import FULL

from fuzz.bounded import Bounded, Done, differs_in_constants_only, together
from fuzz.hostile import FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("resource")

WHOLE = bool(os.environ.get("SIGCLOCK_FUZZ"))
#: Families whose trees together cost a few seconds, and those that cost half a minute each.
QUICK = ("nested-95", "many-100", "digits", "bytes", "line-100kB")
SLOW = ("nested-900", "doubling-28")
VERBS = {
    "check": ("check", "--format", "json"),
    "diff": ("diff",),
    "explain": ("explain", "flow.fit"),
    "audit": ("audit",),
}


def trees() -> list[tuple[str, str]]:
    """Each tree of each family."""
    return [(family, name) for family in FAMILIES for name in FAMILIES[family]()] if WHOLE else []


def survived(repo: Bounded) -> list[Done]:
    """Lock, change every type, and bump; what did not end as it must."""
    before = repo.sources()
    ends = [repo.run("update")]
    assert repo.sources() == before
    ends.append(repo.run("check", "--ignore", "unreadable-source"))
    repo.edit(b"int", b"str")
    before = repo.sources()
    ends.append(repo.run("update", "--format", "markdown"))
    after = repo.sources()
    changed = [path for path in before if before[path] != after[path]]
    assert all(differs_in_constants_only(before[path], after[path]) for path in changed)
    return [end for end in ends if end.status not in {0, 1}]


@pytest.mark.parametrize("family", (*QUICK, *SLOW) if FULL or WHOLE else QUICK)
def test_hostile_files_end_in_findings(family: str, tmp_path: Path) -> None:
    assert survived(Bounded.of(tmp_path / "repo", together(FAMILIES[family]()))) == []


@pytest.mark.parametrize("name", ["hexadecimal-version", "surrogate-version"])
def test_what_cannot_be_remembered_is_read_again(name: str, tmp_path: Path) -> None:
    """Alone in its tree, for where another file cannot be read nothing is remembered."""
    assert survived(Bounded.of(tmp_path / "repo", FAMILIES["digits"]()[name])) == []


@pytest.mark.parametrize(("family", "name"), trees())
def test_a_hostile_file_ends_in_findings(family: str, name: str, tmp_path: Path) -> None:
    repo = Bounded.of(tmp_path / "repo", FAMILIES[family]()[name])
    assert survived(repo) == []
    repo.commit()
    ends = [repo.run(*verb) for verb in VERBS.values()]
    assert [end for end in ends if end.status not in {0, 1, 2}] == []
