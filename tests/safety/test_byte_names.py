"""A file name is bytes: what is not UTF-8 is judged, locked, bumped and told like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.projects import COUNT, Project

from sigclock.cli.main import main
from sigclock.interface.locations import PartLocation, packed, unpacked
from sigclock.reports import REPORTERS
from sigclock.source import Location
from sigclock.verdict.wording import inert

SOURCE = """\
from dataclasses import dataclass
from flytekit import task

@dataclass
class Stats:
    mean: float

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
"""
#: A file, a folder, and a file that declares a class only: Latin-1, as surrogates.
NAMES = {"caf\udce9.py": SOURCE, "d\udce9/fit.py": SOURCE, "st\udce9.py": "class A: ...\n"}
VERBS = [
    ("check",), ("diff", "HEAD"), ("audit",), ("log", "caf\udce9.fit"),
    ("explain", "caf\udce9.fit"), ("comment", "--dry-run", "--base", "HEAD"),
    ("check", "--merged-with", "HEAD"), ("check", "--against", "HEAD"), ("hook", "run", "--check"),
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two tasks whose cache goes stale, in the work tree and staged."""
    project = Project.of(tmp_path_factory.mktemp("bytes") / "project", NAMES)
    for name in ("caf\udce9.py", "d\udce9/fit.py"):
        project.write(name, SOURCE.replace("mean: float\n", "mean: float\n" + COUNT))
    project.git("add", "--all")
    return project


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code, "".join(capsys.readouterr())


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: " ".join(verb).replace("\udce9", "e"))
def test_no_verb_stumbles(
    project: Project,
    verb: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project.path)
    status, said = told(capsys, *verb)
    assert (status in (0, 1), "unreadable-source" in said) == (True, False), said
    said.encode()


@pytest.mark.parametrize("name", REPORTERS)
def test_every_format_names_the_file_and_the_line_of_the_field(
    project: Project,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project.path)
    status, said = told(capsys, "check", "--format", name)
    plain = said.replace("&#92;", "\\").replace("&#46;", ".").replace("\\\\", "\\")
    assert (status, "caf\\udce9.py" in plain or "caf%E9.py" in plain) == (1, True), said
    said.encode()


def test_it_is_bumped_as_any_other_and_the_lock_says_so(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "project", NAMES)
    project.write("caf\udce9.py", SOURCE.replace("mean: float\n", "mean: float\n" + COUNT))
    assert project.found() == [("lock-outdated", None), ("stale-cache", "caf\udce9.fit")]
    assert project.bumped() == [("1.0", "1.1")]
    assert 'cache_version="1.1"' in project.read("caf\udce9.py")
    assert (project.found(), project.bumped()) == ([], [])
    lock = json.loads(project.read(".sigclock.lock"))
    assert lock["tasks"]["caf\udce9.fit"]["path"] == "caf\udce9.py"


def test_locations_keep_any_path_and_any_name() -> None:
    parts = {"a\udce9": PartLocation(Location("caf\udce9.py", 7), default=True)}
    assert unpacked(packed(parts)) == parts


@pytest.mark.parametrize("mark", ["\ufe0f", "\u3164", "\u034f", "\U000e0100", "\u2800"])
def test_a_mark_that_nobody_sees_is_shown(mark: str) -> None:
    assert inert(f"Stats{mark}") == "Stats" + ascii(mark)[1:-1]


def test_a_constant_in_such_a_file_is_bumped(tmp_path: Path) -> None:
    """Who else reads it is looked up by the name of its module, which no source can spell."""
    constant = SOURCE.replace('cache_version="1.0"', "cache_version=VERSION")
    constant = constant.replace("@dataclass", 'VERSION = "1.0"\n\n@dataclass')
    project = Project.of(tmp_path / "project", {"caf\udce9.py": constant, "other.py": "VERSION\n"})
    project.edit("caf\udce9.py", "mean: float\n", "mean: float\n" + COUNT)
    assert project.bumped() == [("1.0", "1.1")]
    (project.path / "caf\udce9.py").unlink()
    assert project.found() == [("lock-outdated", None), ("nothing-to-judge", None)]
