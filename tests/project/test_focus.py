"""A commit is judged over the last settled tree as if all of it were read anew."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from support.amount import FULL, sample
from support.changing import CHOICES
from support.focused import FILES, PYPROJECT, USE, settle, settled_project, told, twice
from support.gate_histories import GROWN, declared
from support.git import Repo
from support.projects import COUNT, FIT, STATS, TOTAL, Project

from sigclock.project import accepting
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

project = settled_project


# -- histories ---------------------------------------------------------------------------------


def change(project: Project, chance: random.Random) -> None:
    """Change a few files at random, and stage that."""
    for path in chance.sample(sorted(CHOICES), chance.choice((1, 1, 1, 2, 3))):
        content = chance.choice(CHOICES[path])
        (project.path / path).unlink(missing_ok=True)
        if content is not None and (content != "class (" or chance.random() < 0.2):
            project.write(path, content)
    project.git("add", "--all")


def move_on(project: Project, chance: random.Random) -> None:
    """Commit, throw away, go to another branch, or bring one in."""
    step = chance.random()
    if step < 0.8:
        project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "step")
    elif step < 0.85:
        project.git("commit", "-q", "--no-verify", "--amend", "-m", "step")
    elif step < 0.9:
        project.git("reset", "-q", "--hard")
    elif step < 0.95:
        project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "step")
        project.git("checkout", "-q", "-B", chance.choice("ab"))
    else:
        project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "step")
        project.git("checkout", "-q", "-B", chance.choice("ab"), "HEAD~1")


@pytest.mark.parametrize("seed", range(3 if FULL else 1))
def test_every_commit_of_a_history_is_told_as_by_a_first_run(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible edits
    project = Project(Repo.init(tmp_path / "project").path)
    project.write_all({path: options[0] or "" for path, options in CHOICES.items()})
    project.update()
    project.commit("first")
    focused = 0
    for _ in range(15 if FULL else 9):
        change(project, chance)
        focused += twice(project, tmp_path / "copy")
        move_on(project, chance)
    assert focused > 2


# -- single changes ----------------------------------------------------------------------------


def edited(path: str, before: str, after: str) -> Callable[[Project], None]:
    return lambda project: project.edit(path, before, after)


def written(**files: str) -> Callable[[Project], None]:
    named = {name.replace("__", "/") + ".py": content for name, content in files.items()}
    return lambda project: project.write_all(named)


def removed(path: str) -> Callable[[Project], None]:
    return lambda project: (project.path / path).unlink()


def several(project: Project) -> None:
    """A field, a task more, a version by hand, and a task less."""
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.write("new.py", USE)
    project.edit("constants.py", '"1"', '"2"')
    (project.path / "lib/use.py").unlink()


def moved(project: Project) -> None:
    (project.path / "fit.py").rename(project.path / "train.py")


NOTEBOOK = '{"cells": [{"source": ["from flytekit import task\\n", "@task(cache=True)"]}]}'
FOCUSED: dict[str, Callable[[Project], None]] = {
    "nothing that matters": edited("plain.py", "x = 1", "x = 2"),
    "a body": edited("fit.py", "Stats(0.0)", "Stats(1.0)"),
    "a field": edited("stats.py", "float\n", f"float\n{COUNT}"),
    "a field of a class that only some reach": edited("lib/stats.py", "float\n", f"float\n{TOTAL}"),
    "a version by hand": edited("fit.py", '"1.0"', '"7"'),
    "another class of the same name": edited("fit.py", "from stats", "from other"),
    "a class that others reach": edited("fit.py", "from stats", "from lib.stats"),
    "a new task": written(new=USE),
    "a new task in a package": written(lib__new=USE),
    "a new task of a new class": written(
        new=f"{STATS}\n{USE.replace('from stats import Stats', '')}"
    ),
    "a new plain file": written(new="x = 1\n"),
    "a file that takes the place of another": written(lib__other=STATS),
    "a module where there was none": written(numbers_=STATS),
    "a task less": removed("fit.py"),
    "a class less": removed("stats.py"),
    "a moved task": moved,
    "a renamed task": edited("fit.py", "def fit", "def train"),
    "two tasks of one name": written(copy=f"{FIT}\n{FIT.partition(chr(10) * 2)[2]}"),
    "a waiver that waives nothing": edited(
        "fit.py", "@task", "# sigclock: ignore[void-cached] x\n@task"
    ),
    "a task that returns nothing": edited("two.py", "int", "None"),
    "a type that cannot be followed": edited("two.py", "int", "List"),
    "a constant's value": edited("constants.py", '"1"', '"2"'),
    "a class behind a shared version": edited("two.py", "int", "str"),
    "a use that is no longer for a version": removed("made.py"),
    "another use of a constant": written(reads="import constants\nprint(constants.VERSION)\n"),
    "another use in a file that was there": edited(
        "plain.py", "x = 1", "import constants\nprint(constants.VERSION)"
    ),
    "no cache any more": edited("fit.py", 'cache=True, cache_version="1.0"', ""),
    "a package": lambda project: project.write_all({"stats/__init__.py": STATS}),
    "a package less": removed("lib/__init__.py"),
    "an offered decorator": written(
        wrap="import functools\nimport flytekit\nours = functools.partial(flytekit.task)\n"
    ),
    "several at once": several,
}
WHOLE: dict[str, Callable[[Project], None]] = {
    "a file that does not parse": edited("fit.py", "@task", "@task("),
    "a lock by hand": edited(".sigclock.lock", '"function": "fit"', '"function": "fat"'),
    "a notebook": lambda project: project.write_all({"a.ipynb": NOTEBOOK}),
    "a configuration": lambda project: project.write_all({"pyproject.toml": PYPROJECT}),
}


@pytest.mark.parametrize("name", sample(FOCUSED, str, 3))
def test_a_change_is_judged_alone(project: Project, tmp_path: Path, name: str) -> None:
    FOCUSED[name](project)
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")
    project.git("commit", "-q", "--no-verify", "-m", "changed")
    project.edit("lib/stats.py", "mean: float\n", "mean: float\n    more: int\n")
    project.edit("two.py", "->", "->  ")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")


@pytest.mark.parametrize("name", WHOLE)
def test_a_change_that_can_concern_all_is_judged_with_all(
    project: Project, tmp_path: Path, name: str
) -> None:
    WHOLE[name](project)
    project.git("add", "--all")
    assert not twice(project, tmp_path / "copy")


# -- what was found before ---------------------------------------------------------------------


def test_what_stood_before_goes_on_to_stand(project: Project, tmp_path: Path) -> None:
    project.edit("two.py", "int", "None")
    settle(project)
    project.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")
    assert "void-cached" in str(told(project).said)


def test_a_version_of_another_branch_is_not_issued_again(project: Project, tmp_path: Path) -> None:
    project.git("checkout", "-q", "-b", "main-too")
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    settle(project)
    project.git("update-ref", "refs/remotes/origin/main", "HEAD")
    project.git("checkout", "-q", "-")
    settle(project)
    project.edit("stats.py", "float\n", f"float\n{TOTAL}")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")
    assert '"1.2"' in project.git("show", ":fit.py")


def test_a_word_that_was_given_stays(project: Project, tmp_path: Path) -> None:
    project.edit("stats.py", "mean: float", "mean: int")
    project.git("add", "--all")
    accepting.accept(str(project.path), Overrides(), ("fit.fit",), (), "the same to us")
    settle(project)
    settle(project)
    project.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")
    assert accepting.listed(str(project.path), Overrides()) == "the same to us\n    fit.fit\n"


def test_what_cannot_be_kept_is_judged_all_the_same(project: Project, tmp_path: Path) -> None:
    project.write("constants.py", f"VERSION = {10**40}\n")
    for number in range(2):
        project.edit("fit.py", f"Stats({number}.0)", f"Stats({number + 1}.0)")
        project.git("add", "--all")
        twice(project, tmp_path / "copy")
        project.git("commit", "-q", "--no-verify", "-m", "step")


def test_line_ends_on_disk_are_no_other_lock(project: Project, tmp_path: Path) -> None:
    project.git("config", "core.autocrlf", "true")
    (project.path / ".sigclock.lock").unlink()
    project.git("checkout", "--", ".sigclock.lock")
    assert "\r" in project.read(".sigclock.lock")
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.git("add", "stats.py")
    assert twice(project, tmp_path / "copy")


def test_each_project_of_a_repository_is_judged_over_its_own(tmp_path: Path) -> None:
    files = {f"{folder}/{path}": content for folder in "ab" for path, content in FILES.items()}
    tables = {f"{folder}/pyproject.toml": PYPROJECT for folder in "ab"}
    project = Project.of(tmp_path / "project", {**files, **tables, "plain.py": "x = 1\n"})
    settle(project)
    project.edit("b/stats.py", "float\n", f"float\n{COUNT}")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")
    changed = project.git("diff", "--cached", "--name-only").split()
    bumped = ["b/constants.py", "b/fit.py", "b/lib/use.py"]
    assert changed == ["b/.sigclock.lock", *bumped, "b/stats.py"]


@pytest.mark.parametrize("crlf", [False, True])
def test_a_framework_is_served_alike(tmp_path: Path, crlf: bool) -> None:  # noqa: FBT001
    project = Project.of(tmp_path / "project", FILES)
    if crlf:
        project.write(".gitattributes", "*.py text eol=crlf\n")
        project.commit("attributes")
        for path in FILES:
            (project.path / path).unlink()
        project.git("checkout", "--", ".")
    focused: list[bool] = []
    for body, field in ((True, False), (True, True), (False, True), (False, False)):
        if body:
            project.write("fit.py", project.read("fit.py").replace("\r", "") + "\n")
        if field:
            text_ = project.read("stats.py").replace("\r", "")
            project.write("stats.py", f"{text_}    x{len(focused)}: int\n")
        project.git("add", "--all")
        focused.append(twice(project, tmp_path / "copy", on_files=True))
        project.git("add", "--all")
        focused.append(twice(project, tmp_path / "copy", on_files=True))
        project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "step")
    assert focused == ([False] * 8 if crlf else [False, *[True] * 5, False, False])


# -- found by looking for them -----------------------------------------------------------------

CLASS = "from dataclasses import dataclass\n\n@dataclass\nclass {}:\n    a: int\n"
TASK = """\
from flytekit import task
{0}

@task(cache=True, cache_version={1})
def {2}() -> {3}: ...
"""


def prepared(tmp_path: Path, **files: str) -> Project:
    named = {f"{name}.py": content for name, content in files.items()}
    project = Project.of(tmp_path / "project", {"plain.py": "x = 1\n", **named})
    settle(project)
    return project


def judged_alike(project: Project, tmp_path: Path) -> None:
    project.git("add", "--all")
    twice(project, tmp_path / "copy")
    project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "step")


def test_what_a_new_task_reaches_through_old_files_is_known(tmp_path: Path) -> None:
    project = prepared(
        tmp_path,
        third=CLASS.format("N"),
        v="from third import N\n" + CLASS.format("A"),
        w="from v import *\n",
        old=TASK.format("from w import A", '"1"', "old", "A"),
    )
    project.write("fresh.py", TASK.format("from w import N", '"1.0"', "fresh", "N"))
    judged_alike(project, tmp_path)
    project.edit("third.py", "int", "str")
    judged_alike(project, tmp_path)
    assert '"1.1"' in project.read("fresh.py")


def test_a_read_of_another_name_of_a_constant(tmp_path: Path) -> None:
    project = prepared(
        tmp_path,
        constants='VERSION = "1"\nOTHER = VERSION\n',
        one=TASK.format("from constants import VERSION", "VERSION", "one", "int"),
    )
    project.write("reads.py", "from constants import OTHER\nprint(OTHER)\n")
    judged_alike(project, tmp_path)
    project.edit("one.py", "int", "str")
    judged_alike(project, tmp_path)


def test_a_lock_that_lay_on_disk_for_a_while(tmp_path: Path) -> None:
    project = prepared(tmp_path, stats=STATS, fit=FIT)
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.update()
    project.write("lib/__init__.py", "")
    project.git("add", "lib")
    told(project)
    project.git("commit", "-q", "--no-verify", "-m", "lib")
    project.git("checkout", "--", ".")
    project.edit("stats.py", "float\n", f"float\n{TOTAL}")
    judged_alike(project, tmp_path)
    assert '"1.1"' in project.git("show", "HEAD:fit.py")


def test_a_waiver_where_a_due_version_stands(tmp_path: Path) -> None:
    waiver = "# sigclock: ignore[version-not-literal] why\n"
    own = f"@task\ndef f() -> int: ...\n{waiver * 3}"
    project = prepared(
        tmp_path,
        stats=STATS,
        constants=f'from flytekit import task\nVERSION = "1"\nprint(VERSION)\n{own}',
        one=TASK.format(
            "from stats import Stats\nfrom constants import VERSION", "VERSION", "one", "Stats"
        ),
    )
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    judged_alike(project, tmp_path)


def test_a_class_that_is_called_as_one_of_several(tmp_path: Path) -> None:
    project = prepared(tmp_path, plain2="")
    for root in ("a", "b", "c"):
        project.write(f"{root}/src/m.py", CLASS.format("A"))
        project.write(f"{root}/src/t{root}.py", TASK.format("from m import A", '"1"', "f", "A"))
    settle(project)
    settle(project)
    project.write("d/src/m.py", CLASS.format("A_2"))
    project.write("d/src/td.py", TASK.format("from m import A_2", '"1"', "f", "A_2"))
    judged_alike(project, tmp_path)


def test_what_only_the_parent_tells_is_told_again_and_again(tmp_path: Path) -> None:
    files = declared("cache=True, cache_version=env()")
    project = Project.of(tmp_path / "project", {**files, "plain.py": ""})
    settle(project)
    settle(project)
    project.write("models.py", GROWN)
    project.edit("fit.py", "=env()", "=str(env())")
    for _ in range(2):
        project.git("add", "--all")
        twice(project, tmp_path / "copy")
        assert "version-not-literal" in str(told(project).said)


def test_a_name_with_a_line_end(tmp_path: Path) -> None:
    project = prepared(tmp_path, stats=STATS)
    project.write("a\nb.py", FIT)
    settle(project)
    settle(project)
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    judged_alike(project, tmp_path)


def test_a_commit_that_was_collected_is_forgotten(project: Project, tmp_path: Path) -> None:
    settle(project)
    project.git("reset", "-q", "--soft", "HEAD~2")
    project.git("commit", "-q", "--no-verify", "-m", "in one")
    project.git("reflog", "expire", "--expire=now", "--all")
    project.git("gc", "-q", "--prune=now")
    settle(project)
    project.edit("fit.py", "Stats(0.0)", "Stats(1.0)")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")


def test_what_is_due_after_a_commit_that_the_hook_did_not_see(
    project: Project, tmp_path: Path
) -> None:
    project.write("void.py", FIT.replace("Stats:", "None:").replace("fit", "void"))
    settle(project)
    project.edit("plain.py", "x = 1", "x = 2")
    project.git("commit", "-q", "--no-verify", "-a", "-m", "unseen")
    project.edit("stats.py", "float\n", f"float\n{COUNT}")
    project.git("add", "--all")
    assert twice(project, tmp_path / "copy")
