"""`pytest --sigclock`, as a user runs it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.installed import is_installed
from support.projects import COUNT, FIT, STATS, Project

if TYPE_CHECKING:
    from pathlib import Path


TEST = "def test_it(): ...\n"
#: Other plugins are left out: importing them takes longer than what is tested.
ALONE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
FLYTE = """\
import flyte
from sigclock.flyte import SignaturePolicy

env = flyte.TaskEnvironment("env", cache=flyte.Cache("auto", policies=[SignaturePolicy()]))

@env.task
def double(x: int) -> int:
    return 2 * x

@env.task(cache="disable")
def treble(x: int) -> int:
    return 3 * x
"""


def project(tmp_path: Path) -> Project:
    files = {"stats.py": STATS, "flow.py": FIT, "test_it.py": TEST}
    return Project.of(tmp_path / "repo", files)


def run(repo: Project, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "sigclock.pytest_plugin", "-q", *options]
    done = subprocess.run(
        command,
        cwd=repo.path,
        env={**os.environ, **ALONE},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_each_cached_task_is_a_test(tmp_path: Path) -> None:
    status, output = run(project(tmp_path), "--sigclock", "-vv")
    assert (status, "::flow.fit" in output, "2 passed" in output) == (0, True, True)


def test_without_the_option_there_are_only_the_tests(tmp_path: Path) -> None:
    status, output = run(project(tmp_path))
    assert (status, "1 passed" in output) == (0, True)


def test_a_stale_task_fails_with_the_field_and_the_remedy(tmp_path: Path) -> None:
    repo = project(tmp_path)
    repo.write("stats.py", STATS + COUNT)
    status, output = run(repo, "--sigclock")
    told = ("stale-cache: flow.fit: field count", "run `sigclock update`", "2 failed, 1 passed")
    assert (status, [words for words in told if words not in output]) == (1, [])


def test_one_task_can_be_chosen_by_its_name(tmp_path: Path) -> None:
    status, output = run(project(tmp_path), "--sigclock", "-k", "fit")
    assert (status, "1 passed, 1 deselected" in output) == (0, True)


def test_outside_a_repository_the_advice_is_told(tmp_path: Path) -> None:
    status, output = run(Project(tmp_path), "--sigclock")
    assert (status, "ERROR: sigclock: " in output) == (4, True)


def test_the_plugin_imports_no_sdk() -> None:
    code = (
        "import sys, sigclock.pytest_plugin; print({'flytekit', 'flyte', 'git'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_fixture_tells_a_hit_from_a_miss_on_flytekit(tmp_path: Path) -> None:
    """With the option, and so the guard, as well as without."""
    repo = project(tmp_path)
    repo.write(
        "test_it.py",
        "from flow import fit\n"
        "from flytekit.core.local_cache import LocalTaskCache\n\n"
        "def test_it(flyte_cache, request):\n"
        "    guarded = hasattr(LocalTaskCache.get, '__self__')\n"
        "    assert guarded == request.config.getoption('--sigclock')\n"
        "    assert flyte_cache.twice(fit, path='a') == (False, True)\n"
        "    flyte_cache.run(fit, path='b')\n"
        "    assert not flyte_cache.hit\n"
        "    keys = list(LocalTaskCache._cache)\n"
        "    assert any('+sigclock.' in key for key in keys) == guarded\n",
    )
    assert [run(repo)[0], run(repo, "--sigclock")[0]] == [0, 0]


@pytest.mark.skipif(not is_installed("flyte"), reason="Flyte 2 is not installed")
def test_the_fixture_tells_a_hit_from_a_miss_on_flyte_2(tmp_path: Path) -> None:
    repo = project(tmp_path)
    repo.write("double.py", FLYTE)
    repo.write(
        "test_it.py",
        "from double import double, treble\n\n"
        "def test_it(flyte_cache):\n"
        "    assert flyte_cache.twice(double, x=2) == (False, True)\n"
        "    assert flyte_cache.run(double, x=2) == 4\n"
        "    assert flyte_cache.twice(treble, x=2) == (False, False)\n",
    )
    status, output = run(repo)
    assert status == 0, output
