"""Every verb that gives no report gives JSON as well, by its schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from click.testing import CliRunner
from support.projects import COUNT, FIT, STATS, Project

from sigclock.cli.commands import schema
from sigclock.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

GONE = FIT.replace("fit", "gone")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """`fit.fit` was bumped, and `old.gone` removed."""
    files = {"stats.py": STATS, "fit.py": FIT, "old.py": GONE}
    project = Project.of(tmp_path / "project", files)
    project.write("stats.py", STATS + COUNT)
    (project.path / "old.py").unlink()
    project.update()
    project.commit("Count")
    return project


def records(project: Project, *arguments: str) -> Any:
    where = ["-C", str(project.path), *arguments, "--format", "json"]
    done = CliRunner().invoke(cli, where, standalone_mode=False)
    assert done.exception is None, done.exception
    found = json.loads(done.output)
    jsonschema.validate(found, json.loads(schema.run(arguments[0])))
    return found


def test_all_of_them_fulfil_their_schemas(project: Project) -> None:
    task = records(project, "explain", "fit")
    assert (task["kind"], task["location"]) == (
        "task",
        {"path": "fit.py", "line": 5, "column": 1},
    )
    assert [part["name"] for part in task["classes"]["stats.Stats"]] == ["mean", "count"]
    assert list(task["issued"]["versions"]) == ["1.0", "1.1"]

    class_ = records(project, "explain", "Stats")
    assert (class_["kind"], class_["due"]) == ("class", ["fit.fit"])
    gone = records(project, "explain", "gone")
    assert (gone["kind"], list(gone["issued"]["versions"])) == ("removed", ["1.0"])
    assert records(project, "explain", "stale-cache") == records(project, "rules")[0]
    assert [row["name"] for row in records(project, "tasks")] == ["fit.fit"]
    assert [
        (entry["version"], entry["ended"], entry["subject"])
        for entry in records(project, "log", "gone")["entries"]
    ] == [(None, True, "Count"), ("1.0", False, "first")]
