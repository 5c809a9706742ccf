"""Under the policy, Flyte 2's local runner misses where a stored value may be wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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


def ran(home: Path, sources: dict[str, str]) -> dict[str, bool]:
    """Run every source in one process, all on the cache of this home."""
    folders = []
    for name, text in sources.items():
        folder = home / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "flow.py").write_text(text, encoding="utf-8")
        (folder / "ran").unlink(missing_ok=True)
        folders.append(str(folder))
    environment = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
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


def hits(home: Path, cache: str) -> set[str]:
    """What the new code is served of what the old code stored."""
    sides = [
        {name: on_flyte(tree, name, cache) for name, tree in trees}
        for trees in (
            [(name, pair.before) for name, pair in chosen().items()],
            [(name, pair.after) for name, pair in chosen().items()],
        )
    ]
    stored, new = ran(home, sides[0]), ran(home, sides[1])
    assert all(stored.values())
    return {name for name, again in new.items() if not again}


def changed(names: set[str]) -> set[str]:
    return {name.removesuffix("-field-added") for name in names if name.endswith("-field-added")}


def test_without_the_policy_a_changed_pickle_is_served_stale(tmp_path: Path) -> None:
    assert changed(hits(tmp_path, PLAIN)) == PICKLED


def test_with_the_policy_nothing_changed_is_served_and_nothing_else_recomputes(
    tmp_path: Path,
) -> None:
    plain, policy = hits(tmp_path / "plain", PLAIN), hits(tmp_path / "policy", POLICY)
    assert (changed(policy), plain - policy) == (set(), {f"{one}-field-added" for one in PICKLED})
