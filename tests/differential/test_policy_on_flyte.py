"""Flyte 2's local runner, with the policy or the guard, misses where a value may be wrong."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.installed import is_installed

from differential.pairs import Pair, pairs

pytestmark = pytest.mark.skipif(not is_installed("flyte"), reason="Flyte 2 is not installed")

RUNNER = Path(__file__).parent / "flyte_runner.py"
HEAD = '@task(cache=True, cache_version="1.0")\n'
PLAIN = 'version_override="1.0"'
POLICY = "policies=[SignaturePolicy()]"
ENVIRONMENT = """import os
import flyte
from pathlib import Path
from sigclock.flyte import SignaturePolicy

env = flyte.TaskEnvironment("{name}", cache=flyte.Cache("auto", {cache}))
"""

#: Pickled, so Flyte 2's own key does not see what is inside.
PICKLED = {"attrs", "msgspec", "plain"}
KINDS = {"dataclass", "pydantic", *PICKLED}
EDITS = {"field-added", "docstring-added"}


def on_flyte(tree: dict[str, str], name: str, cache: str) -> str:
    """The task in an environment of Flyte 2, with a body that leaves a trace."""
    top = ENVIRONMENT.format(name=name, cache=cache)
    text = tree["flow.py"].replace("from flytekit import task\n", top).replace(HEAD, "@env.task\n")
    start, found, end = text.rpartition("    return")
    return f"{start}    Path(os.environ['TRACE']).touch()\n{found}{end}"


def chosen() -> dict[str, Pair]:
    """Each kind of class with an edit that changes it and one that does not."""
    found = {}
    for pair in pairs():
        family, _, edit = pair.id.removesuffix("/direct").partition(":")
        if family in KINDS and edit in EDITS:
            found[f"{family}-{edit}"] = pair
    return found


def ran(home: Path, sources: dict[str, str], guard: str) -> dict[str, bool]:
    """Run every source in one process, all on the cache of this home."""
    folders = []
    for name, text in sources.items():
        folder = home / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "flow.py").write_text(text, encoding="utf-8")
        (folder / "ran").unlink(missing_ok=True)
        folders.append(str(folder))
    (home / "pyproject.toml").write_text("[tool.sigclock]\n", encoding="utf-8")
    environment = {
        **os.environ,
        "HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SIGCLOCK_GUARD": guard,
    }
    done = subprocess.run(
        [sys.executable, str(RUNNER), *folders],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((home / "ran.json").read_text())
    return {Path(folder).name: bool(one) for folder, one in found.items()}


def hits(home: Path, cache: str, guard: str = "0") -> set[str]:
    """What the new code is served of what the old code stored."""
    sides = [
        {name: on_flyte(tree, name, cache) for name, tree in trees}
        for trees in (
            [(name, pair.before) for name, pair in chosen().items()],
            [(name, pair.after) for name, pair in chosen().items()],
        )
    ]
    stored, new = ran(home, sides[0], guard), ran(home, sides[1], guard)
    assert all(stored.values())
    return {name for name, again in new.items() if not again}


def changed(names: set[str]) -> set[str]:
    return {name.removesuffix("-field-added") for name in names if name.endswith("-field-added")}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return hits(tmp_path_factory.mktemp("plain"), PLAIN)


def test_without_the_policy_a_changed_pickle_is_served_stale(plain: set[str]) -> None:
    assert changed(plain) == PICKLED


def test_with_the_policy_nothing_changed_is_served_and_nothing_else_recomputes(
    tmp_path: Path, plain: set[str]
) -> None:
    policy = hits(tmp_path, POLICY)
    assert (changed(policy), plain - policy) == (set(), {f"{one}-field-added" for one in PICKLED})


def test_with_the_guard_nothing_changed_is_served_and_nothing_else_recomputes(
    tmp_path: Path, plain: set[str]
) -> None:
    guarded = hits(tmp_path, PLAIN, "1")
    assert (changed(guarded), plain - guarded) == (set(), {f"{one}-field-added" for one in PICKLED})
    with closing(sqlite3.connect(tmp_path / ".flyte/local-cache/cache.db")) as database:
        keys = {key for (key,) in database.execute("SELECT key FROM task_cache")}
    pickled = {key for key in keys if "+sigclock.s1." in key}
    # Each family before, with the field, and with the same signature before the docstring.
    assert len(pickled) == 3 * len(PICKLED)
    assert not [key for key in keys - pickled if "sigclock" in key]
