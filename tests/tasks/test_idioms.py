"""What people write in public repositories is followed, or it is said that it is not.

A row is a tree, what changes in it, the literals that `update` then moves and the lines that
`check` says of it.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from support.judged import judged, report, unlocked
from support.locks import DictTree

from sigclock.lock.lock import Lock
from sigclock.reports import text
from sigclock.tasks.extract import extract
from sigclock.verdict.plan import Policy, plan

Tree = dict[str, str]
Moved = dict[str, tuple[str, ...]]


class Idiom(NamedTuple):
    """`edit` replaces a text in a file; `moved` has the tasks that a new version serves.

    `said` are parts of what is said of the tree, `unsaid` are words that are not in it.
    """

    tree: Tree
    edit: tuple[str, str, str]
    moved: Moved
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


PLOT = "from dataclasses import dataclass\n@dataclass\nclass Plot:\n    width: int\n"
WIDER = ("    width: int\n", "    width: int\n    height: int\n")

SDK_ENVIRONMENT = """\
import flytekit
from plots import Plot
nightly = flytekit.Environment(cache=True, cache_version="3")
retried = nightly.extend(retries=4)
@nightly
def draw(n: int) -> Plot: return Plot(n)
@nightly.task
def paint(n: int) -> Plot: return Plot(n)
@nightly.dynamic
def many(n: int) -> Plot: return draw(n=n)
@retried
def again(n: int) -> Plot: return Plot(n)
@retried(cache_version="40")
def apart(n: int) -> Plot: return Plot(n)
"""

OWN_ENVIRONMENT = """\
from functools import partial
from types import SimpleNamespace
from flytekit import task
class Kit:
    def __init__(self, **given):
        self.given = {}
        for name, value in given.items():
            self.given[name] = value
    def __call__(self, fn=None, **given):
        maker = partial(task, **{**self.given, **given})
        return maker if fn is None else maker(fn)
    def but(self, **given):
        return self.__class__(**{**self.given, **given})
plain = Kit(cache=True, cache_version="v1")
kits = SimpleNamespace(small=plain, large=plain.but(retries=1))
"""

KIT_FLOW = """\
from kit import kits
from plots import Plot
@kits.small
def draw(n: int) -> Plot: return Plot(n)
@kits.large
def paint(n: int) -> Plot: return Plot(n)
@kits.large(cache=False)
def show(n: int) -> Plot: return Plot(n)
"""

SHARED = PLOT + (
    "from functools import partial\nfrom flytekit import task\n"
    "stored = partial(task, cache=True, cache_version='5')\n"
)
SCRIPT_STEP = """\
from flytekit import task
from helpers import Plot, stored
@task(cache=True, cache_version="6")
def draw(n: int) -> Plot: return Plot(n)
@stored
def paint(n: int) -> Plot: return Plot(n)
"""

VENDOR = """\
from gridkit import BatchJob, frames, quick_task
from plots import Plot
@quick_task(cache=True, cache_version="1")
def draw(n: int) -> Plot: return Plot(n)
@frames.loader(cache=True, cache_version="1")
def load(n: int) -> Plot: return Plot(n)
job = BatchJob("nightly", outputs={"n": int}, cache=True, cache_version="1")
"""

OUTSIDE = """\
from beartype.typing import Dict, Optional
from flytekit import task
from invoices import Invoice, Position
from plots import Plot
@task(cache=True, cache_version="1")
def one(n: int) -> Optional[Plot]: ...
@task(cache=True, cache_version="1")
def bill(n: int) -> Invoice: ...
@task(cache=True, cache_version="1")
def lines(n: int) -> Dict[str, Position]: ...
"""

OVERRIDES = """\
from flytekit import Cache, LaunchPlan, task, workflow
from plots import Plot
@task
def plain(n: int) -> Plot: return Plot(n)
@task(cache=True, cache_version="1")
def stored(n: int) -> int: return n
@workflow
def one(n: int) -> Plot:
    return plain(n=n).with_overrides(cache=Cache(version="2"))
daily = LaunchPlan.get_or_create(one, "daily")
@workflow
def all_(n: int) -> list[int]:
    return [
        daily(n=n).with_overrides(cache=True, cache_version="2"),
        stored(n=4).with_overrides(cache=False),
    ]
"""

DRAW = """\
from flytekit import task
from {module} import Plot
@task(cache=True, cache_version="1")
def draw(n: int) -> Plot: return Plot(n)
"""
RENAMED_PACKAGE = "[project]\nname = 'x'\n[tool.setuptools.package-dir]\nfigures = 'lib/f'\n"

IDIOMS = {
    "an environment of the SDK": Idiom(
        {"plots.py": PLOT, "flow.py": SDK_ENVIRONMENT},
        ("plots.py", *WIDER),
        {
            "flow.py:3 3 -> 4": ("flow.again", "flow.draw", "flow.many", "flow.paint"),
            "flow.py:13 40 -> 41": ("flow.apart",),
        },
    ),
    "an environment of a team": Idiom(
        {"plots.py": PLOT, "kit.py": OWN_ENVIRONMENT, "flow.py": KIT_FLOW},
        ("plots.py", *WIDER),
        {"kit.py:14 v1 -> v2": ("flow.draw", "flow.paint")},
    ),
    "folders of scripts": Idiom(
        {
            "jobs/nightly/helpers.py": SHARED,
            "jobs/nightly/parts/draw.py": SCRIPT_STEP,
            "jobs/nightly/main.py": "from parts.draw import draw\n",
        },
        ("jobs/nightly/helpers.py", *WIDER),
        {
            "jobs/nightly/helpers.py:8 5 -> 6": ("jobs.nightly.parts.draw.paint",),
            "jobs/nightly/parts/draw.py:3 6 -> 7": ("jobs.nightly.parts.draw.draw",),
        },
        unsaid=("pickle",),
    ),
    "a package under another name": Idiom(
        {
            "pyproject.toml": RENAMED_PACKAGE,
            "lib/f/__init__.py": PLOT,
            "flow.py": DRAW.format(module="figures"),
        },
        ("lib/f/__init__.py", *WIDER),
        {"flow.py:3 1 -> 2": ("flow.draw",)},
    ),
    "decorators and classes of a vendor": Idiom(
        {"plots.py": PLOT, "flow.py": VENDOR},
        ("plots.py", *WIDER),
        {},
        said=(
            'add `task-decorators = ["gridkit.quick_task"]`',
            'add `task-decorators = ["gridkit.frames.loader"]`',
            'add `task-decorators = ["gridkit.BatchJob"]`',
            "3 not judged",
        ),
        unsaid=("drops",),
    ),
    "names and models of other packages": Idiom(
        {"plots.py": PLOT, "flow.py": OUTSIDE},
        ("flow.py", "beartype.typing", "typing"),
        {},
        said=("Not followed, compared by name: 2 uses of classes from elsewhere.",),
        unsaid=("pickle", "opaque-output"),
    ),
    "overrides of a node": Idiom(
        {"plots.py": PLOT, "flow.py": OVERRIDES},
        ("flow.py", "(n: int) -> int: return n", "(n: int) -> int: return n + 1"),
        {},
        said=(
            "flow.py:9:12: warning[cache-ignored] plain: it is not cached",
            "flow.py:14:9: warning[unrecognized-task] `daily(n=n).with_overrides(",
            "flow.py:15:9: warning[cache-ignored] stored: it stays cached",
        ),
    ),
    "a repository without Flyte": Idiom(
        {
            "lib/__init__.py": "from . import made\nversion = made.version\ndel made\n",
            "lib/flows.py": "import lib\nclass Flow:\n    at = lib.made.number\ntask = Flow()\n",
            "use.py": "import lib\n@lib.made.task\ndef f(n: set) -> int: return n.union([1])\n",
        },
        ("use.py", "-> int", "-> float"),
        {},
        said=("0 tasks, none of them cached.",),
        unsaid=("error", "warning"),
    ),
}


@pytest.mark.parametrize("name", IDIOMS)
def test_what_public_repositories_hold_is_seen_or_said(name: str) -> None:
    tree, (path, before, after), moved, said, unsaid = IDIOMS[name]
    lock = judged(tree).plan.lock
    changed = {**tree, path: tree[path].replace(before, after)}
    assert changed != tree
    assert bumps(lock, changed) == moved
    told = text.render(report([unlocked(changed, lock)]))
    assert [part for part in said if part not in told] == []
    assert [word for word in unsaid if word in told] == []


def bumps(lock: Lock, tree: Tree) -> Moved:
    """The literals that `update` moves, each with the tasks that it serves."""
    found = plan(lock, extract(DictTree(tree)), {}, Policy()).bumps
    return {f"{b.path}:{b.line} {b.baseline} -> {b.current}": b.tasks for b in found}


PICKLED = "class Plot:\n    def __init__(self, width: int) -> None:\n        self.width = width\n"

MOVES = {
    "a folder is renamed": (
        {"svc/flow.py": DRAW.format(module="plots"), "svc/plots.py": PICKLED},
        {"app/flow.py": DRAW.format(module="plots"), "app/plots.py": PICKLED},
        {},
    ),
    "a folder of a package is renamed": (
        {
            "lib/__init__.py": "",
            "lib/old/flow.py": DRAW.format(module="lib.old.plots"),
            "lib/old/plots.py": PICKLED,
        },
        {
            "lib/__init__.py": "",
            "lib/new/flow.py": DRAW.format(module="lib.new.plots"),
            "lib/new/plots.py": PICKLED,
        },
        {},
    ),
    "a folder is renamed, and an attribute is added": (
        {"svc/flow.py": DRAW.format(module="plots"), "svc/plots.py": PICKLED},
        {
            "app/flow.py": DRAW.format(module="plots"),
            "app/plots.py": PICKLED + "        self.height = width\n",
        },
        {"app/flow.py:3 1 -> 2": ("app.flow.draw",)},
    ),
    "the class moves away from its task": (
        {"flow.py": DRAW.format(module="plots"), "plots.py": PICKLED},
        {"flow.py": DRAW.format(module="figures"), "figures.py": PICKLED},
        {"flow.py:3 1 -> 2": ("flow.draw",)},
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_pickled_class_that_moves_with_its_task_is_no_other_class(name: str) -> None:
    before, after, moved = MOVES[name]
    lock = judged(before).plan.lock
    assert bumps(lock, after) == moved
    told = text.render(report([unlocked(after, lock)]))
    assert ("class renamed" in told) is (name == "the class moves away from its task")


NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "source": ["from flytekit import task\\n", '
    '"@task(cache=True, cache_version=\\"1\\")\\n", "def f(n: int) -> int: return n"]}], '
    '"metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
)


def test_a_notebook_is_named() -> None:
    trees = [{"flow.py": "", "look.ipynb": cell} for cell in (NOTEBOOK, '{"cells": []}')]
    assert [extract(DictTree(tree)).notebooks for tree in trees] == [("look.ipynb",), ()]
