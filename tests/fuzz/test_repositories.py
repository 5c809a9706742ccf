"""Repositories of near misses under names of any bytes: a status of the contract, in bounds.

A command that cannot run changes no file. By default a few; with `SIGCLOCK_FUZZ=1` hundreds.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.git import Repo
from support.kept import file as store_of

from fuzz.mutations import mutated
from fuzz.seeds import seeds
from fuzz.targets import FLOW
from sigclock.cli.main import main

WHOLE = bool(os.environ.get("SIGCLOCK_FUZZ"))
#: Of processor time, for one command.
SECONDS = 10
VERBS = [
    "check", "check --format json", "update", "update --stage", "diff", "hook run", "tasks",
    "audit", "explain flow.fit", "log flow", "comment --dry-run --base HEAD", "init",
    "check --against HEAD", "accept --reason x flow.fit",
]  # fmt: skip
#: What tools take for something else, what no terminal shows, and halves of letters.
PIECES = [
    *(b"a _ . - @ % ~ : \\ ' \" * [ $ `".split()),
    *(b" ", b"\n", b"\t", b"\xff", b"\xe9", b"\xed\xa0\x80"),
    *("\u00e9\ufe0f\u202e\U0001f600".encode().split()),
]
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map(b"".join)
PATHS = st.lists(NAMES.map(lambda name: b"_" + name), min_size=1, max_size=3).map(b"/".join)
SOURCES = st.dictionaries(PATHS.map(lambda path: path + b".py"), mutated("source"), max_size=3)
SETTINGS = {
    b"pyproject.toml": st.none() | mutated("config"),
    b".sigclock.lock": st.none() | mutated("lock"),
}
TREES = st.builds(dict.__or__, st.fixed_dictionaries(SETTINGS), SOURCES)
DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=99)), max_size=5)


def put(repo: Repo, files: dict[bytes, bytes | None]) -> None:
    for path, content in {b"models.py": seeds("source")[1], b"flow.py": FLOW, **files}.items():
        if content is not None:
            place = repo.path / os.fsdecode(path)
            if not (place.is_dir() or any(above.is_file() for above in place.parents)):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
    repo.git("add", "--all")


def damage(repo: Repo, places: list[tuple[float, bytes]]) -> None:
    store = store_of(repo)
    if store.is_file():
        with store.open("r+b") as opened:
            for place, data in places:
                opened.seek(int(place * store.stat().st_size))
                opened.write(data)


def run(repo: Repo, verb: str) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(repo.path)
        with pytest.raises(SystemExit) as ended:
            main(verb.split())
    return ended.value.code


def state(repo: Repo) -> dict[Path, bytes]:
    files = (path for path in repo.path.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path: path.read_bytes() for path in files}


def test_every_verb_ends(tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(
        max_examples=500 if WHOLE else 3,
        deadline=None,
        derandomize=not WHOLE,
        suppress_health_check=list(HealthCheck),
    )
    @given(TREES, TREES, DAMAGE, st.lists(st.sampled_from(VERBS), min_size=2, max_size=6))
    def holds(
        before: dict[bytes, bytes | None],
        after: dict[bytes, bytes | None],
        places: list[tuple[float, bytes]],
        verbs: list[str],
    ) -> None:
        repo = Repo.init(tmp_path_factory.mktemp("fuzz") / "repo")
        put(repo, before)
        repo.commit()
        put(repo, after)
        for verb in verbs:
            damage(repo, places)
            files, began = state(repo), time.process_time()
            status = run(repo, verb)
            assert time.process_time() - began < SECONDS
            assert status in {0, 1, 2}, verb
            assert status != 2 or state(repo) == files, verb

    holds()
