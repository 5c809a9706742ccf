from __future__ import annotations

from typing import TYPE_CHECKING

from support.projects import Project

from sigclock.cli.commands import explain
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

FLOW = """\
from flytekit import task, workflow


@task(cache=True, cache_version="1.0")
def publish(table: str) -> None: ...


@task(cache=True, cache_version="1.0")
def count(table: str) -> int: ...


@workflow
def nightly(table: str) -> None:
    publish(table=table)
"""
WAYS = """\
ways out, to copy
  it runs every time, locally and remotely:
      @task
      def publish(table: str) -> None: ...
  or both cache it, for it returns a value that says it is done:
      from sigclock.flyte import returns_marker
      @task(cache=True, cache_version='1.0')
      @returns_marker
      def publish(table: str) -> None: ...
  called by flow.nightly; a call that ignores the result stays as it is
"""


def explained(path: Path, task: str) -> str:
    project = Project.of(path, {"flow.py": FLOW})
    return explain.run(str(project.path), task, Overrides())


def test_a_cached_task_without_output_is_shown_both_ways_out_and_who_calls_it(
    tmp_path: Path,
) -> None:
    assert explained(tmp_path, "publish").endswith(WAYS)


def test_a_task_without_an_annotation_may_lack_only_that(tmp_path: Path) -> None:
    bare = FLOW.replace("-> None: ...", ":\n    return 3", 1).replace(") :", "):")
    project = Project.of(tmp_path, {"flow.py": bare})
    told = explain.run(str(project.path), "publish", Overrides())
    assert (
        "  it returns a value: say of which type, as in\n      def publish(table: str) -> int"
        in told
    )


def test_a_task_with_an_output_needs_none(tmp_path: Path) -> None:
    assert "ways out" not in explained(tmp_path, "count")
