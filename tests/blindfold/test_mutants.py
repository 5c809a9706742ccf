"""A reader that takes unknown for none is found by the blindfold, whichever reader it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from support.amount import FULL
from support.paths import ROOT

#: Blinds the pairs named on its command line until one breaks the claim, and prints how.
PROGRAM = """\
import sys
from itertools import islice
from blindfold.pairs import pairs
from blindfold.views import failures
for pair in pairs():
    if pair.id in sys.argv[1:]:
        print(*islice(failures(pair), 1))
"""


class Mutant(NamedTuple):
    """What is changed in a file of the package, and pairs that a blindfold must see it by."""

    id: str
    path: str
    before: str
    after: str
    pairs: tuple[str, ...]


MUTANTS = (
    Mutant(
        "an unreadable version is another one",
        "verdict/prediction.py",
        "    return is_read(baseline.cache) is not is_read(current.cache)",
        "    return False",
        ("case stale-cache/added-field",),
    ),
    Mutant(
        "an unknown base is no base",
        "python/types/definitions.py",
        "                if isinstance(symbol, External) and self._has_no_parts(symbol):\n",
        "                if not isinstance(symbol, ClassSymbol):\n",
        ("case stale-cache/base-class",),
    ),
    Mutant(
        "an unknown decorator is no decorator",
        "tasks/census.py",
        "            maker = self._maker_of_function(decorator, scope, node)\n",
        "            maker = None\n",
        ("case stale-cache/added-field",),
    ),
    Mutant(
        "an unknown branch of a wrapper is dropped",
        "tasks/discovery.py",
        "            are_followed &= bool(declared) or self._is_followed(option)\n",
        "",
        ("own two makers",),
    ),
    Mutant(
        "an unknown cache setting is not cached",
        "tasks/declaration.py",
        "    return CacheSetting(CacheKind.UNKNOWN,",
        "    return CacheSetting(CacheKind.DISABLED,",
        ("tasks.flytekit_rows shell task",),
    ),
    Mutant(
        "an unknown list of fields has no fields",
        "python/types/classes/namedtuple.py",
        "        return RawClass(KIND, inherits=False, unread=unread)\n",
        "        return RawClass(KIND, inherits=False)\n",
        ("pair namedtuple-call:field-added/direct",),
    ),
    Mutant(
        "an annotation that cannot be followed is a type",
        "interface/reachability.py",
        "        if isinstance(part, Unresolved):\n",
        "        if isinstance(part, Unresolved) and not part:\n",
        ("case stale-cache/added-field",),
    ),
)
#: The others take their time with `SIGCLOCK_FULL=1`.
DRAWN = MUTANTS if FULL else MUTANTS[:1]


@pytest.mark.parametrize("mutant", DRAWN, ids=[mutant.id for mutant in DRAWN])
def test_the_blindfold_finds_what_takes_unknown_for_none(mutant: Mutant, tmp_path: Path) -> None:
    copy = tmp_path / "sigclock"
    shutil.copytree(ROOT / "sigclock", copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / mutant.path).read_text(encoding="utf-8")
    assert text.count(mutant.before) == 1
    (copy / mutant.path).write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")
    path = os.pathsep.join(map(str, (tmp_path, ROOT / "tests")))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *mutant.pairs],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.strip()
