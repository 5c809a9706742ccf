"""The picture of an audit."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.git import Repo

from audit.histories import Commit, build
from sigclock.audit import html, links
from sigclock.cli.commands import audit
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

INT, STR = range(2)


def history_of(path: Path, *states: dict[str, tuple[str, int]]) -> Repo:
    repo = Repo.init(path)
    build(repo, [Commit((n - 1,) if n else (), state) for n, state in enumerate(states)])
    return repo


HOSTILE = '<script>alert(1)</script>"&\x1b[31m'


def test_the_page_escapes_every_name(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path)
    for text in ("int", "str"):
        version = HOSTILE.replace('"', '\\"').replace("\x1b", "\\x1b")
        repo.write(
            "m.py",
            f'from flytekit import task\n@task(cache=True, cache_version="{version}")\n'
            f"def t() -> {text}: ...\n",
        )
        repo.commit(HOSTILE)
    result = audit.run(str(repo.path), Overrides())
    page = html.page(result.audit, result.stretches, result.moments)
    assert ["<script" in page, "\x1b" in page, "http" in page.replace("http-equiv", "")] == [
        False
    ] * 3
    assert 'class="stale' in page


def test_the_last_commit_has_a_width_and_a_gone_task_is_told_apart(tmp_path: Path) -> None:
    repo = history_of(
        tmp_path, {"t": ("1", INT), "u": ("1", INT)}, {"t": ("1", STR)}, {"t": ("2", STR)}
    )
    result = audit.run(str(repo.path), Overrides())
    page = html.page(result.audit, result.stretches, result.moments, "https://x.org/o/n/commit/")
    assert re.findall(r'<div class="row ([a-z ]+)"', page) == ["ended", "fine gone"]
    shown = re.findall(
        r'<a class="(\w+).*?href="(.*?)" style=.*?width:([\d.]+)%.*?>(.*?)</a>', page
    )
    ids = repo.git("log", "--format=%H", "--reverse").split()
    assert [(style, label) for style, _, _, label in shown[:3]] == [
        ("a", "1"),
        ("stale", "1"),
        ("b", "2"),
    ]
    assert [at for _, at, _, _ in shown[:3]] == [f"https://x.org/o/n/commit/{oid}" for oid in ids]
    assert float(shown[2][2]) > 3


def test_ticks_fit_the_range_and_who_hears_the_page_hears_each_version(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)})
    result = audit.run(str(repo.path), Overrides())
    page = html.page(result.audit, result.stretches, result.moments)
    begins = datetime.fromisoformat(result.moments[0].date.replace("Z", "+00:00"))
    ticks = re.findall(r'<span class="tick[^>]*>([^<]*)<', page)
    assert ticks[0] == f"{begins.astimezone(timezone.utc):%-d %b}"
    assert '1 version served more than one signature (<a href="#stale">1 still does</a>)' in page
    assert (page.count('<table id="stale"'), page.count('role="img"')) == (1, 2)
    assert re.findall(r'role="img"[^>]*aria-label="&quot;(\d)&quot; from', page) == ["1", "1"]


def test_a_year_is_shown_where_room_is_left_for_half_of_the_ticks(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)})
    result = audit.run(str(repo.path), Overrides())
    first, last = result.moments
    moments = (
        msgspec.structs.replace(first, date="2020-09-13T00:00:00Z"),
        msgspec.structs.replace(last, date="2026-06-01T00:00:00Z"),
    )
    page = html.page(result.audit, result.stretches, moments)
    ticks = re.findall(r'<span class="(tick[^"]*)"[^>]*>([^<]*)<', page)
    assert ticks[:3] == [("tick", "2021"), ("tick minor", "Jul"), ("tick", "2022")]


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.com:o/n.git", "https://github.com/o/n/commit/"),
        ("https://token@github.com/o/n", "https://github.com/o/n/commit/"),
        ("ssh://git@gitlab.example.org:22/g/s/n.git", "https://gitlab.example.org/g/s/n/-/commit/"),
        ("/srv/git/n.git", ""),
        ("javascript:alert(1)//github", ""),
        ("", ""),
    ],
)
def test_a_remote_tells_where_a_commit_is_shown(remote: str, address: str) -> None:
    assert links.commits(remote) == address
