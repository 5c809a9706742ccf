from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.git import Repo
from support.projects import COUNT, FIT, STATS, Project

from audit.histories import Commit, audited, build, sigclock, source
from sigclock.audit import formats, walk
from sigclock.cli.commands import audit, log
from sigclock.errors import UsageError
from sigclock.git.repository import Repository
from sigclock.project import accepting
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

    from sigclock.audit.breaches import Audit, Served

INT, STR, FLOAT = range(3)


def line(*states: dict[str, tuple[str, int]]) -> list[Commit]:
    return [Commit((number - 1,) if number else (), one) for number, one in enumerate(states)]


def history_of(path: Path, *states: dict[str, tuple[str, int]]) -> Repo:
    repo = Repo.init(path)
    build(repo, line(*states))
    return repo


def told(found: Audit) -> list[tuple[str, str, bool, list[tuple[str, str | None]]]]:
    """(task, version, live, [(since, until)]) of each breach, commits by their subjects."""
    return [(one.task, one.version, one.live, [*map(when, one.served)]) for one in found.breaches]


def when(served: Served) -> tuple[str, str | None]:
    since = served.since.subject if served.since else "lock"
    return since, served.until.subject if served.until else None


def test_a_version_that_names_two_signatures_is_told(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)}, {"t": ("2", STR)})
    found = audited(repo)
    assert told(found) == [("m.t", "1", False, [("0", "1"), ("1", "2")])]
    (breach,) = found.breaches
    (switch,) = breach.switches
    changes = [(change.kind.value, change.baseline, change.current) for change in switch.changes]
    assert [changes, breach.laptop, breach.cluster, breach.outcomes, breach.ended_by] == [
        [("retyped", "int", "str")],
        True,
        False,
        ("raises",),
        '"2"',
    ]


def test_what_the_tip_stands_on_is_live_and_gets_a_free_version(tmp_path: Path) -> None:
    repo = history_of(
        tmp_path, {"t": ("1", INT)}, {"t": ("2", STR)}, {"t": ("1", FLOAT)}, {"t": ("1", FLOAT)}
    )
    (breach,) = audited(repo).breaches
    assert [breach.live, breach.next_version] == [True, "3"]


def test_going_back_to_an_old_pair_is_no_breach(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("2", STR)}, {}, {"t": ("1", INT)})
    assert told(audited(repo)) == []


def test_a_moved_file_starts_afresh_and_its_past_is_told(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)})
    repo.git("mv", "m.py", "moved.py")
    repo.commit("2")
    (breach,) = audited(repo).breaches
    assert [breach.live, breach.ended_by] == [False, "renamed to moved.t"]


def test_where_flyte_may_keep_the_name_a_move_ends_nothing(tmp_path: Path) -> None:
    """In a folder without `__init__.py` the name depends on `sys.path`."""
    repo = Repo.init(tmp_path)
    for number, (folder, signature) in enumerate([("a", INT), ("b", INT), ("b", STR)]):
        for old in repo.path.glob("*/m.py"):
            old.unlink()
        repo.write(f"{folder}/m.py", source({"t": ("1", signature)}))
        repo.commit(str(number))
    assert told(audited(repo)) == [("b.m.t", "1", True, [("0", "2"), ("2", None)])]


def test_a_class_in_another_file_counts(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path)
    repo.write("fit.py", FIT)
    for number, text in enumerate([STATS, STATS, STATS + COUNT]):
        repo.write("stats.py", text)
        repo.write("README.md", str(number))
        repo.commit(str(number))
    assert told(audited(repo)) == [("fit.fit", "1.0", True, [("0", "2"), ("2", None)])]


def test_a_module_that_comes_to_stand_elsewhere_counts(tmp_path: Path) -> None:
    """The task's file and the class's stay; an `__init__.py` makes another file the one meant."""
    repo = Repo.init(tmp_path)
    repo.write("fit.py", FIT)
    repo.write("stats.py", STATS)
    repo.commit("0")
    repo.write("stats/__init__.py", STATS + COUNT)
    repo.commit("1")
    assert told(audited(repo)) == [("fit.fit", "1.0", True, [("0", "1"), ("1", None)])]


def test_a_file_that_is_broken_for_a_moment_ends_nothing(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path)
    for number, text in enumerate([STATS, "class (", STATS + COUNT, STATS + COUNT]):
        repo.write("stats.py", text)
        repo.write("fit.py", FIT + "def (" * (number == 3))
        repo.commit(str(number))
    found = audited(repo)
    assert told(found) == [("fit.fit", "1.0", True, [("0", "2"), ("2", None)])]
    (note,) = found.notes
    assert note.startswith("fit.py does not parse at the tip")


FORK = [
    Commit((), {"t": ("1", INT)}),
    Commit((0,), {"t": ("1", STR)}),
    Commit((0,), {"t": ("1", INT)}),
    Commit((2, 1), {"t": ("1", INT)}),
]


def test_side_branches_count_unless_the_first_parent_is_asked_for(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path)
    build(repo, FORK)
    assert told(audited(repo, first_parent=True)) == []
    assert told(audited(repo)) == [("m.t", "1", True, [("0", None), ("1", "3")])]


def test_a_range_knows_what_stood_before_it(tmp_path: Path) -> None:
    repo = history_of(tmp_path, *({"t": ("1", one)} for one in (FLOAT, INT, STR, STR)))
    assert told(audited(repo, range_="HEAD~2..")) == [("m.t", "1", True, [("1", "2"), ("2", None)])]
    assert told(audited(repo, range_="HEAD~1..HEAD")) == []
    assert told(audited(repo, range_="HEAD..")) == []
    assert told(audited(repo, range_="HEAD~2")) == [("m.t", "1", True, [("0", "1"), ("1", None)])]
    with pytest.raises(UsageError):
        audited(repo, range_="HEAD~2...HEAD")


def test_what_was_accepted_is_one_signature(tmp_path: Path) -> None:
    project = Project.of(tmp_path, {"stats.py": STATS, "fit.py": FIT})
    project.edit("stats.py", "    mean", COUNT + "    mean")
    accepting.accept(str(project.path), Overrides(), ["fit"], [], "always empty")
    project.commit("1")
    assert told(audited(project)) == []


def test_an_empty_repository_has_nothing_to_tell(tmp_path: Path) -> None:
    found = audited(Repo.init(tmp_path))
    assert [found.breaches, found.notes] == [(), ("there is no commit yet",)]


# -- clones ------------------------------------------------------------------------------------


def shallow(project: Repo, path: Path) -> Project:
    project.git("clone", "-q", "--depth=1", project.path.as_uri(), str(path))
    return Project(path)


def test_a_shallow_clone_judges_by_the_lock_as_a_full_one_does(tmp_path: Path) -> None:
    """Tombstones and burnt versions are in the lock, so the version chosen next is the same."""
    project = Project.of(tmp_path / "full", {"stats.py": STATS, "fit.py": FIT})
    for field in (COUNT, "    total: float\n"):
        project.edit("stats.py", "    mean", field + "    mean")
        project.update()
        project.commit()
    (project.path / "fit.py").unlink()
    project.update()
    project.commit()
    project.write("fit.py", FIT)
    project.commit("readded")
    clone = shallow(project, tmp_path / "shallow")
    assert clone.lock.ledger == project.lock.ledger
    assert [clone.found(), clone.bumped()] == [project.found(), project.bumped()]
    assert clone.read("fit.py") == project.read("fit.py") == FIT.replace("1.0", "1.3")


def test_a_shallow_clone_says_what_it_cannot_see(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "full", {"stats.py": STATS, "fit.py": FIT})
    project.edit("stats.py", "    mean", COUNT + "    mean")
    project.commit("unlocked")
    clone = shallow(project, tmp_path / "shallow")
    (note,) = audited(clone).notes
    assert note.startswith("this clone is shallow: nothing before")
    assert told(audited(clone)) == [("fit.fit", "1.0", True, [("unlocked", None), ("lock", None)])]


# -- going on ----------------------------------------------------------------------------------


# -- shown -------------------------------------------------------------------------------------


TEXT = """\
live: m.t and m.u served 2 signatures under "1"
    {2} 2023-11-16 2
        output o0 retyped: str → float
        local serves the old object; remote recomputes
    exposed: local caches
    the tip stands on it: move to "2"

ended: m.v served 2 signatures under "1"
    m.py:7
    {1} 2023-11-15 1
        output o0 retyped: int → str
        local crashes on the old object; remote recomputes
    exposed: local caches, with an exception
    ended at {2} 2023-11-16 2: removed, or no longer followed

3 of 3 versions of 3 cached tasks served more than one signature over 3 commits (all parents of
    merges): 2 live, 1 ended, 0 harmless.
Give each live task the version named above: its old one may hold either shape.
"""


def three(path: Path) -> Repo:
    both = {"t": ("1", STR), "u": ("1", STR)}
    last = {"t": ("1", FLOAT), "u": ("1", FLOAT)}
    return history_of(path, {**both, "v": ("1", INT)}, {**both, "v": ("1", STR)}, last)


def test_the_text_groups_by_cause_and_nothing_else_is_printed(tmp_path: Path) -> None:
    repo = three(tmp_path)
    ids = repo.git("log", "--format=%h", "--abbrev=10", "--reverse").split()
    assert sigclock(repo, "audit") == (1, TEXT.format(*ids), "")


def test_only_what_is_live_fails(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)}, {"t": ("2", STR)})
    assert [sigclock(repo, "audit")[0], sigclock(repo, "audit", "--all")[0]] == [0, 1]


COUNTS = {"tasks": 3, "versions": 3, "breaches": 3, "live": 2, "ended": 1, "harmless": 0}


def test_the_formats_agree(tmp_path: Path) -> None:
    repo = three(tmp_path)
    found = audited(repo)
    document = json.loads(formats.as_json(found))
    markdown = formats.as_markdown(found)
    assert [one["task"] for one in document["breaches"]] == ["m.t", "m.u", "m.v"]
    assert document["summary"] == COUNTS
    assert [markdown.count("### Live"), markdown.count("`m.t` and `m.u`")] == [1, 1]
    status, out, _ = sigclock(repo, "audit", "--format", "json")
    assert [status, json.loads(out)] == [1, document]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    status, out, error = sigclock(three(tmp_path), "audit", "--format", "xml")
    assert [status, out, "no format 'xml'" in error] == [2, "", True]


def test_a_log_is_a_line_a_change(tmp_path: Path) -> None:
    repo = history_of(
        tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)}, {"t": ("2", STR)}, {"t": ("2", STR)}, {}
    )
    text = log.run(str(repo.path), Overrides(), "t", None, audit.unwatched)
    ids = repo.git("log", "--format=%h", "--abbrev=10", "--reverse").split()
    assert text == (
        f"{ids[4]}  2023-11-18  removed, or no longer followed  m.t\n"
        f'{ids[2]}  2023-11-16  "2"  outputs unchanged\n'
        f'{ids[1]}  2023-11-15  "1"  output o0 retyped: int → str; under the same version '
        "local crashes on the old object; remote recomputes\n"
        f'{ids[0]}  2023-11-14  "1"  added m.t (m.py)\n'
    )


def test_a_log_follows_renames(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)})
    repo.git("mv", "m.py", "moved.py")
    repo.commit("1")
    text = log.run(str(repo.path), Overrides(), "moved.t", None, audit.unwatched)
    assert [row.split("  ", 2)[2] for row in text.splitlines()] == [
        '"1"  renamed from m.t',
        '"1"  added m.t (m.py)',
    ]


def test_a_commit_is_compared_with_its_own_parent(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path)
    first, one, other = ({"t": ("1", INT)}, {"t": ("2", STR)}, {"t": ("2", FLOAT)})
    build(repo, [Commit((), first), Commit((0,), one), Commit((0,), other), Commit((1, 2), one)])
    text = log.run(str(repo.path), Overrides(), "t", None, audit.unwatched)
    assert sorted(row.split("  ", 2)[2] for row in text.splitlines()) == [
        '"1"  added m.t (m.py)',
        '"2"  output o0 retyped: int → float; the version named other outputs already',
        '"2"  output o0 retyped: int → str',
        'goes on as "2"',
    ]
    (switch,) = audited(repo).breaches[0].switches
    assert switch.beside is not None


ROOT = '[tool.sigclock]\nsource-roots = ["."]\n'


def test_a_task_whose_project_moves_is_the_same_task(tmp_path: Path) -> None:
    project = Project(Repo.init(tmp_path).path)
    project.write_all({"p2/pyproject.toml": ROOT, "p2/stats.py": STATS, "p2/fit.py": FIT})
    project.commit("first")
    project.git("mv", "p2", "p3")
    project.write("p3/stats.py", STATS + COUNT)
    project.commit("moved and grown")
    assert told(audited(project)) == [
        ("fit.fit", "1.0", True, [("first", "moved and grown"), ("moved and grown", None)])
    ]
    text = log.run(str(project.path), Overrides(), "fit", None, audit.unwatched)
    assert [row.split("  ", 2)[2].partition(";")[0] for row in text.splitlines()] == [
        '"1.0"  moved from p2/fit.py',
        '"1.0"  added fit.fit (p2/fit.py)',
    ]


def test_two_projects_with_a_task_of_one_name_share_its_versions(tmp_path: Path) -> None:
    project = Project(Repo.init(tmp_path).path)
    project.write_all({"p1/pyproject.toml": ROOT, "p1/stats.py": STATS, "p1/fit.py": FIT})
    project.write_all({"p2/pyproject.toml": ROOT, "p2/stats.py": STATS + COUNT, "p2/fit.py": FIT})
    project.commit("first")
    assert told(audited(project)) == [("fit.fit", "1.0", True, [("first", None), ("first", None)])]


def test_a_folder_is_a_project_only_where_it_had_its_table(tmp_path: Path) -> None:
    """Under the root's project its task has another name, and is another one for the caches."""
    project = Project(Repo.init(tmp_path).path)
    project.write_all({"pyproject.toml": "[tool.sigclock]\n", "p2/pyproject.toml": ROOT})
    project.write_all({"p2/stats.py": STATS, "p2/fit.py": FIT})
    project.commit("first")
    project.git("rm", "-q", "p2/pyproject.toml")
    project.write("p2/stats.py", STATS + COUNT)
    project.write("p2/fit.py", FIT.replace("from stats", "from p2.stats"))
    project.commit("joined")
    assert told(audited(project)) == []


def test_a_log_of_no_task_is_refused(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)})
    with pytest.raises(UsageError, match="is called 'x'"):
        log.run(str(repo.path), Overrides(), "x", None, audit.unwatched)


def test_the_plan_of_a_range_names_its_start(tmp_path: Path) -> None:
    repo = history_of(tmp_path, {"t": ("1", INT)}, {"t": ("1", STR)})
    plan = walk.plan(Repository.open(str(repo.path)), "HEAD~1..")
    assert [one.subject for one in plan.commits] == ["0", "1"]
