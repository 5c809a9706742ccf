"""`verify` on real projects: the SDK runs in a child process, the comparison here."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.projects import Project

from sigclock.cli.commands import verify
from sigclock.errors import SigclockError, UsageError
from sigclock.project.projects import Overrides

if TYPE_CHECKING:
    from pathlib import Path

FLOW = """\
from dataclasses import dataclass
from typing import Optional

from flytekit import task

@dataclass
class Stats:
    mean: float

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)

@task(cache=True, cache_version="1.0")
def publish(stats: Optional[Stats]) -> None:
    print(stats)
"""
KEPT = """\
from flytekit import Cache, task

class Body:
    def get_version(self, salt, params):
        return params.func.__name__

cached = task(cache=Cache(policies=[Body()]))

@cached
def load(path: str) -> int:
    return 1

@cached
def fit(path: str) -> str:
    return path
"""
RUN_TIME = """\
from flytekit import task

def make(kind):
    return kind

@task(cache=True, cache_version="1.0")
def fit(path: str) -> make(int):
    return 1
"""

DATASETS = """\
from typing import Annotated

from flytekit import Artifact, kwtypes, task
from flytekit.types.schema import FlyteSchema
from flytekit.types.structured import StructuredDataset

Table = Annotated[StructuredDataset, kwtypes(a=int, b={"c": str}), Artifact(name="table")]

@task
def fit(path: FlyteSchema[kwtypes(a=int, b=str)]) -> Table:
    return StructuredDataset(uri=path.remote_path)
"""


def test_without_the_sdk_nothing_was_compared(tmp_path: Path) -> None:
    made = project(tmp_path, FLOW)
    bare = getattr(sys, "_base_executable", sys.executable)
    result = verify.run(str(made.path), Overrides(), verify.Request(python=bare))
    errors = [finding.rule for finding in result.report.findings if finding.level.value == "error"]
    assert (errors, result.text) == (["nothing-to-judge"], "No task was compared.\n")


def project(tmp_path: Path, text: str) -> Project:
    return Project.of(tmp_path / "repo", {"flow.py": text})


def run(repo: Project, *modules: str, archive: str | None = None) -> verify.Result:
    request = verify.Request(modules, archive=archive)
    return verify.run(str(repo.path), Overrides(), request)


def said(result: verify.Result) -> list[tuple[str, str]]:
    return [(finding.level.value, finding.message) for finding in result.report.findings]


def test_artifacts_schemas_and_columns_within_columns_agree(tmp_path: Path) -> None:
    result = run(project(tmp_path, DATASETS))
    assert (said(result), result.agreed) == ([], 1)


def test_a_project_that_agrees_has_no_findings_and_tells_its_keys(tmp_path: Path) -> None:
    result = run(project(tmp_path, FLOW))
    assert (said(result), result.text) == (
        [],
        """\
flow.fit
    local   flow.fit-1.0-<inputs>
    remote  flyte_task-flow.fit, version 1.0-4rFB3Afc-sxLqHhe5
flow.publish
    local   flow.publish-1.0-<inputs>
    remote  never: a task without outputs is not cached there
2 of 2 tasks agree.
""",
    )


def test_a_kept_decorator_gives_the_second_task_the_firsts_version(tmp_path: Path) -> None:
    ((level, message),) = said(run(project(tmp_path, KEPT)))
    assert (level, message[:64]) == (
        "error",
        "flow.fit: it has the version that a cache policy made for flow.l",
    )


def test_a_type_that_only_a_run_can_tell_is_a_warning(tmp_path: Path) -> None:
    assert said(run(project(tmp_path, RUN_TIME))) == [
        (
            "warning",
            (
                "flow.fit: outputs.o0: flytekit has integer; sigclock reads "
                "Unresolved['make(int)', 'call']"
            ),
        )
    ]


def test_a_module_that_does_not_import_is_told(tmp_path: Path) -> None:
    repo = project(tmp_path, f"{FLOW}\nimport nowhere\n")
    assert said(run(repo)) == [
        (
            "warning",
            (
                "flow cannot be imported, so it is not verified: "
                "ModuleNotFoundError: No module named 'nowhere'"
            ),
        )
    ]


def test_an_archive_of_other_code_does_not_pass(tmp_path: Path) -> None:
    repo = project(tmp_path, FLOW)
    archive = tmp_path / "package.tgz"
    command = ("--pkgs", "flow", "package", "--image", "x:1", "--output", str(archive))
    code = "from flytekit.clis.sdk_in_container.pyflyte import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, *command], cwd=repo.path, check=True, capture_output=True
    )
    same = said(run(repo, archive=str(archive)))
    repo.edit("flow.py", "    mean: float\n", "    mean: float\n    count: int = 0\n")
    repo.edit("flow.py", "def publish", "def announce")
    other = said(run(repo, archive=str(archive)))
    assert (same, sorted(other)) == (
        [],
        [
            (
                "error",
                (
                    "flow.fit: outputs.o0: flytekit has struct{mean: float}; "
                    "sigclock reads struct{count: integer; mean: float}"
                ),
            ),
            (
                "error",
                "flow.publish: it is in the archive, and sigclock does not see it in the tree",
            ),
        ],
    )


def test_only_the_named_modules_are_imported(tmp_path: Path) -> None:
    repo = project(tmp_path, FLOW)
    repo.write("other.py", f"{FLOW}\nimport nowhere\n")
    assert run(repo, "flow").compared == 2


def test_a_name_without_tasks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tasks in nowhere"):
        run(project(tmp_path, FLOW), "nowhere")


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false"])
def test_an_interpreter_that_cannot_answer_is_told_with_advice(tmp_path: Path, python: str) -> None:
    request = verify.Request(python=python)
    with pytest.raises(SigclockError) as refused:
        verify.run(str(project(tmp_path, FLOW).path), Overrides(), request)
    assert "give --python" in refused.value.advice
